"""How good the model is for groups of the test customers: what the model card tells beside the whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from retention.estimate import Estimate, compute_share
from retention.learning.evaluation.bootstrap import draw_weights, percentile_interval
from retention.learning.evaluation.metrics import compute_roc_auc
from retention.strict import Text

ENOUGH = 30  # customers, and at least this part of them in the rarer class for a ROC-AUC
RARE = 5
RESAMPLES, CONFIDENCE = 300, 0.95


@dataclass(frozen=True)
class Group:
    """The model among some test customers.

    Parameters
    ----------
    name : Text
    support : int
        Test customers in it.
    observed : Estimate or None
        Their decline rate with Wilson's interval; None if there are too few.
    predicted : float or None
        Their mean probability.
    roc_auc : Estimate or None
        With a bootstrap interval; None if one of the classes is nearly empty too.
    """

    name: Text
    support: int
    observed: Estimate | None
    predicted: float | None
    roc_auc: Estimate | None


def list_groups(
    customers: pd.DataFrame, segments: Sequence[Mapping[str, Any]], categories: Mapping[str, Mapping[str, Text]]
) -> Iterator[tuple[Text, np.ndarray]]:
    """Yield name and members of each segment and of each category.

    Parameters
    ----------
    customers : DataFrame of n rows
        With a column of each segment's key and of each of `categories`.
    segments : sequence of mapping
        The segments of ``segments.json``.
    categories : mapping
        Categorical column → value → how both are said.
    """
    for segment in segments:
        if segment["key"] in customers:
            name = segment.get("name") or dict.fromkeys(("ru", "en"), segment["key"])
            yield Text(**name), customers[segment["key"]].to_numpy(dtype=bool)
    for column, values in categories.items():
        for value, name in values.items():
            yield name, (customers[column] == value).to_numpy()


def measure_group(name: Text, target: np.ndarray, probability: np.ndarray) -> Group:
    """Return how good the model is in a group; nothing but the support where it is too small.

    Parameters
    ----------
    target, probability : ndarray of shape (n,)
        1 for a decline; the model's probability for customers it did not learn from.
    """
    if len(target) < ENOUGH:
        return Group(name, len(target), None, None, None)
    declined = int(target.sum())
    observed = compute_share(declined, len(target), CONFIDENCE)
    rare = min(declined, len(target) - declined)
    roc_auc = _measure_roc_auc(target, probability) if rare >= RARE else None
    return Group(name, len(target), observed, float(probability.mean()), roc_auc)


def _measure_roc_auc(target: np.ndarray, probability: np.ndarray) -> Estimate:
    value = float(compute_roc_auc(target, probability, np.ones((1, len(target))))[0])
    drawn = draw_weights(target, RESAMPLES, seed=0)
    resampled = np.concatenate([compute_roc_auc(target, probability, weights) for weights in drawn])
    return Estimate(**percentile_interval(value, resampled, CONFIDENCE))
