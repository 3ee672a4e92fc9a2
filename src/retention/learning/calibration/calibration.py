"""Which way of calibrating a model is kept: measured on customers that neither model nor calibrator has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone

from retention.estimate import compute_mean
from retention.learning.calibration.calibrators import Calibrator, build_calibrator
from retention.learning.calibration.summary import Calibration, Candidate
from retention.learning.evaluation.metrics import METRICS
from retention.learning.folds import Fold
from retention.learning.model.choice import OutputScale
from retention.learning.model.pipeline import compute_output

Floats = NDArray[np.float64]

CONFIDENCE = 0.95  # of the difference to the best way


@dataclass(frozen=True)
class NestedOutputs:
    """Out-of-fold outputs, and for each fold the outputs that its calibrator may learn from.

    Parameters
    ----------
    fold : ndarray of int, shape (n_customers,)
        The fold that holds the customer out, from 0.
    output : ndarray of shape (n_customers,)
        From the pipeline that was fitted without the customer's fold.
    inner : ndarray of shape (n_folds, n_customers)
        Row k: from pipelines fitted without fold k and without the customer's own fold; NaN for fold k itself.
    pipelines : tuple of Pipeline
        Those that were fitted without one fold, by fold.
    """

    fold: NDArray[np.int_]
    output: Floats
    inner: Floats
    pipelines: tuple[Any, ...]


def compute_nested_outputs(
    pipeline: Any, frame: pd.DataFrame, target: NDArray[np.int_], folds: Sequence[Fold], workers: int = 1
) -> NestedOutputs:
    """Fit the pipeline without each fold and without each pair of folds.

    One fit without the pair (k, l) serves twice: it gives fold k's outputs to the calibrator of fold l and
    fold l's to that of fold k, so n folds take n (n + 1) / 2 fits and not n².

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted; cloned for each fit.
    frame : DataFrame
        The features of the training customers.
    target : ndarray of shape (n_customers,)
        Their labels.
    folds : sequence of (ndarray, ndarray)
        A partition: positions to fit on and positions held out.
    workers : int
        Threads that fit side by side; any number gives the same result.
    """
    fold = np.empty(len(target), dtype=int)
    for number, (_, held_out) in enumerate(folds):
        fold[held_out] = number
    numbers = range(len(folds))
    left_out = [(k,) for k in numbers] + list(combinations(numbers, 2))

    def fit_without(folds: tuple[int, ...]) -> tuple[Any, Floats]:
        held_out = np.isin(fold, folds)
        fitted = clone(pipeline).fit(frame[~held_out], target[~held_out])
        outputs = np.full(len(target), np.nan)
        outputs[held_out] = compute_output(fitted, frame[held_out])
        return fitted, outputs

    results = Parallel(n_jobs=workers, prefer="threads")(delayed(fit_without)(without) for without in left_out)
    output = np.empty(len(target))
    inner = np.full((len(folds), len(target)), np.nan)
    for without, (_, values) in zip(left_out, results, strict=True):
        for k in without:
            others = [other for other in without if other != k]
            (inner[others[0]] if others else output)[fold == k] = values[fold == k]
    return NestedOutputs(fold, output, inner, tuple(fitted for fitted, _ in results[: len(folds)]))


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
    losses = {method: _log_losses(target, probability) for method, probability in given.items()}
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


def _log_losses(target: NDArray[np.int_], probability: Floats) -> Floats:
    """Return minus the log-likelihood of each customer's label."""
    likely = np.where(target == 1, probability, 1 - probability)
    return -np.log(np.maximum(likely, 1e-12))


def _measure(target: NDArray[np.int_], probability: Floats) -> dict[str, float]:
    once, measured = np.ones((1, len(target))), [name for name in Candidate.model_fields if name in METRICS]
    return {name: float(METRICS[name](target, probability, once)[0]) for name in measured}
