import numpy as np
import pytest
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from retention.learning.evaluation.metrics import METRICS

RNG = np.random.default_rng(3)
TARGET = RNG.integers(0, 2, 120)
TIED = np.clip(np.round(0.3 * TARGET + RNG.uniform(0.05, 0.6, 120), 1), 0.05, 0.95)
SMOOTH = np.clip(0.3 * TARGET + RNG.uniform(0.05, 0.6, 120), 0.05, 0.95)
WEIGHTS = RNG.integers(0, 4, (5, 120)).astype(float)

SKLEARN = {
    "roc_auc": roc_auc_score,
    "pr_auc": average_precision_score,
    "brier": brier_score_loss,
    "log_loss": log_loss,
}


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize("probability", [TIED, SMOOTH], ids=["tied", "distinct"])
def test_weighted_metrics_are_those_of_scikit_learn(name: str, probability: np.ndarray) -> None:
    expected = [SKLEARN[name](TARGET, probability, sample_weight=weights) for weights in WEIGHTS]
    assert METRICS[name](TARGET, probability, WEIGHTS) == pytest.approx(expected, abs=1e-12)


def test_a_weight_is_a_repetition() -> None:
    for name in ("calibration_slope", "calibration_intercept", "roc_auc"):
        counts = WEIGHTS[0].astype(int)
        repeated = [np.repeat(values, counts) for values in (TARGET, SMOOTH)]
        expected = METRICS[name](*repeated, np.ones((1, counts.sum())))
        assert METRICS[name](TARGET, SMOOTH, WEIGHTS[:1]) == pytest.approx(expected, abs=1e-9)


def test_calibration_slope_is_a_logistic_regression() -> None:
    ours = METRICS["calibration_slope"](TARGET, SMOOTH, WEIGHTS[:1])[0]
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        logit(SMOOTH)[:, None], TARGET, sample_weight=WEIGHTS[0]
    )
    assert ours == pytest.approx(theirs.coef_[0, 0], abs=1e-5)


def test_calibration_of_known_distortions() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 1.5, 200_000)
    target = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(int)
    once = np.ones((1, len(odds)))
    overconfident, shifted = 1 / (1 + np.exp(-2 * odds)), 1 / (1 + np.exp(-(odds - 0.7)))
    assert METRICS["calibration_slope"](target, overconfident, once)[0] == pytest.approx(0.5, abs=0.02)
    assert METRICS["calibration_intercept"](target, shifted, once)[0] == pytest.approx(0.7, abs=0.02)


def test_a_separable_resample_stays_finite() -> None:
    target, probability = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    for name, metric in METRICS.items():
        assert np.isfinite(metric(target, probability, np.ones((1, 4)))).all(), name
