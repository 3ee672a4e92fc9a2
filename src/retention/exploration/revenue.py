"""Revenue by month: of the whole shop, by class, and by favourite category: which sag, which grow."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from retention.estimate import Estimate
from retention.strict import Strict


class Trend(Strict):
    """Revenue of a group of customers by month, oldest first.

    Parameters
    ----------
    customers : int
        How many they are.
    total : dict of str to float
        Their revenue, by month.
    mean : dict of str to float or None
        The same a customer; None without customers.
    change : Estimate or None
        From the first month to the last, relative to the first (0.05 is five per cent more).
    verdict : str
        On which side of zero the change lies: ``grows``, ``sags`` or ``unclear``.
    against_rest : Estimate or None
        The change less that of all other customers.
    standing : str
        On which side of zero this lies: ``ahead``, ``behind`` or ``unclear``.
    """

    customers: int
    total: dict[str, float]
    mean: dict[str, float | None]
    change: Estimate | None
    verdict: str
    against_rest: Estimate | None
    standing: str


class Revenue(Strict):
    """Revenue by month.

    Parameters
    ----------
    months : tuple of str
        Their names, oldest first.
    overall : Trend
        Of all customers.
    by_class, by_category, by_category_declined : dict of str to Trend
        Of each class, each favourite category, and each category within the declined class.
    """

    months: tuple[str, ...]
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
        months=tuple(months),
        overall=trend(everyone, everyone),
        by_class={"kept": trend(~declined, everyone), "declined": trend(declined, everyone)},
        by_category={key: trend(frame[category] == key, everyone) for key in keys},
        by_category_declined={key: trend(frame[category] == key, declined) for key in keys},
    )


def compute_trend(group: pd.DataFrame, rest: pd.DataFrame, months: Mapping[str, str], confidence: float) -> Trend:
    """Return the trend of `group`, judged against `rest`."""
    columns = list(months.values())
    change, variance = _relative_change(group[columns[0]], group[columns[-1]])
    other, other_variance = _relative_change(rest[columns[0]], rest[columns[-1]])
    own = None if change is None else _interval(change, variance, confidence)
    against = (
        None if change is None or other is None else _interval(change - other, variance + other_variance, confidence)
    )
    means = group[columns].mean()
    return Trend(
        customers=len(group),
        total={name: float(group[column].sum()) for name, column in months.items()},
        mean={name: None if group.empty else float(means[column]) for name, column in months.items()},
        change=own,
        verdict=_side(own, "grows", "sags"),
        against_rest=against,
        standing=_side(against, "ahead", "behind"),
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


def _interval(value: float, variance: float, confidence: float) -> Estimate:
    half = float(norm.ppf((1 + confidence) / 2) * np.sqrt(variance))
    return Estimate(value=value, low=value - half, high=value + half)


def _side(estimate: Estimate | None, above: str, below: str) -> str:
    if estimate is None:
        return "unclear"
    return above if estimate.low > 0 else below if estimate.high < 0 else "unclear"
