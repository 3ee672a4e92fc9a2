"""How strongly one column is associated with the label: an effect size and its interval."""

import numpy as np
from scipy.stats import norm, rankdata

from retention.estimate import Estimate


def compute_cliffs_delta(first: np.ndarray, second: np.ndarray, confidence: float) -> Estimate | None:
    """Return Cliff's delta: P(a value of `second` is larger) − P(it is smaller), in [−1, 1].

    It does not mind outliers or skew, and equals 2 · ROC-AUC − 1. The variance is the consistent one from
    the placements, the interval is asymmetric so that it stays in [−1, 1] (Cliff 1996, "Ordinal Methods for
    Behavioral Data Analysis", p. 140; Feng and Cliff 2004, eq. 9).

    Values are finite; None where a class has fewer than two.
    """
    n, m = len(first), len(second)
    if n < 2 or m < 2:
        return None
    of_first, of_second = _placements(first, second)
    delta = float(of_second.mean())
    variance = float(of_first.var(ddof=1) / n + of_second.var(ddof=1) / m)
    reach = norm.ppf((1 + confidence) / 2) ** 2 * variance
    middle = delta - delta**3
    half = float(np.sqrt(reach * ((1 - delta**2) ** 2 + reach)))
    scale = 1 - delta**2 + reach
    if scale <= 0:  # complete separation has no sampling variance
        return Estimate(value=delta, low=delta, high=delta)
    return Estimate(value=delta, low=max(-1.0, (middle - half) / scale), high=min(1.0, (middle + half) / scale))


def _placements(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each value its mean dominance over the other class, signed towards `second`."""
    both = rankdata(np.concatenate([first, second]))
    n, m = len(first), len(second)
    below_first = both[:n] - rankdata(first)  # values of `second` below, ties by half
    below_second = both[n:] - rankdata(second)
    return 1 - 2 * below_first / m, 2 * below_second / n - 1
