"""How strongly one column is associated with the label: an effect size and its interval."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2_contingency, ncx2, norm, rankdata

from retention.estimate import Estimate


def compute_cliffs_delta(first: np.ndarray, second: np.ndarray, confidence: float) -> Estimate | None:
    """Return Cliff's delta: P(a value of `second` is larger) − P(it is smaller), in [−1, 1].

    It does not mind outliers or skew, and equals 2 · ROC-AUC − 1. The variance is the consistent one from
    the placements, the interval is asymmetric so that it stays in [−1, 1] (Cliff 1996, "Ordinal Methods for
    Behavioral Data Analysis", p. 140; Feng and Cliff 2004, eq. 9).

    Parameters
    ----------
    first, second : ndarray of shape (n,), (m,)
        Finite values of the two classes.
    confidence : float
        The confidence level.

    Returns
    -------
    Estimate or None
        None where a class has fewer than two values.
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


def compute_cramers_v(table: np.ndarray, confidence: float) -> Estimate | None:
    """Return Cramér's V, bias-corrected, with the interval that the noncentral chi-square gives.

    Bergsma (2013), "A bias-correction for Cramér's V", eq. 7; Smithson (2003), "Confidence Intervals", p. 39.

    Parameters
    ----------
    table : ndarray of shape (rows, columns)
        Counts.
    confidence : float
        The confidence level.

    Returns
    -------
    Estimate or None
        None where fewer than two rows or columns hold anything.
    """
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = kept.shape
    n = float(kept.sum())
    if rows < 2 or columns < 2 or n < 2:
        return None
    chi2 = float(chi2_contingency(kept, correction=False).statistic)
    freedom = (rows - 1) * (columns - 1)
    scale = n * min(rows - 1, columns - 1)
    corrected = max(0.0, chi2 / n - freedom / (n - 1))
    side = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    tail = (1 - confidence) / 2
    low, high = (_noncentrality(chi2, freedom, level) for level in (1 - tail, tail))
    return Estimate(
        value=min(1.0, float(np.sqrt(corrected / side))),
        low=min(1.0, float(np.sqrt(low / scale))),
        high=min(1.0, float(np.sqrt(high / scale))),
    )


def _noncentrality(chi2: float, freedom: int, level: float) -> float:
    """Return the noncentrality under which `chi2` is the quantile `level`; 0 where even none gives less."""
    if ncx2.cdf(chi2, freedom, 0) <= level:
        return 0.0
    top = 2 * chi2 + 100 + 20 * np.sqrt(chi2)
    return float(brentq(lambda shift: ncx2.cdf(chi2, freedom, shift) - level, 0, top))
