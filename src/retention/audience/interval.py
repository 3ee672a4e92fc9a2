"""Estimates with their confidence intervals."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval."""

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
    return Estimate(count / total, float(found.low), float(found.high))


def compute_mean(values: np.ndarray, confidence: float) -> Estimate:
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
    return Estimate(mean, mean - float(reach), mean + float(reach))
