"""The curves behind the metrics, as tables."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.metrics import precision_recall_curve, roc_curve

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]

POINTS = 500  # more cannot be seen


def compute_roc(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return ``false_positive_rate``, ``true_positive_rate`` and the ``threshold`` (at first none is reached)."""
    false_positive, true_positive, threshold = roc_curve(target, probability)
    columns = {"false_positive_rate": false_positive, "true_positive_rate": true_positive}
    return _thin(pd.DataFrame(columns | {"threshold": np.where(np.isfinite(threshold), threshold, np.nan)}))


def compute_pr(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return ``recall``, ``precision`` and the ``threshold``, from the highest threshold down."""
    precision, recall, threshold = precision_recall_curve(target, probability)
    columns = {"recall": recall[-2::-1], "precision": precision[-2::-1], "threshold": threshold[::-1]}
    return _thin(pd.DataFrame(columns))


def compute_calibration(target: Labels, probability: Floats, bins: int, confidence: float = 0.95) -> pd.DataFrame:
    """Return the decline rate of groups of customers with like probability.

    Parameters
    ----------
    target, probability : ndarray of shape (n_customers,)
        Labels and probabilities.
    bins : int
        Groups of equal size, fewer if there are fewer customers.
    confidence : float
        Of the interval (Jeffreys: Brown, Cai and DasGupta 2001, section 4.3).

    Returns
    -------
    DataFrame
        ``mean_probability``, ``decline_rate``, ``low``, ``high`` and ``customers``, a row a group.
    """
    order = np.argsort(probability, kind="stable")
    groups = [group for group in np.array_split(order, min(bins, len(order))) if len(group)]
    customers = np.array([len(group) for group in groups])
    declined = np.array([target[group].sum() for group in groups])
    tail = (1 - confidence) / 2
    low = beta.ppf(tail, declined + 0.5, customers - declined + 0.5)
    high = beta.ppf(1 - tail, declined + 0.5, customers - declined + 0.5)
    return pd.DataFrame({
        "mean_probability": [probability[group].mean() for group in groups],
        "decline_rate": declined / customers,
        "low": np.where(declined == 0, 0.0, low),
        "high": np.where(declined == customers, 1.0, high),
        "customers": customers,
    })  # fmt: skip


def compute_lift(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return what contacting the most endangered share of customers reaches.

    Returns
    -------
    DataFrame
        ``share_contacted``, ``gain`` (the share of all decliners among the contacted) and ``lift`` (gain over
        share), a row a distinct probability: customers who are tied are contacted together.
    """
    order = np.argsort(-probability, kind="stable")
    last = np.flatnonzero(np.diff(probability[order], append=-np.inf))
    gain = np.cumsum(target[order])[last] / target.sum()
    share = (last + 1) / len(target)
    return _thin(pd.DataFrame({"share_contacted": share, "gain": gain, "lift": gain / share}))


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    """Return at most `POINTS` rows, evenly spaced, with the first and the last."""
    if len(curve) <= POINTS:
        return curve
    places = np.linspace(0, len(curve) - 1, POINTS).round().astype(int)
    return curve.iloc[places].reset_index(drop=True)
