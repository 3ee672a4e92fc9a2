"""A value with its confidence interval, and the intervals that have a formula."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from retention.strict import Strict


class Estimate(Strict):
    """A value with its confidence interval."""

    value: float  # what was measured
    low: float
    high: float
    """The ends of the interval."""


def compute_share(count: int, total: int, confidence: float) -> Estimate:
    """Return a share with Wilson's interval (Wilson 1927, "Probable inference", p. 212).

    Of `total` > 0 cases, `count` have the property.
    """
    found = stats.binomtest(count, total).proportion_ci(confidence, method="wilson")
    return Estimate(value=count / total, low=float(found.low), high=float(found.high))


def compute_mean(values: NDArray[np.float64], confidence: float) -> Estimate:
    """Return a mean with Student's interval.

    At the supports that are shown at all (30 and more) it differs from a bootstrap interval by less than
    the bootstrap's own noise, needs no seed, and takes no time with 100,000 customers.

    Values are of shape (n,), n ≥ 2.
    """
    mean = float(values.mean())
    reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Estimate(value=mean, low=mean - float(reach), high=mean + float(reach))


def subtract(one: Estimate, other: Estimate) -> Estimate:
    """Return the difference of two independent estimates: the squares of their intervals' halves add."""
    value, half = one.value - other.value, float(np.hypot(one.high - one.value, other.high - other.value))
    return Estimate(value=value, low=value - half, high=value + half)


def compute_change(first: NDArray[np.float64], last: NDArray[np.float64], confidence: float) -> Estimate | None:
    """Return how much a sum has changed, as a share of the first, with the interval of a ratio of means.

    Cochran (1977), "Sampling Techniques", p. 155: the first sum is a sample's too.

    `first` and `last`, (n,), are the same customers' values then and now. None for fewer than two customers, or where
    nothing was there first.
    """
    if len(first) < 2 or first.sum() <= 0:
        return None
    ratio = float(last.sum() / first.sum())
    spread = float((last - ratio * first).std(ddof=1)) / float(first.mean() * np.sqrt(len(first)))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * spread
    return Estimate(value=ratio - 1, low=ratio - 1 - half, high=ratio - 1 + half)


def compute_cramers_v(table: NDArray[np.int_], confidence: float) -> Estimate | None:
    """Return Cramér's V, bias-corrected, with the interval that the noncentral chi-square gives.

    Bergsma (2013), "A bias-correction for Cramér's V", eq. 7; Smithson (2003), "Confidence Intervals", p. 39.

    The table, (rows, columns), holds counts. None where fewer than two rows or columns hold anything.
    """
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = kept.shape
    n = float(kept.sum())
    if rows < 2 or columns < 2 or n < 2:
        return None
    chi2 = float(stats.chi2_contingency(kept, correction=False).statistic)
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
    if stats.ncx2.cdf(chi2, freedom, 0) <= level:
        return 0.0
    top = 2 * chi2 + 100 + 20 * np.sqrt(chi2)
    return float(brentq(lambda shift: stats.ncx2.cdf(chi2, freedom, shift) - level, 0, top))
