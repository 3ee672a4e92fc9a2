"""Revenue by month: of the whole shop, by class, and by favourite category: which sag, which grow."""

from collections.abc import Mapping

import pandas as pd

from retention.estimate import Estimate, compute_change, subtract
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
    own, other = (_compute_change(part[columns[0]], part[columns[-1]], confidence) for part in (group, rest))
    against = None if own is None or other is None else subtract(own, other)
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


def _compute_change(first: pd.Series, last: pd.Series, confidence: float) -> Estimate | None:
    known = (first.notna() & last.notna()).to_numpy()
    return compute_change(first.to_numpy(dtype=float)[known], last.to_numpy(dtype=float)[known], confidence)


def _side(estimate: Estimate | None, above: str, below: str) -> str:
    if estimate is None:
        return "unclear"
    return above if estimate.low > 0 else below if estimate.high < 0 else "unclear"
