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
    mean: dict[str, float | None]
    """How much a customer has, by the month's column; None where none has a value."""
    change: Estimate | None
    """From the first month to the last, relative to the first (0.05 is five per cent more)."""
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
    """Of each class, and of each favourite category, if the shop has some."""


def summarise_series(frame: pd.DataFrame, columns: Sequence[str], category: str | None, confidence: float) -> Series:
    """Summarise a measure by month, of which the columns are, oldest first; `category` is that of the favourites.

    The tables hold a figure per customer, not per sale: a category's revenue is that of the customers whose
    favourite it is.
    """
    declined = frame[TARGET] == 1
    keys = [] if category is None else sorted(frame[category].dropna().unique())

    def trend(rows: pd.Series) -> Trend:
        return compute_trend(frame[rows], frame[~rows], columns, confidence)

    return Series(
        columns=tuple(columns),
        overall=trend(pd.Series(True, index=frame.index)),
        by_class={"kept": trend(~declined), "declined": trend(declined)},
        by_category={str(key): trend(frame[category] == key) for key in keys},
    )


def compute_trend(group: pd.DataFrame, rest: pd.DataFrame, columns: Sequence[str], confidence: float) -> Trend:
    """Return the trend of `group`, judged against `rest`."""
    known = (part[[columns[0], columns[-1]]].dropna().to_numpy(dtype=float).T for part in (group, rest))
    own, other = (compute_change(first, last, confidence) for first, last in known)
    against = None if own is None or other is None else subtract(own, other)
    standing = "unclear"
    if against and not against.low <= 0 <= against.high:
        standing = "ahead" if against.low > 0 else "behind"
    return Trend(
        customers=len(group),
        mean={name: None if pd.isna(mean) else mean for name, mean in group[[*columns]].mean().items()},
        change=own,
        against_rest=against,
        standing=standing,
    )
