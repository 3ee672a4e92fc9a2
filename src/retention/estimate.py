"""A value with its confidence interval, and the intervals that have a formula."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq

from retention.strict import Strict

Side = Literal["above", "below", "across"]
NEGLIGIBLE = 1e-10  # a variance that is so much smaller than another is none


class Estimate(Strict):
    """A value with its confidence interval."""

    value: float  # what was measured, or is expected
    low: float  # the lower end of the interval
    high: float  # the upper end

    def side(self, of: float = 0.0) -> Side:
        """Tell on which side of a value the whole interval lies."""
        return "above" if self.low > of else "below" if self.high < of else "across"


def compute_share(count: int, total: int, confidence: float, effective: float | None = None) -> Estimate:
    """Return a share with Wilson's interval (Wilson 1927, "Probable inference", p. 212).

    Of `total` > 0 cases, `count` have the property; they tell as much as so many `effective` ones (`count_effective`)
    that have nothing to do with one another, by default as all of them.
    """
    return bound_share(count / total, effective or total, confidence)


def bound_share(share: float, n: float, confidence: float) -> Estimate:
    """Return a share of `n` > 0 cases, which need be no whole number, with Wilson's interval."""
    z = float(stats.norm.ppf(0.5 + 0.5 * confidence))
    scale = 2 * (n + z**2)
    centre, half = (2 * n * share + z**2) / scale, z / scale * np.sqrt(4 * n * share * (1 - share) + z**2)
    low, high = float(centre - half) if share > 0 else 0.0, float(centre + half) if share < 1 else 1.0
    return Estimate(value=share, low=low, high=high)


def count_effective(values: ArrayLike, units: ArrayLike) -> float:
    """Return how many independent cases have a mean as uncertain as that of `values`, (n,), alike within `units`, (n,).

    Kish (1965), "Survey Sampling", section 8.2: n over the design effect.
    """
    scores = np.asarray(values, dtype=float)[:, None]
    return len(scores) / compute_design_effect(scores - scores.mean(), units)


def compute_design_effect(scores: NDArray[np.float64], units: ArrayLike) -> float:
    """Return by how much the variance of sums is larger because the rows of a unit are alike, at least 1.

    Of several sums it is the mean eigenvalue of the one variance against the other (Rao and Scott 1984, section 3).
    `scores`, (n, k), have mean zero; `units`, (n,), number what is independent: exactly 1 where each has one row.
    Where no score differs from zero, nothing shows how alike rows are, and those of a unit count as the same.
    """
    _, place, sizes = np.unique(np.asarray(units), return_inverse=True, return_counts=True)
    if len(sizes) == len(place):
        return 1.0
    apart = scores.T @ scores
    rank = np.linalg.matrix_rank(apart, rtol=NEGLIGIBLE, hermitian=True)
    if not rank:
        return float((sizes**2).sum() / len(place))
    sums = np.column_stack([np.bincount(place, weights=column) for column in scores.T])
    ratio = np.trace(np.linalg.pinv(apart, rtol=NEGLIGIBLE, hermitian=True) @ (sums.T @ sums)) / rank
    return max(1.0, float(ratio))


def compute_mean(values: NDArray[np.float64], confidence: float) -> Estimate:
    """Return a mean with Student's interval.

    At the supports that are shown at all (30 and more) it differs from a bootstrap interval by less than
    the bootstrap's own noise, needs no seed, and takes no time with 100,000 customers.

    Values are of shape (n,), n ≥ 2.
    """
    mean = float(values.mean())
    reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Estimate(value=mean, low=mean - float(reach), high=mean + float(reach))


def scale(one: Estimate, by: float, plus: float = 0.0) -> Estimate:
    """Return an estimate times a number, and another number more."""
    low, high = sorted((one.low * by + plus, one.high * by + plus))
    return Estimate(value=one.value * by + plus, low=low, high=high)


def add(estimates: Sequence[Estimate]) -> Estimate:
    """Return the sum of independent estimates: the squares of their intervals' halves add, below and above."""
    value = sum(one.value for one in estimates)
    down = float(np.hypot.reduce([one.value - one.low for one in estimates]))
    up = float(np.hypot.reduce([one.high - one.value for one in estimates]))
    return Estimate(value=value, low=value - down, high=value + up)


def subtract(one: Estimate, other: Estimate) -> Estimate:
    """Return the difference of two independent estimates; of shares it has the tenth interval of Newcombe (1998)."""
    return add([one, scale(other, -1)])


def compute_change(
    first: NDArray[np.float64], last: NDArray[np.float64], confidence: float, units: ArrayLike | None = None
) -> Estimate | None:
    """Return how much a sum has changed, as a share of the first, with the interval of a ratio of means.

    Cochran (1977), "Sampling Techniques", p. 155: the first sum is a sample's too.

    `first` and `last`, (n,), are the same customers' values then and now, alike within `units`, (n,), by default each
    its own. None for fewer than two units, or where nothing was there first.
    """
    units = np.arange(len(first)) if units is None else units
    if len(np.unique(units)) < 2 or first.sum() <= 0:
        return None
    ratio = float(last.sum() / first.sum())
    left = last - ratio * first
    alike = compute_design_effect(left[:, None], units)
    spread = float(left.std(ddof=1) * np.sqrt(alike)) / float(first.mean() * np.sqrt(len(first)))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * spread
    return Estimate(value=ratio - 1, low=ratio - 1 - half, high=ratio - 1 + half)


def compute_cramers_v(table: NDArray[np.int_] | NDArray[np.float64], confidence: float) -> Estimate | None:
    """Return Cramér's V, bias-corrected, with the interval that the noncentral chi-square gives.

    Bergsma (2013), "A bias-correction for Cramér's V", eq. 7; Smithson (2003), "Confidence Intervals", p. 39.

    The table, (rows, columns), holds counts, over the design effect where cases are alike (Rao and Scott 1984). None
    where fewer than two rows or columns hold anything, or as many as there are cases.
    """
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = kept.shape
    n = float(kept.sum())
    if rows < 2 or columns < 2 or n <= max(rows, columns):
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
