"""Two small groups compared: an interval that holds near 0 and 1, and a test that assumes nothing but the draw."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from retention.estimate import Estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CELLS = 2_000_000  # redrawn at a time


def compare_shares(one: tuple[float, float], other: tuple[float, float], confidence: float) -> Estimate:
    """Return the difference of two shares with the tenth interval of Newcombe (1998), Wilson's of each put together.

    Parameters
    ----------
    one, other : (float, float)
        A share, and of how many; weighted customers may come to no whole number.
    confidence : float
    """
    (p, (low, high)), (q, (least, most)) = ((share, _wilson(share, size, confidence)) for share, size in (one, other))
    down, up = np.hypot(p - low, most - q), np.hypot(high - p, q - least)
    return Estimate(value=p - q, low=p - q - float(down), high=p - q + float(up))


def _wilson(share: float, size: float, confidence: float) -> tuple[float, float]:
    z = float(stats.norm.ppf((1 + confidence) / 2))
    middle, below = share + z**2 / (2 * size), 1 + z**2 / size
    half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    return float((middle - half) / below), float((middle + half) / below)


def find_chance(
    outcome: Floats, contacted: Flags, block: NDArray[np.int_], size: Floats, draws: int, seed: int
) -> float:
    """Return the two-sided p-value of "contacting changed nothing" by drawing the arms again (Fisher 1935, ch. 2).

    Within each block as many units as were left alone are drawn, all alike; a block where an arm has nobody tells
    nothing. What counts is the difference of the blocks' sums from what is expected of the draw.

    Parameters
    ----------
    outcome, size : ndarray of shape (n,)
        Of each unit: the mean outcome, and the number of its customers.
    contacted : ndarray of bool, shape (n,)
    block : ndarray of int, shape (n,)
    draws, seed : int
    """
    total, place = outcome * size, np.unique(block, return_inverse=True)[1]
    sizes, held = np.bincount(place), np.bincount(place, weights=~contacted)
    expected = float((total * (held / sizes)[place]).sum())
    found = abs(float(total[~contacted].sum()) - expected)
    blocks = np.sort(place)
    drawn = np.arange(len(place)) - (np.cumsum(sizes) - sizes)[blocks] < held[blocks]  # the first of each block
    rng, reached, batch = np.random.default_rng(seed), 0, max(1, CELLS // len(place))
    for start in range(0, draws, batch):
        order = np.argsort(place + rng.random((min(batch, draws - start), len(place))), axis=1)
        off = np.abs(total[order[:, drawn]].sum(axis=1) - expected)
        reached += int((off >= found * (1 - 1e-9)).sum())
    return (1 + reached) / (1 + draws)
