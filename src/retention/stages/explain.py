"""Stage ``explain``: attribute every customer's uncalibrated output to the source columns."""

from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.explanation.attributions_table import ATTRIBUTIONS
from retention.learning.folds.split_table import SPLIT
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS


def run(settings: Settings, paths: Paths) -> None:
    """Read the model and the customers; write attributions, what they compare with and what they say together."""
    import pandas as pd

    from retention.learning.explanation.explanation import choose_reference, explain_customers, tabulate_attributions
    from retention.learning.explanation.importance import compute_agreement, summarise_importance, summarise_shapes
    from retention.learning.explanation.importance_stability import compute_refit_shares
    from retention.learning.explanation.summary import Explanation
    from retention.learning.model.model_file import list_trusted_types, read_model
    from retention.learning.model.pipeline import find_output_scale
    from retention.learning.search.best import Best
    from retention.tables.columns import CATEGORICAL, FEATURES, ID, TARGET

    space = (settings.model, settings.scaler, settings.encoder, settings.features)
    model = read_model(paths.model, list_trusted_types(read_artifact(paths.best, Best).choice, *space))
    customers, split = read_table(paths.customers, CUSTOMERS), read_table(paths.split, SPLIT)
    frame = customers[list(FEATURES)]
    known = (split["part"] == "train").to_numpy()
    effort = {"evaluations": settings.explain.evaluations, "seed": settings.seed}
    workers = settings.runtime.workers
    reference = choose_reference(model.pipeline, frame, known, **effort)
    explained = explain_customers(model.pipeline, frame, reference, workers)
    refits = compute_refit_shares(
        model.pipeline,
        frame[known],
        customers.loc[known, TARGET].to_numpy(),
        read_table(paths.probabilities, PROBABILITIES).loc[known, "fold"].to_numpy(),
        **effort,
        workers=workers,
    )
    write_artifact(paths.reference, reference)
    write_table(paths.attributions, tabulate_attributions(explained, customers[ID]), ATTRIBUTIONS)
    values, shares = explained.by_column, pd.DataFrame(refits, columns=list(FEATURES))
    effort = {"resamples": settings.explain.resamples, "seed": settings.seed}
    explanation = Explanation(
        explained=find_output_scale(model.pipeline, frame),
        method=explained.method,
        base_value=explained.base_value,
        customers=len(frame),
        refits=len(refits),
        agreement=compute_agreement(shares),
        importance=summarise_importance(values, frame, shares, categorical=CATEGORICAL, **effort),
        shapes=summarise_shapes(values, frame, categorical=CATEGORICAL, bins=settings.explain.bins),
    )
    write_artifact(paths.explanation, explanation)
