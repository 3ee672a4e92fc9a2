"""Which way of calibrating a model is kept: measured on customers that neither model nor calibrator has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retention.learning.calibration.calibrators import OutputScale, build_calibrator
from retention.learning.calibration.out_of_fold import NestedOutputs
from retention.learning.evaluation.bootstrap import interval_of_mean
from retention.learning.evaluation.metrics import METRICS

Floats = NDArray[np.float64]

CALIBRATION_METRICS = (
    "log_loss", "brier", "calibration_slope", "calibration_intercept", "expected_calibration_error", "roc_auc",
)  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """The chosen way of calibrating and what it was chosen from.

    Parameters
    ----------
    method : str
        The chosen one.
    probability : ndarray of shape (n_customers,)
        What it gives each training customer, out of fold.
    candidates : dict
        For each method its metrics, and the difference of its log-loss to the best one's with an interval.
    """

    method: str
    probability: Floats
    candidates: dict[str, Any]


def choose_calibration(
    outputs: NestedOutputs, target: NDArray[np.int_], methods: Sequence[str], scale: OutputScale
) -> Calibration:
    """Choose by cross-fitted log-loss; among those within the noise of the best, the first that is listed.

    A mere score has no probability of its own, so that "none" is left out for it.

    Parameters
    ----------
    outputs : NestedOutputs
        Of the training customers.
    target : ndarray of shape (n_customers,)
        Their labels.
    methods : sequence of str
        The candidates, the simplest first.
    scale : str
        What the output is.
    """
    usable = [method for method in methods if method != "none" or scale != "score"] or ["sigmoid"]
    given = {method: calibrate_out_of_fold(outputs, target, method, scale) for method in usable}
    losses = {method: log_losses(target, probability) for method, probability in given.items()}
    best = min(usable, key=lambda method: losses[method].mean())
    over_best = {method: interval_of_mean(losses[method] - losses[best]) for method in usable}
    candidates = {
        method: {name: _measure(name, target, given[method]) for name in CALIBRATION_METRICS}
        | {"log_loss_over_best": over_best[method]}
        for method in usable
    }
    within = [method for method in usable if over_best[method]["low"] <= 0]
    return Calibration(within[0], given[within[0]], candidates)


def calibrate_out_of_fold(outputs: NestedOutputs, target: NDArray[np.int_], method: str, scale: OutputScale) -> Floats:
    """Give each customer a probability from a model and a calibrator that had not seen the customer.

    Returns
    -------
    ndarray of shape (n_customers,)
    """
    probability = np.empty(len(target))
    for number, inner in enumerate(outputs.inner):
        held_out = outputs.fold == number
        calibrator = build_calibrator(method, scale).fit(inner[~held_out], target[~held_out])
        probability[held_out] = calibrator.predict(outputs.output[held_out])
    return probability


def log_losses(target: NDArray[np.int_], probability: Floats) -> Floats:
    """Return minus the log-likelihood of each customer's label."""
    likely = np.where(target == 1, probability, 1 - probability)
    return -np.log(np.maximum(likely, 1e-12))


def _measure(name: str, target: NDArray[np.int_], probability: Floats) -> float:
    return float(METRICS[name](target, probability, np.ones((1, len(target))))[0])
