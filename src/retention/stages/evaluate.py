"""Stage ``evaluate``: how good the model is on customers that it has not learnt from, beside the studies' recipes."""

from typing import TYPE_CHECKING

from retention.files import read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.evaluation.curve_tables import CURVES
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retention.learning.evaluation.assessment import Prediction


def run(settings: Settings, paths: Paths) -> None:
    """Read probabilities and customers; write the metrics and the curves."""
    import pandas as pd

    from retention.learning.evaluation.agreement import judge_agreement
    from retention.learning.evaluation.assessment import Prediction, assess
    from retention.learning.evaluation.baselines import build_baselines, predict_baselines
    from retention.learning.evaluation.evaluation import (
        BaselineMeasures,
        Difference,
        Evaluation,
        Metrics,
        PartMeasures,
        Support,
    )
    from retention.learning.evaluation.groups import measure_groups
    from retention.tables.columns import CATEGORICAL, FEATURES, TARGET

    customers, probabilities = read_table(paths.customers, CUSTOMERS), read_table(paths.probabilities, PROBABILITIES)
    is_test = (probabilities["part"] == "test").to_numpy()
    known, unseen = customers[~is_test], customers[is_test]
    target, probability = probabilities[TARGET].to_numpy(int), probabilities["decline_probability"].to_numpy()

    baselines = build_baselines(CATEGORICAL)
    predictions = predict_baselines(baselines, known[list(FEATURES)], known[TARGET], unseen[list(FEATURES)])
    bootstrap = settings.evaluate.model_dump(include={"resamples", "confidence"}) | {"seed": settings.seed}
    labels, values = target[is_test], probability[is_test]
    test = assess(labels, {"winner": Prediction(values), **predictions}, reference="winner", **bootstrap)
    out_of_fold = assess(target[~is_test], {"winner": Prediction(probability[~is_test])}, **bootstrap)
    evaluation = Evaluation(
        test=PartMeasures(
            **test["winner"].measures, support=Support(customers=len(labels), declined=int(labels.sum()))
        ),
        agreement=judge_agreement(labels, values, settings.evaluate.confidence),
        out_of_fold=PartMeasures(
            **out_of_fold["winner"].measures,
            support=Support(customers=int((~is_test).sum()), declined=int(target[~is_test].sum())),
        ),
        baselines={
            key: BaselineMeasures(
                recipe=baseline.recipe, **test[key].measures, difference=Difference(**test[key].difference)
            )
            for key, baseline in baselines.items()
        },
        groups=[
            group
            for column in CATEGORICAL
            for group in measure_groups(labels, values, pd.get_dummies(unseen[column], dtype=bool), column)
        ],
    )
    write_artifact(paths.evaluation, evaluation)
    write_artifact(paths.metrics, Metrics.of(evaluation))
    _write_curves(settings, paths, labels, values, predictions)


def _write_curves(
    settings: Settings,
    paths: Paths,
    labels: "NDArray[np.int_]",
    values: "NDArray[np.float64]",
    predictions: "dict[str, Prediction]",
) -> None:
    from retention.learning.evaluation.curve_pictures import draw_calibration, draw_lift, draw_pr, draw_roc
    from retention.learning.evaluation.curves import compute_calibration, compute_lift, compute_pr, compute_roc

    roc, pr = compute_roc(labels, values), compute_pr(labels, values)
    calibration = compute_calibration(labels, values, settings.evaluate.bins, settings.evaluate.confidence)
    lift = compute_lift(labels, values)
    for name, table in {"roc": roc, "pr": pr, "calibration": calibration, "lift": lift}.items():
        write_table(paths.curves / f"{name}.csv", table, CURVES[name])
    others = {key: compute_roc(labels, prediction.value) for key, prediction in predictions.items()}
    write_bytes(paths.curves / "roc.png", draw_roc(roc, others))
    write_bytes(paths.curves / "pr.png", draw_pr(pr, float(labels.mean())))
    write_bytes(paths.curves / "calibration.png", draw_calibration(calibration))
    write_bytes(paths.curves / "lift.png", draw_lift(lift))
