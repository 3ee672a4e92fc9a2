"""Bins of a histogram that a person can read: round edges, and nothing stretched by an outlier."""

import math

import numpy as np

_FEW = 0.02  # outliers that are left out of the picture, at most
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


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
    step = _round_step((high - low) / (most - 1) if high > low else 1.0)
    if whole:
        step = max(1.0, math.ceil(step))
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return np.round(np.arange(first, last + 1) * step, 9)


def _range_without_outliers(values: np.ndarray, fence: float) -> tuple[float, float]:
    first, third = np.quantile(values, [0.25, 0.75])
    reach = 2 * fence * (third - first)
    if reach == 0:
        return float(values.min()), float(values.max())
    inside = values[(values >= first - reach) & (values <= third + reach)]
    if len(inside) < (1 - _FEW) * len(values):  # so many are a group of their own, not outliers
        return float(values.min()), float(values.max())
    return float(inside.min()), float(inside.max())


def _round_step(width: float) -> float:
    """Return the smallest round number that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in _ROUND_STEPS if factor * power >= width * (1 - 1e-9))
