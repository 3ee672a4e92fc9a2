"""Whether the importance of columns is the model's or its training customers': refits without each fold."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from retention.learning.explanation.explanation import choose_reference, explain_customers

Floats = NDArray[np.float64]


def compute_refit_shares(
    pipeline: Any,
    frame: pd.DataFrame,
    target: NDArray[np.int_],
    fold: NDArray[np.int_],
    *,
    evaluations: int,
    seed: int,
    workers: int = 1,
) -> Floats:
    """Refit the pipeline without each fold and attribute its output for the customers of that fold.

    Parameters
    ----------
    pipeline : Pipeline
        As it was trained; left as it is.
    frame : DataFrame of shape (n_customers, n_columns)
        The features of the training customers.
    target, fold : ndarray of shape (n_customers,)
        Their labels, and the number of the fold that holds each out.
    evaluations, seed
        As `choose_reference`.
    workers : int
        As `explain_customers`.

    Returns
    -------
    ndarray of shape (n_folds, n_columns)
        Each column's share of the mean absolute attributions, by refit.
    """
    shares = []
    for number in np.unique(fold):
        held_out = fold == number
        known, unseen = frame[~held_out], frame[held_out]
        refit = clone(pipeline).fit(known, target[~held_out])
        everyone = np.ones(len(known), dtype=bool)
        reference = choose_reference(refit, known, everyone, evaluations=evaluations, seed=seed)
        explained = explain_customers(refit, unseen, reference, workers)
        mean_abs = explained.by_column.abs().mean().to_numpy()
        shares.append(mean_abs / mean_abs.sum())
    return np.array(shares, dtype=np.float64)
