"""Bins of a histogram that a person can read: round edges, and nothing stretched by an outlier."""

import numpy as np
from matplotlib.ticker import MaxNLocator

_FEW = 0.02  # outliers that are left out of the picture, at most
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


def choose_edges(values: np.ndarray, most: int, fence: float) -> np.ndarray:
    """Return the edges of at most `most` bins of equal, round width.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite values, at least one.
    most : int
        The most bins.
    fence : float
        Values further than twice this many interquartile ranges outside the quartiles, if they are few, do
        not stretch the bins; they are counted beside them.

    Returns
    -------
    ndarray of shape (bins + 1,)
        Ascending edges; a bin holds its left edge and not its right one, the last bin holds both.
        Whole numbers of few kinds get one bin each, centred on the number.
    """
    low, high = _range_without_outliers(values, fence)
    whole = bool(np.all(values == np.round(values)))
    if whole and high - low < most:
        return np.arange(low - 0.5, high + 1.0)
    edges: np.ndarray = np.round(MaxNLocator(most, steps=_ROUND_STEPS, integer=whole).tick_values(low, high), 9)
    return edges


def _range_without_outliers(values: np.ndarray, fence: float) -> tuple[float, float]:
    first, third = np.quantile(values, [0.25, 0.75])
    reach = 2 * fence * (third - first)
    if reach == 0:
        return float(values.min()), float(values.max())
    inside = values[(values >= first - reach) & (values <= third + reach)]
    if len(inside) < (1 - _FEW) * len(values):  # so many are a group of their own, not outliers
        return float(values.min()), float(values.max())
    return float(inside.min()), float(inside.max())
