import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from retention.estimate import Estimate
from retention.learning.evaluation.assessment import Prediction, assess
from retention.learning.evaluation.bootstrap import draw_weights, percentile_interval

RNG = np.random.default_rng(1)
TARGET = RNG.integers(0, 2, 200)
GOOD = np.clip(0.4 * TARGET + RNG.uniform(0.05, 0.55, 200), 0.01, 0.99)
POOR = np.clip(0.1 * TARGET + RNG.uniform(0.05, 0.85, 200), 0.01, 0.99)
HOW = {"resamples": 400, "confidence": 0.9, "seed": 2}


def brute_force(score: np.ndarray) -> np.ndarray:
    """ROC-AUC of each resample, the customers drawn one by one."""
    weights = np.concatenate(list(draw_weights(TARGET, HOW["resamples"], HOW["seed"]))).astype(int)
    return np.array([
        roc_auc_score(np.repeat(TARGET, counts), np.repeat(score, counts)) for counts in weights
    ])  # fmt: skip


def test_the_interval_is_that_of_resampled_customers() -> None:
    measured = assess(TARGET, {"model": Prediction(GOOD)}, **HOW)["model"].measures["roc_auc"]
    low, high = np.quantile(brute_force(GOOD), [0.05, 0.95])
    assert measured.model_dump() == pytest.approx({"value": roc_auc_score(TARGET, GOOD), "low": low, "high": high})


def test_differences_are_paired() -> None:
    measured = assess(TARGET, {"a": Prediction(GOOD), "b": Prediction(POOR)}, reference="a", **HOW)
    assert not measured["a"].difference
    low, high = np.quantile(brute_force(GOOD) - brute_force(POOR), [0.05, 0.95])
    assert measured["b"].difference["roc_auc"].low == pytest.approx(low)
    assert measured["b"].difference["roc_auc"].high == pytest.approx(high)


def test_a_model_against_itself_differs_by_nothing() -> None:
    measured = assess(TARGET, {"a": Prediction(GOOD), "b": Prediction(GOOD)}, reference="a", **HOW)
    assert all(interval == Estimate(value=0, low=0, high=0) for interval in measured["b"].difference.values())


def test_a_score_is_not_measured_as_a_probability() -> None:
    measured = assess(TARGET, {"score": Prediction(GOOD * 100, is_probability=False)}, **HOW)
    assert set(measured["score"].measures) == {"roc_auc", "pr_auc"}


def test_every_value_lies_in_its_interval() -> None:
    measured = assess(TARGET, {"model": Prediction(GOOD)}, **HOW)["model"].measures
    assert all(interval.low <= interval.value <= interval.high for interval in measured.values())


def test_resamples_keep_the_classes_and_do_not_depend_on_their_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.concatenate(list(draw_weights(TARGET, 50, 9)))
    assert weights.shape == (50, 200)
    assert (weights[:, TARGET == 1].sum(axis=1) == TARGET.sum()).all()
    assert (weights.sum(axis=1) == 200).all()
    monkeypatch.setattr("retention.learning.evaluation.bootstrap.CELLS", 10**9)
    assert np.array_equal(weights, np.concatenate(list(draw_weights(TARGET, 50, 9))))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    target = np.repeat([0, 1], 60)
    truth = 0.7602  # of two unit normals, one apart
    hits = 0
    for seed in range(150):
        score = rng.normal(target, 1)
        measured = assess(
            target, {"m": Prediction(score, is_probability=False)}, resamples=200, confidence=0.9, seed=seed
        )["m"].measures["roc_auc"]
        hits += measured.low <= truth <= measured.high
    assert 0.82 <= hits / 150 <= 0.97


def test_an_inflated_statistic_is_centred() -> None:
    resampled = np.random.default_rng(0).normal(5, 1, 10_000)
    interval = percentile_interval(3.0, resampled, 0.95, centre=True)
    assert interval.low == pytest.approx(3 - 1.96, abs=0.1)
    assert interval.high == pytest.approx(3 + 1.96, abs=0.1)
