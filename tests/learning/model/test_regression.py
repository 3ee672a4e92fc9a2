import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, Ridge

from retention.learning.model.pipeline import compute_output
from retention.learning.model.regression import RegressionClassifier


@pytest.fixture
def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 3))
    return x, np.where(x[:, 0] + rng.normal(size=80) > 0, "yes", "no")


def test_ranks_by_the_regression_of_the_second_class(points: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = points
    fitted = RegressionClassifier().fit(x, y)
    expected = LinearRegression().fit(x, y == "yes").predict(x)
    np.testing.assert_allclose(compute_output(fitted, x), expected - 0.5)
    assert (fitted.predict(x) == np.where(expected > 0.5, "yes", "no")).all()


def test_works_inside_calibration_and_leaves_its_regressor_unfitted(points: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = points
    ridge = Ridge(alpha=3)
    calibrated = CalibratedClassifierCV(RegressionClassifier(ridge), ensemble=False).fit(x, y)
    assert calibrated.predict_proba(x).shape == (80, 2)
    assert not hasattr(ridge, "coef_")


def test_needs_two_classes(points: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="2 classes, not 1"):
        RegressionClassifier().fit(points[0], np.zeros(80))
