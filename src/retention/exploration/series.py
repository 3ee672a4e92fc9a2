"""A measure month by month: of the whole shop, by class, and by favourite category: which sag, which grow."""

from collections.abc import Sequence

import pandas as pd

from retention.estimate import Estimate, compute_change, subtract
from retention.strict import Strict
from retention.tables.columns import TARGET


class Trend(Strict):
    """A measure of a group of customers by month, oldest first."""

    customers: int
    """How many they are."""
    total: dict[str, float]
    """Their sum, by the month's column."""
    mean: dict[str, float | None]
    """The same a customer; None where no customer has a value."""
    change: Estimate | None
    """From the first month to the last, relative to the first (0.05 is five per cent more)."""
    verdict: str
    """On which side of zero the change lies: ``grows``, ``sags`` or ``unclear``."""
    against_rest: Estimate | None
    """The change less that of all other customers."""
    standing: str
    """On which side of zero this lies: ``ahead``, ``behind`` or ``unclear``."""


class Series(Strict):
    """A measure by month."""

    columns: tuple[str, ...]
    """Its columns, oldest month first."""
    overall: Trend
    """Of all customers."""
    by_class: dict[str, Trend]
    by_category: dict[str, Trend]
    by_category_declined: dict[str, Trend]
    """Of each class, each favourite category, and each category within the declined class; a shop without favourite
    categories has none of the latter two."""


def summarise_series(frame: pd.DataFrame, columns: Sequence[str], category: str | None, confidence: float) -> Series:
    """Summarise a measure by month.

    The columns are the measure's, oldest month first; `category` is the column with the favourite category, if there is
    one.

    Notes
    -----
    The tables hold a figure per customer, not per sale: a category's revenue is that of the customers whose
    favourite it is.
    """
    everyone = pd.Series(True, index=frame.index)
    declined = frame[TARGET] == 1
    keys = [] if category is None else sorted(frame[category].dropna().unique())
    of_category = {str(key): frame[category] == key for key in keys}

    def trend(rows: pd.Series, among: pd.Series) -> Trend:
        return compute_trend(frame[rows & among], frame[~rows & among], columns, confidence)

    return Series(
        columns=tuple(columns),
        overall=trend(everyone, everyone),
        by_class={"kept": trend(~declined, everyone), "declined": trend(declined, everyone)},
        by_category={key: trend(rows, everyone) for key, rows in of_category.items()},
        by_category_declined={key: trend(rows, declined) for key, rows in of_category.items()},
    )


def compute_trend(group: pd.DataFrame, rest: pd.DataFrame, columns: Sequence[str], confidence: float) -> Trend:
    """Return the trend of `group`, judged against `rest`."""
    own, other = (_compute_change(part[columns[0]], part[columns[-1]], confidence) for part in (group, rest))
    against = None if own is None or other is None else subtract(own, other)
    means = group[[*columns]].mean()
    return Trend(
        customers=len(group),
        total={name: float(group[name].sum()) for name in columns},
        mean={name: None if pd.isna(means[name]) else float(means[name]) for name in columns},
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
