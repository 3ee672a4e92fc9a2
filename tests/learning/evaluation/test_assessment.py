import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap, normal_interval
from retention.learning.evaluation.evaluate import Assessed, Prediction, assess

RNG = np.random.default_rng(1)
TARGET = RNG.integers(0, 2, 200)
GOOD = np.clip(0.4 * TARGET + RNG.uniform(0.05, 0.55, 200), 0.01, 0.99)
POOR = np.clip(0.1 * TARGET + RNG.uniform(0.05, 0.85, 200), 0.01, 0.99)
BOOTSTRAP = Bootstrap(np.arange(200), resamples=400, confidence=0.9, seed=2)


def measure(**given: Prediction) -> dict[str, Assessed]:
    return assess(TARGET, given, BOOTSTRAP, bins=10, part=1)


def brute_force(score: np.ndarray) -> np.ndarray:
    """ROC-AUC of the customers and of each resample, drawn one by one."""
    weights = np.concatenate([np.ones((1, 200)), *BOOTSTRAP.draw(1, 0, strata=TARGET)]).astype(int)
    return np.array([
        roc_auc_score(np.repeat(TARGET, counts), np.repeat(score, counts)) for counts in weights
    ])  # fmt: skip


def test_intervals_and_paired_differences_are_those_of_resampled_customers() -> None:
    found = measure(a=Prediction(GOOD), b=Prediction(POOR))
    good, poor = brute_force(GOOD), brute_force(POOR)
    for ours, theirs, scale in ((found["a"].measures, good, "share"), (found["b"].difference, good - poor, "real")):
        expected = normal_interval(theirs[0], theirs[1:], 0.9, scale).model_dump()
        assert ours["roc_auc"].model_dump() == pytest.approx(expected)
    assert not found["a"].difference


def test_a_model_against_itself_differs_by_nothing() -> None:
    found = measure(a=Prediction(GOOD), b=Prediction(GOOD))
    assert set(found["b"].difference) == {"roc_auc", "pr_auc", "brier", "log_loss"}
    assert all(one == Estimate(value=0, low=0, high=0) for one in found["b"].difference.values())


def test_a_score_is_not_measured_as_a_probability() -> None:
    found = measure(a=Prediction(GOOD), score=Prediction(GOOD * 100, is_probability=False))
    assert set(found["score"].measures) == set(found["score"].difference) == {"roc_auc", "pr_auc"}


def test_every_value_lies_in_its_interval() -> None:
    assert all(one.low <= one.value <= one.high for one in measure(a=Prediction(GOOD))["a"].measures.values())


def test_resamples_without_a_decliner_leave_the_intervals_their_width() -> None:
    rng = np.random.default_rng(0)
    target = np.repeat([1, 0], [4, 96])  # 2 % of the resamples draw none of the four
    given = {name: Prediction(rng.uniform(0.02, 0.3, 100) + 0.2 * target) for name in ("one", "other")}
    found = assess(target, given, Bootstrap(np.arange(100), 400, 0.95, 0), 10, part=1)
    for name, widest in (("pr_auc", 1), ("calibration_intercept", 3)):  # a fit that has no end is none of them
        one = found["one"].measures[name]
        assert one.low < one.value < one.high < one.low + widest, name
    apart = found["other"].difference["pr_auc"]
    assert apart.low < apart.value < apart.high
