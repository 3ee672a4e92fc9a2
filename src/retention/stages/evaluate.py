"""Stage ``evaluate``: how good the model is on customers that it has not learnt from, beside the studies' recipes."""

from collections.abc import Mapping

from retention.files import read_artifact, read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.summary import PROBABILITIES
from retention.learning.evaluation import curves
from retention.learning.evaluation.baselines import RECIPES, build_baselines, predict_baselines
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import Part, Prediction, evaluate
from retention.learning.evaluation.evaluation import CURVES, Metrics
from retention.learning.model.choice import read_choice
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import PROBABILITY, TARGET, TWINS
from retention.tables.roles import ColumnRoles, build_customers_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read probabilities and customers; write what was measured, and the curves."""
    roles = read_artifact(paths.columns, ColumnRoles)
    customers = read_table(paths.customers, build_customers_schema(roles))
    probabilities = read_table(paths.probabilities, PROBABILITIES)
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
    names = list(roles.names)
    predictions = predict_baselines(build_baselines(roles), known[names], known[TARGET], unseen[names])
    found = evaluate(test, train, RECIPES, predictions, unseen[list(roles.categorical)], how.bins)
    write_artifact(paths.evaluation, found)
    choice = read_choice(paths.best.read_bytes())
    write_artifact(paths.metrics, Metrics.of(found.test, choice.model, choice.features))
    _write_curves(settings, paths, test, predictions)


def _write_curves(settings: Settings, paths: Paths, test: Part, predictions: Mapping[str, Prediction]) -> None:
    given = test.target, test.probability
    roc, pr, lift = curves.compute_roc(*given), curves.compute_pr(*given), curves.compute_lift(*given)
    calibration = curves.compute_calibration(*given, settings.evaluate.bins, settings.evaluate.confidence)
    for name, table in {"roc": roc, "pr": pr, "calibration": calibration, "lift": lift}.items():
        write_table(paths.curves / f"{name}.csv", table, CURVES[name])
    others = {key: curves.compute_roc(test.target, prediction.value) for key, prediction in predictions.items()}
    write_bytes(paths.curves / "roc.png", curves.draw_roc(roc, others))
    write_bytes(paths.curves / "pr.png", curves.draw_pr(pr, float(test.target.mean())))
    write_bytes(paths.curves / "calibration.png", curves.draw_calibration(calibration))
    write_bytes(paths.curves / "lift.png", curves.draw_lift(lift))
