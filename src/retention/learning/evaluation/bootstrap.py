"""Resamples of customers and the intervals that they give."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from retention.estimate import Estimate

Floats = NDArray[np.float64]

CELLS = 2_000_000  # weights held at a time


def draw_weights(target: NDArray[np.int_], resamples: int, seed: int) -> Iterator[Floats]:
    """Yield how often each customer is drawn in each resample, both classes keeping their size.

    Yields
    ------
    ndarray of shape (some resamples, n_customers)
        Batches that make up `resamples` rows.
    """
    rng = np.random.default_rng(seed)
    places = [np.flatnonzero(target == label) for label in (0, 1)]
    batch = max(1, CELLS // len(target))
    for start in range(0, resamples, batch):
        weights = np.empty((min(batch, resamples - start), len(target)))
        for place in places:
            even = np.full(len(place), 1 / len(place))
            weights[:, place] = rng.multinomial(len(place), even, size=len(weights))
        yield weights


def percentile_interval(value: float, resampled: Floats, confidence: float, *, centre: bool = False) -> Estimate:
    """Return the percentile interval of the resampled values.

    Parameters
    ----------
    value : float
        The value of the customers themselves.
    resampled : ndarray of shape (n_resamples,)
        The value in each resample.
    confidence : float
        The share of the resamples inside.
    centre : bool
        Move the resamples' mean onto `value` first: for a statistic that resampling inflates, such as a mean
        absolute deviation, whose percentile interval need not even hold the value.
    """
    tail = (1 - confidence) / 2
    shift = value - float(np.mean(resampled)) if centre else 0.0
    low, high = np.quantile(resampled, [tail, 1 - tail]) + shift
    return Estimate(value=value, low=float(low), high=float(high))
