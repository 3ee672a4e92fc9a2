"""A value with its confidence interval, and the intervals that have a formula."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from retention.strict import Strict


class Estimate(Strict):
    """A value with its confidence interval.

    Parameters
    ----------
    value : float
        What was measured.
    low, high : float
        The ends of the interval.
    """

    value: float
    low: float
    high: float


def compute_share(count: int, total: int, confidence: float) -> Estimate:
    """Return a share with Wilson's interval (Wilson 1927, "Probable inference", p. 212).

    Parameters
    ----------
    count, total : int
        Of `total` > 0 cases, `count` have the property.
    confidence : float
        The level, for example 0.95.
    """
    found = stats.binomtest(count, total).proportion_ci(confidence, method="wilson")
    return Estimate(value=count / total, low=float(found.low), high=float(found.high))


def compute_mean(values: NDArray[np.float64], confidence: float) -> Estimate:
    """Return a mean with Student's interval.

    At the supports that are shown at all (30 and more) it differs from a bootstrap interval by less than
    the bootstrap's own noise, needs no seed, and takes no time with 100,000 customers.

    Parameters
    ----------
    values : ndarray of shape (n,), n ≥ 2
    confidence : float
    """
    mean = float(values.mean())
    reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Estimate(value=mean, low=mean - float(reach), high=mean + float(reach))
