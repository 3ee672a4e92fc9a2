"""Everything the exploration says about the customer table, in one frozen summary."""

from typing import Annotated

import pandas as pd
from pydantic import Field

from retention.exploration.associations import Associations, compute_associations, compute_vif
from retention.exploration.distributions import CategoricalColumn, NumericColumn, describe_categorical, describe_numeric
from retention.exploration.leaks import Leak, audit_columns
from retention.exploration.series import Series, summarise_series
from retention.exploration.settings import ExploreSettings
from retention.strict import Strict
from retention.tables.columns import ID, PROFIT, TARGET, UNIT
from retention.tables.months.rows import draw_units
from retention.tables.roles import ColumnRoles

ROW_ORDER = "row_order"
DRAWN = 6  # the stream of random numbers


class Twins(Strict):
    """Customers who are equal in every behaviour column."""

    groups: int
    customers: int
    """Groups of two or more, and the customers in them."""
    label_differs: int
    """Groups whose customers did not all do the same."""


class Exploration(Strict):
    """``exploration.json``: what the customer table says before any model."""

    customers: int
    declined: int
    """All customers, and those who declined."""
    rules: ExploreSettings
    """The settings that the counts and verdicts rest on."""
    columns: dict[str, Annotated[NumericColumn | CategoricalColumn, Field(discriminator="kind")]]
    """Each feature, and the profit where there is one."""
    phik: Associations
    """Which columns go together."""
    vif: dict[str, float | None]
    """Variance inflation factor of each numeric feature; None where the others determine it."""
    leaks: tuple[Leak, ...]
    """What each column alone says about the label, the most telling first."""
    series: dict[str, Series]
    """Each measure that is known for several months."""
    twins: Twins
    """Equal customers."""
    looked_at: int | None = Field(default=None, exclude_if=lambda rows: rows is None)
    """Rows that `phik` and `leaks` rest on where these are a sample, drawn by customers; else it is not there."""


def explore(customers: pd.DataFrame, roles: ColumnRoles, settings: ExploreSettings, seed: int) -> Exploration:
    """Describe the customer table, in the order of the export. Nothing is chosen by it: it looks at every customer.

    Of more than `settings.rows` rows, associations and leaks are looked for among so many. The identifier and the order
    of the rows are audited too, since a model could be given them by mistake.
    """
    label, confidence = customers[TARGET], settings.confidence
    numeric = [*roles.numeric, *([PROFIT] if roles.money else [])]
    rules = {"fence": settings.outlier_fence, "confidence": confidence}
    described = {
        name: describe_numeric(customers[name], label, bins=settings.histogram_bins, **rules) for name in numeric
    } | {name: describe_categorical(customers[name], label, confidence=confidence) for name in roles.categorical}
    ordered = customers.assign(**{ROW_ORDER: range(len(customers))})
    drawn = draw_units(customers[UNIT], settings.rows, seed, DRAWN)
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
    sizes = group.groupby(group).transform("size")
    twins = sizes > 1
    labels = label[twins].groupby(group[twins]).nunique()
    return Twins(groups=int(group[twins].nunique()), customers=int(twins.sum()), label_differs=int((labels > 1).sum()))
