import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from retention.learning.calibration.calibrators import (
    APART,
    BetaCalibrator,
    SigmoidCalibrator,
    build_calibrator,
)

METHODS = ["sigmoid", "beta", "isotonic"]


def outputs(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, n)
    return odds, (rng.random(n) < expit(1.5 * odds - 1)).astype(int)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", ["score", "probability"])
def test_no_ranking_is_lost(method: str, scale: str) -> None:
    output, target = outputs(300)
    if scale == "probability":
        output = np.clip(expit(output), 0.01, 0.99)
    probability = build_calibrator(method, scale).fit(output, target).predict(output)  # type: ignore[arg-type]
    assert ((probability > 0) & (probability < 1)).all()
    assert roc_auc_score(target, probability) == pytest.approx(roc_auc_score(target, output), abs=1e-12)
    assert len(np.unique(probability)) == len(np.unique(output))


@pytest.mark.parametrize("method", METHODS)
def test_the_true_probability_is_found(method: str) -> None:
    output, target = outputs(20_000)
    new = np.linspace(-3, 3, 50)
    found = build_calibrator(method, "log-odds").fit(output, target).predict(new)
    assert np.abs(found - expit(1.5 * new - 1)).max() < (0.02 if method in ("sigmoid", "beta") else 0.1)


def test_the_sigmoid_is_that_of_scikit_learn() -> None:
    output, target = outputs(250)
    model = LogisticRegression().fit(output[:, None], target)
    theirs = CalibratedClassifierCV(FrozenEstimator(model), method="sigmoid").fit(output[:, None], target)
    scores = model.decision_function(output[:, None])
    ours = SigmoidCalibrator().fit(scores, target).predict(scores)
    assert ours == pytest.approx(theirs.predict_proba(output[:, None])[:, 1], abs=1e-4)


def test_beta_tails_have_slopes_of_their_own() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.001, 0.999, 50_000)
    truth = expit(0.4 * np.log(p) - 2.0 * np.log(1 - p) + 0.3)
    fitted = BetaCalibrator("probability").fit(p, (rng.random(len(p)) < truth).astype(int))
    assert fitted.coefficients_ == pytest.approx([0.4, 2.0, 0.3], abs=0.05)


def test_beta_never_falls() -> None:
    rng = np.random.default_rng(2)
    p = rng.uniform(0.01, 0.99, 400)
    bump = (rng.random(400) < 4 * p * (1 - p)).astype(int)  # rises, then falls
    new = BetaCalibrator("probability").fit(p, bump).predict(np.linspace(0.01, 0.99, 99))
    assert (np.diff(new) >= 0).all()


def test_isotonic_is_that_of_scikit_learn() -> None:
    output, target = outputs(200)
    fitted = build_calibrator("isotonic", "score").fit(output, target)
    floor = 1 / 202
    theirs = IsotonicRegression(y_min=floor, y_max=1 - floor).fit(output, target).predict(output)
    assert fitted.predict(output) == pytest.approx(theirs, abs=2 * APART)


def test_none_takes_the_models_own_probability() -> None:
    p = np.array([0.0, 0.2, 1.0])
    none = build_calibrator("none", "probability")
    assert none.fit(p, np.array([0, 1, 1])).predict(p) == pytest.approx(p)
    assert build_calibrator("none", "log-odds").predict(logit([0.2])) == pytest.approx([0.2])
