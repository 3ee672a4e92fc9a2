"""How good the model is for groups of the test customers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.estimate import Estimate, compute_share
from retention.learning.evaluation.bootstrap import draw_weights, percentile_interval
from retention.learning.evaluation.evaluation import Group
from retention.learning.evaluation.metrics import compute_roc_auc

ENOUGH = 30  # customers, and at least this part of them in the rarer class for a ROC-AUC
RARE = 5
RESAMPLES, CONFIDENCE = 300, 0.95


def measure_groups(
    target: NDArray[np.int_], probability: NDArray[np.float64], members: pd.DataFrame, of: str
) -> list[Group]:
    """Return how good the model is in each group; nothing but the support where it is too small.

    Parameters
    ----------
    target, probability : ndarray of shape (n_customers,)
        1 for a decline; the model's probability for customers it did not learn from.
    members : DataFrame of bool, n_customers rows
        A column a group, named by its key: the segments of ``membership.parquet``, or a category's values.
    of : str
        What the groups are groups of: ``segment``, or the category's column.
    """
    return [
        _measure(of, str(key), target[chosen], probability[chosen])
        for key, chosen in ((key, members[key].to_numpy(dtype=bool)) for key in members)
    ]


def _measure(of: str, key: str, target: NDArray[np.int_], probability: NDArray[np.float64]) -> Group:
    support, declined = len(target), int(target.sum())
    if support < ENOUGH:
        return Group(of=of, key=key, support=support, observed=None, predicted=None, roc_auc=None)
    rare = min(declined, support - declined)
    return Group(
        of=of,
        key=key,
        support=support,
        observed=compute_share(declined, support, CONFIDENCE),
        predicted=float(probability.mean()),
        roc_auc=_measure_roc_auc(target, probability) if rare >= RARE else None,
    )


def _measure_roc_auc(target: NDArray[np.int_], probability: NDArray[np.float64]) -> Estimate:
    value = float(compute_roc_auc(target, probability, np.ones((1, len(target))))[0])
    drawn = draw_weights(target, RESAMPLES, seed=0)
    resampled = np.concatenate([compute_roc_auc(target, probability, weights) for weights in drawn])
    return percentile_interval(value, resampled, CONFIDENCE)
