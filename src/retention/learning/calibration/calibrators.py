"""Ways from a model's output to a probability, simplest first.

Each is fitted on outputs that the model gave for customers it had not seen, (n_customers,) as the labels, and holds
plain arrays only. Where decliners have the higher outputs, as of a model that has learnt anything, all are strictly
increasing, so that no ranking is lost; a sigmoid's slope is free, and of an output that ranks the wrong way negative.
"""

from typing import Self

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit
from sklearn.base import BaseEstimator

from retention.learning.evaluation.metrics import Floats, Labels, fit_logistic
from retention.learning.model.choice import OutputScale

APART = 1e-3  # how much of a smooth curve is mixed into steps


class IdentityCalibrator(BaseEstimator):  # type: ignore[misc]
    """Takes the model's own probability, which a mere score is none of."""

    def __init__(self, scale: OutputScale = "probability") -> None:
        self.scale = scale

    def fit(self, output: Floats, target: Labels) -> Self:  # noqa: ARG002
        """Learn nothing."""
        return self

    def predict(self, output: Floats) -> Floats:
        """Return the probability that the output already is, or is the log-odds of."""
        return output.copy() if self.scale == "probability" else np.asarray(expit(output))


class SigmoidCalibrator(BaseEstimator):  # type: ignore[misc]
    """Platt's sigmoid of the output, fitted to his smoothed targets (Platt 1999, section 2.2)."""

    def fit(self, output: Floats, target: Labels) -> Self:
        """Fit slope and intercept."""
        columns = np.column_stack([output, np.ones_like(output)])
        self.slope_, self.intercept_ = _fit(columns, _smoothed(target))
        return self

    def predict(self, output: Floats) -> Floats:
        """Return the sigmoid of the output."""
        return np.asarray(expit(self.slope_ * output + self.intercept_))


class BetaCalibrator(BaseEstimator):  # type: ignore[misc]
    """Beta calibration: a sigmoid whose two tails have slopes of their own (Kull et al. 2017, section 3).

    The tails meet at even odds: probabilities are first turned into log-odds, and of a mere score Platt's sigmoid says
    where its even odds are.
    """

    def __init__(self, scale: OutputScale = "probability") -> None:
        self.scale = scale

    def fit(self, output: Floats, target: Labels) -> Self:
        """Fit the three parameters; a tail whose slope came out negative is given none."""
        self.margin_ = 0.5 / (len(output) + 1)
        self.slope_, self.intercept_ = 1.0, 0.0
        if self.scale == "score":
            platt = SigmoidCalibrator().fit(output, target)
            self.slope_, self.intercept_ = platt.slope_, platt.intercept_
        columns, used = self._columns(output), [0, 1, 2]
        coefficients = _fit(columns, _smoothed(target))
        while tails := [tail for tail in used[:-1] if coefficients[tail] < 0]:
            used.remove(min(tails, key=lambda tail: coefficients[tail]))
            coefficients = np.zeros(3)
            coefficients[used] = _fit(columns[:, used], _smoothed(target))
        self.coefficients_ = coefficients
        return self

    def predict(self, output: Floats) -> Floats:
        """Return the calibrated probability."""
        return np.asarray(expit(self._columns(output) @ self.coefficients_))

    def _columns(self, output: Floats) -> Floats:
        odds = self.slope_ * output + self.intercept_
        if self.scale == "probability":
            odds = logit(np.clip(output, self.margin_, 1 - self.margin_))
        return np.column_stack([-np.logaddexp(0, -odds), np.logaddexp(0, odds), np.ones_like(odds)])


class IsotonicCalibrator(BaseEstimator):  # type: ignore[misc]
    """Isotonic regression, straight between the observed outputs; kept off 0 and 1 by what n customers can show."""

    def fit(self, output: Floats, target: Labels) -> Self:
        """Fit the increasing steps."""
        self.outputs_, place = np.unique(output, return_inverse=True)
        counts = np.bincount(place).astype(float)
        floor = 1 / (len(output) + 2)
        fitted = isotonic_regression(np.bincount(place, weights=target) / counts, weights=counts).x
        self.probabilities_ = np.clip(fitted, floor, 1 - floor)
        self.rank_ = SigmoidCalibrator().fit(output, target)
        return self

    def predict(self, output: Floats) -> Floats:
        """Return the fitted probability, interpolated; customers on a step, whom the model ranks, are told apart."""
        fitted = np.interp(output, self.outputs_, self.probabilities_)
        return np.asarray((1 - APART) * fitted + APART * self.rank_.predict(output))


Calibrator = IdentityCalibrator | SigmoidCalibrator | BetaCalibrator | IsotonicCalibrator


def build_calibrator(method: str, scale: OutputScale) -> Calibrator:
    """Return the unfitted calibrator that the settings call `method`."""
    made: dict[str, Calibrator] = {
        "none": IdentityCalibrator(scale),
        "sigmoid": SigmoidCalibrator(),
        "beta": BetaCalibrator(scale),
        "isotonic": IsotonicCalibrator(),
    }
    return made[method]


def _fit(columns: Floats, target: Floats) -> Floats:
    return np.asarray(fit_logistic(columns, target, np.ones((1, len(target))))[0])


def _smoothed(target: Labels) -> Floats:
    """Return Platt's targets: the share that Laplace's rule would expect in each class, instead of 0 and 1."""
    positives = target.sum()
    negatives = len(target) - positives
    return np.asarray(np.where(target == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2)))
