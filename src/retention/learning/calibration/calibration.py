"""Which way of calibrating a model is kept: measured on customers that neither model nor calibrator has seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retention.estimate import Estimate, compute_mean
from retention.learning.calibration.calibrators import Calibrator, build_calibrator
from retention.learning.calibration.out_of_fold import NestedOutputs
from retention.learning.evaluation.metrics import METRICS
from retention.learning.model.pipeline import OutputScale
from retention.strict import Strict

Floats = NDArray[np.float64]

CONFIDENCE = 0.95  # of the difference to the best way


class Candidate(Strict):
    """How good one way of calibrating is for the training customers, out of fold.

    Parameters
    ----------
    log_loss, brier, calibration_slope, calibration_intercept, roc_auc : float
        The metrics of its probabilities.
    log_loss_over_best : Estimate
        By how much its log-loss exceeds that of the best candidate, by customer.
    """

    log_loss: float
    brier: float
    calibration_slope: float
    calibration_intercept: float
    roc_auc: float
    log_loss_over_best: Estimate


class Calibration(Strict):
    """The chosen way of calibrating and what it was chosen from.

    Parameters
    ----------
    method : str
        The chosen one.
    output : str
        What the model's output is: ``probability``, ``log-odds`` or a mere ``score``.
    candidates : dict
        Each method that was compared.
    """

    method: str
    output: OutputScale
    candidates: dict[str, Candidate]


MEASURED = tuple(name for name in Candidate.model_fields if name in METRICS)


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
    over_best = {method: compute_mean(losses[method] - losses[best], CONFIDENCE) for method in usable}
    candidates = {
        method: Candidate(log_loss_over_best=over_best[method], **_measure(target, given[method])) for method in usable
    }
    within = [method for method in usable if over_best[method].low <= 0]
    return Calibration(method=within[0], output=scale, candidates=candidates)


def calibrate_out_of_fold(outputs: NestedOutputs, target: NDArray[np.int_], method: str, scale: OutputScale) -> Floats:
    """Give each customer a probability from a model and a calibrator that had not seen the customer.

    Returns
    -------
    ndarray of shape (n_customers,)
    """
    probability = np.empty(len(target))
    for number, calibrator in enumerate(fit_fold_calibrators(outputs, target, method, scale)):
        held_out = outputs.fold == number
        probability[held_out] = calibrator.predict(outputs.output[held_out])
    return probability


def fit_fold_calibrators(
    outputs: NestedOutputs, target: NDArray[np.int_], method: str, scale: OutputScale
) -> list[Calibrator]:
    """Return a calibrator for each fold, fitted on outputs of models that had not seen the fold."""
    others = [outputs.fold != number for number in range(len(outputs.inner))]
    return [
        build_calibrator(method, scale).fit(inner[other], target[other])
        for inner, other in zip(outputs.inner, others, strict=True)
    ]


def log_losses(target: NDArray[np.int_], probability: Floats) -> Floats:
    """Return minus the log-likelihood of each customer's label."""
    likely = np.where(target == 1, probability, 1 - probability)
    return -np.log(np.maximum(likely, 1e-12))


def _measure(target: NDArray[np.int_], probability: Floats) -> dict[str, float]:
    once = np.ones((1, len(target)))
    return {name: float(METRICS[name](target, probability, once)[0]) for name in MEASURED}
