"""Stage ``evaluate``: the one reader of the test part's labels."""

from retention.files import read_parquet, write_bytes, write_csv, write_json
from retention.paths import Paths
from retention.settings import Settings


def run(settings: Settings, paths: Paths) -> None:
    """Read probabilities and customers; write metrics beside the studies' recipes, and the curves."""
    from retention.learning.evaluation.assessment import Prediction, assess, count_support
    from retention.learning.evaluation.baselines import build_baselines, predict_baselines
    from retention.learning.evaluation.curve_pictures import draw_calibration, draw_lift, draw_pr, draw_roc
    from retention.learning.evaluation.curves import compute_calibration, compute_lift, compute_pr, compute_roc
    from retention.tables.columns import CATEGORICAL, FEATURES, TARGET

    customers, probabilities = read_parquet(paths.customers), read_parquet(paths.probabilities)
    is_test = (probabilities["part"] == "test").to_numpy()
    known, unseen = customers[~is_test], customers[is_test]
    target, probability = probabilities[TARGET].to_numpy(int), probabilities["decline_probability"].to_numpy()

    baselines = build_baselines(CATEGORICAL)
    predictions = predict_baselines(baselines, known[list(FEATURES)], known[TARGET], unseen[list(FEATURES)])
    bootstrap = settings.evaluate.model_dump(include={"resamples", "confidence"}) | {"seed": settings.seed}
    winner = Prediction(probability[is_test])
    test = assess(target[is_test], {"winner": winner, **predictions}, reference="winner", **bootstrap)
    out_of_fold = assess(target[~is_test], {"winner": Prediction(probability[~is_test])}, **bootstrap)
    write_json(paths.metrics, {
        "test": test.pop("winner") | {"support": count_support(target[is_test])},
        "out_of_fold": out_of_fold["winner"] | {"support": count_support(target[~is_test])},
        "baselines": {key: baselines[key].describe() | measured for key, measured in test.items()},
    })  # fmt: skip

    labels, values = target[is_test], probability[is_test]
    roc, pr = compute_roc(labels, values), compute_pr(labels, values)
    calibration = compute_calibration(labels, values, settings.evaluate.bins, settings.evaluate.confidence)
    lift = compute_lift(labels, values)
    for name, table in {"roc": roc, "pr": pr, "calibration": calibration, "lift": lift}.items():
        write_csv(paths.curves / f"{name}.csv", table)
    others = {key: compute_roc(labels, prediction.value) for key, prediction in predictions.items()}
    write_bytes(paths.curves / "roc.png", draw_roc(roc, others))
    write_bytes(paths.curves / "pr.png", draw_pr(pr, float(labels.mean())))
    write_bytes(paths.curves / "calibration.png", draw_calibration(calibration))
    write_bytes(paths.curves / "lift.png", draw_lift(lift))
