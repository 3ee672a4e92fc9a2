"""Revenue by month: of the whole shop, by class, and by favourite category: which sag, which grow."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from retention.exploration.effects import UNKNOWN, Estimate


@dataclass(frozen=True)
class Trend:
    """Revenue of a group of customers by month (oldest first) and its relative change from first to last.

    `change` is relative to the first month (0.05 is five per cent more); `against_rest` is its difference to
    the change of all other customers. The verdicts say on which side of zero the intervals lie: ``grows``,
    ``sags``, ``unclear``; and ``ahead``, ``behind``, ``unclear``.
    """

    customers: int
    total: dict[str, float]
    mean: dict[str, float | None]
    change: Estimate
    verdict: str
    against_rest: Estimate
    standing: str


@dataclass(frozen=True)
class Revenue:
    """Trends of all customers, by class, by category, and by category within the declined class."""

    months: list[str]
    overall: Trend
    by_class: dict[str, Trend]
    by_category: dict[str, Trend]
    by_category_declined: dict[str, Trend]


def summarise_revenue(
    frame: pd.DataFrame, months: Mapping[str, str], category: str, label: str, confidence: float
) -> Revenue:
    """Summarise revenue by month.

    Parameters
    ----------
    frame : DataFrame
        Customers.
    months : mapping of str to str
        Name of the month to its revenue column, oldest first.
    category, label : str
        The columns with the favourite category and the label.
    confidence : float
        The confidence level.

    Notes
    -----
    The tables hold revenue per customer, not per sale: a category's revenue is that of the customers whose
    favourite it is.
    """
    everyone = pd.Series(True, index=frame.index)
    declined = frame[label] == 1
    keys = sorted(str(key) for key in frame[category].dropna().unique())

    def trend(rows: pd.Series, among: pd.Series) -> Trend:
        return compute_trend(frame[rows & among], frame[~rows & among], months, confidence)

    return Revenue(
        list(months),
        trend(everyone, everyone),
        {"kept": trend(~declined, everyone), "declined": trend(declined, everyone)},
        {key: trend(frame[category] == key, everyone) for key in keys},
        {key: trend(frame[category] == key, declined) for key in keys},
    )


def compute_trend(group: pd.DataFrame, rest: pd.DataFrame, months: Mapping[str, str], confidence: float) -> Trend:
    """Return the trend of `group`, judged against `rest`."""
    columns = list(months.values())
    change, variance = _relative_change(group[columns[0]], group[columns[-1]])
    other, other_variance = _relative_change(rest[columns[0]], rest[columns[-1]])
    own = _interval(change, variance, confidence)
    against = (
        UNKNOWN if change is None or other is None else _interval(change - other, variance + other_variance, confidence)
    )
    means = group[columns].mean()
    return Trend(
        len(group),
        {name: float(group[column].sum()) for name, column in months.items()},
        {name: None if group.empty else float(means[column]) for name, column in months.items()},
        own,
        _side(own, "grows", "sags"),
        against,
        _side(against, "ahead", "behind"),
    )


def _relative_change(first: pd.Series, last: pd.Series) -> tuple[float | None, float]:
    """Return sum(last) / sum(first) − 1 and its variance (ratio of means; Cochran 1977, p. 155)."""
    known = (first.notna() & last.notna()).to_numpy()
    before, after = first.to_numpy(dtype=float)[known], last.to_numpy(dtype=float)[known]
    if len(before) < 2 or before.sum() <= 0:
        return None, 0.0
    ratio = after.sum() / before.sum()
    residual = after - ratio * before
    return float(ratio - 1), float(residual.var(ddof=1) / len(before) / before.mean() ** 2)


def _interval(value: float | None, variance: float, confidence: float) -> Estimate:
    if value is None:
        return UNKNOWN
    half = float(norm.ppf((1 + confidence) / 2) * np.sqrt(variance))
    return Estimate(value, value - half, value + half)


def _side(estimate: Estimate, above: str, below: str) -> str:
    if estimate.low is None or estimate.high is None:
        return "unclear"
    return above if estimate.low > 0 else below if estimate.high < 0 else "unclear"
