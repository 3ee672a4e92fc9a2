"""Stage ``evaluate``: how good the model is on customers that it has not learnt from, beside the studies' recipes."""

from typing import TYPE_CHECKING

from retention.files import read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.evaluation.curve_tables import CURVES
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retention.learning.evaluation.assessment import Prediction
    from retention.learning.evaluation.evaluate import Part


def run(settings: Settings, paths: Paths) -> None:
    """Read probabilities and customers; write what was measured, and the curves."""
    from retention.learning.evaluation.baselines import build_baselines, predict_baselines
    from retention.learning.evaluation.bootstrap import Bootstrap
    from retention.learning.evaluation.evaluate import Part, evaluate
    from retention.learning.evaluation.evaluation import Metrics
    from retention.tables.columns import CATEGORICAL, FEATURES, PROBABILITY, TARGET, TWINS

    customers, probabilities = read_table(paths.customers, CUSTOMERS), read_table(paths.probabilities, PROBABILITIES)
    is_test = (probabilities["part"] == "test").to_numpy()
    known, unseen = customers[~is_test], customers[is_test]
    how = settings.evaluate
    test, train = (
        Part(
            probabilities.loc[rows, TARGET].to_numpy(int),
            probabilities.loc[rows, PROBABILITY].to_numpy(),
            Bootstrap(customers.loc[rows, TWINS].to_numpy(), how.resamples, how.confidence, settings.seed),
        )
        for rows in (is_test, ~is_test)
    )
    baselines = build_baselines(CATEGORICAL)
    recipes = {key: baseline.recipe for key, baseline in baselines.items()}
    predictions = predict_baselines(baselines, known[list(FEATURES)], known[TARGET], unseen[list(FEATURES)])
    found = evaluate(test, train, recipes, predictions, unseen[list(CATEGORICAL)], how.bins)
    write_artifact(paths.evaluation, found)
    write_artifact(paths.metrics, Metrics.of(found))
    _write_curves(settings, paths, test, predictions)


def _write_curves(settings: Settings, paths: Paths, test: "Part", predictions: "Mapping[str, Prediction]") -> None:
    from retention.learning.evaluation.curve_pictures import draw_calibration, draw_lift, draw_pr, draw_roc
    from retention.learning.evaluation.curves import compute_calibration, compute_lift, compute_pr, compute_roc

    given = test.target, test.probability
    roc, pr, lift = compute_roc(*given), compute_pr(*given), compute_lift(*given)
    calibration = compute_calibration(*given, settings.evaluate.bins, settings.evaluate.confidence)
    for name, table in {"roc": roc, "pr": pr, "calibration": calibration, "lift": lift}.items():
        write_table(paths.curves / f"{name}.csv", table, CURVES[name])
    others = {key: compute_roc(test.target, prediction.value) for key, prediction in predictions.items()}
    write_bytes(paths.curves / "roc.png", draw_roc(roc, others))
    write_bytes(paths.curves / "pr.png", draw_pr(pr, float(test.target.mean())))
    write_bytes(paths.curves / "calibration.png", draw_calibration(calibration))
    write_bytes(paths.curves / "lift.png", draw_lift(lift))
