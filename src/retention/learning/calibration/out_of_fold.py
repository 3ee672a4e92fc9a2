"""Outputs for customers that neither the model nor its calibrator has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone

from retention.learning.folds.folds import Fold
from retention.learning.model.pipeline import compute_output

Floats = NDArray[np.float64]


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
    results = Parallel(n_jobs=workers, prefer="threads")(
        delayed(_outputs_without)(pipeline, frame, target, np.isin(fold, without)) for without in left_out
    )
    output = np.empty(len(target))
    inner = np.full((len(folds), len(target)), np.nan)
    for without, (_, values) in zip(left_out, results, strict=True):
        for k in without:
            others = [other for other in without if other != k]
            (inner[others[0]] if others else output)[fold == k] = values[fold == k]
    return NestedOutputs(fold, output, inner, tuple(fitted for fitted, _ in results[: len(folds)]))


def _outputs_without(
    pipeline: Any, frame: pd.DataFrame, target: NDArray[np.int_], held_out: NDArray[np.bool_]
) -> tuple[Any, Floats]:
    """Fit on the rest; return the pipeline, and its outputs of the held out, NaN elsewhere."""
    fitted = clone(pipeline).fit(frame[~held_out], target[~held_out])
    outputs = np.full(len(target), np.nan)
    outputs[held_out] = compute_output(fitted, frame[held_out])
    return fitted, outputs
