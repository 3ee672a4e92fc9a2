"""Everything the exploration says about the customer table, in one frozen summary."""

from collections.abc import Sequence
from typing import Annotated

import pandas as pd
from pydantic import Field

from retention.estimate import Estimate, compute_change, subtract
from retention.exploration.associations import Associations, compute_associations, compute_vif
from retention.exploration.distributions import CategoricalColumn, NumericColumn, describe_categorical, describe_numeric
from retention.exploration.leaks import Leak, audit_columns
from retention.exploration.settings import ExploreSettings
from retention.strict import Strict
from retention.tables.columns import ID, PROFIT, TARGET, UNIT
from retention.tables.months.rows import draw_units
from retention.tables.roles import ColumnRoles

ROW_ORDER = "row_order"
DRAWN = 6  # the stream of random numbers


class Trend(Strict):
    """A measure of a group of customers by month, oldest first."""

    customers: int  # how many they are
    mean: dict[str, float | None]  # how much a customer has, by the month's column; None where none has a value
    change: Estimate | None  # from the first month to the last, relative to the first (0.05 is five per cent more)
    against_rest: Estimate | None  # the change less that of all other customers
    standing: str  # on which side of zero this lies: ``ahead``, ``behind`` or ``unclear``


class Series(Strict):
    """A measure by month."""

    columns: tuple[str, ...]  # its columns, oldest month first
    overall: Trend  # of all customers
    by_class: dict[str, Trend]  # of those who ``kept`` their level and those who ``declined``
    by_category: dict[str, Trend]  # of each favourite category, if the shop has some


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
    known = (part[[columns[0], columns[-1], UNIT]].dropna().to_numpy(dtype=float).T for part in (group, rest))
    own, other = (compute_change(first, last, confidence, units) for first, last, units in known)
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


class Twins(Strict):
    """Customer-months that are equal in every feature."""

    groups: int  # of two or more
    customers: int  # how many are in them
    label_differs: int  # groups whose customers did not all do the same


class Exploration(Strict):
    """``exploration.json``: what the customer table says before any model."""

    customers: int  # all customer-months that are learnt from
    declined: int  # those with a decline
    rules: ExploreSettings  # the settings that the counts and verdicts rest on
    columns: dict[str, Annotated[NumericColumn | CategoricalColumn, Field(discriminator="kind")]]
    """Each feature, and the profit where there is one."""
    phik: Associations  # which columns go together
    vif: dict[str, float | None]
    """Variance inflation factor of each numeric feature; None where the others determine it."""
    leaks: tuple[Leak, ...]  # what each column alone says about the label, the most telling first
    series: dict[str, Series]  # each measure that is known for several months
    twins: Twins  # equal customers
    looked_at: int | None = Field(default=None, exclude_if=lambda rows: rows is None)
    """Rows that `phik` and `leaks` rest on where these are a sample, drawn by customers; else it is not there."""


def explore(customers: pd.DataFrame, roles: ColumnRoles, settings: ExploreSettings, seed: int) -> Exploration:
    """Describe the customer table, in the order of the export. Nothing is chosen by it: it looks at every customer.

    Of more than `settings.rows` rows, associations and leaks are looked for among so many. The identifier and the order
    of the rows are audited too, since a model could be given them by mistake.
    """
    label, units, confidence = customers[TARGET], customers[UNIT], settings.confidence
    numeric = [*roles.numeric, *([PROFIT] if roles.money else [])]
    rules = {"fence": settings.outlier_fence, "confidence": confidence}
    described = {
        name: describe_numeric(customers[name], label, units, bins=settings.histogram_bins, **rules) for name in numeric
    } | {name: describe_categorical(customers[name], label, units, confidence=confidence) for name in roles.categorical}
    ordered = customers.assign(**{ROW_ORDER: range(len(customers))})
    drawn = draw_units(units, settings.rows, seed, DRAWN)
    few = ordered[drawn]
    return Exploration(
        customers=len(customers),
        declined=int(label.sum()),
        rules=settings,
        columns=described,
        phik=compute_associations(few[[*described, TARGET]], numeric),
        vif=compute_vif(customers, roles.numeric),
        leaks=audit_columns(few[[*described, ID, ROW_ORDER]], few[TARGET], few[UNIT], settings, seed),
        series={
            measure: summarise_series(customers, columns, roles.favourite_category, confidence)
            for measure, columns in roles.series.items()
            if len(columns) > 1
        },
        twins=count_twins(customers[list(roles.names)], label),
        looked_at=None if drawn.all() else len(few),
    )


def count_twins(features: pd.DataFrame, label: pd.Series) -> Twins:
    """Count twins: rows that are equal in every feature to another row."""
    group = features.groupby(list(features), sort=False, observed=True, dropna=False).ngroup()
    groups = label.groupby(group).agg(["size", "nunique"])
    twins = groups[groups["size"] > 1]
    differ = int((twins["nunique"] > 1).sum())
    return Twins(groups=len(twins), customers=int(twins["size"].sum()), label_differs=differ)
