"""What a group of customers is like, in numbers with their support, and what drives the probability within it."""

from collections.abc import Iterator
from typing import Literal

import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import Field

from retention.estimate import Estimate, compute_change, compute_mean
from retention.learning.explanation.importance import find_direction
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT
from retention.tables.roles import ColumnRoles

Direction = Literal["up", "down", "mixed", "by_category"]
DIRECTIONS: dict[int, Direction] = {1: "up", -1: "down", 0: "mixed"}


class Figures(Strict):
    """How figures of groups are computed.

    Parameters
    ----------
    horizon_months, loss_share : float
        How long a drop lasts and which share of the profit it takes, for profit at risk: as in the plan.
    confidence : float
        Of all intervals.
    minimum_support : int
        Smaller groups are too few.
    """

    horizon_months: float
    loss_share: float
    confidence: float
    minimum_support: int


class MonthlyMeans(Strict):
    """A measure month by month, over the customers who have all of its months.

    Parameters
    ----------
    means : dict of str to float
        The mean a customer by column, the oldest month first.
    change : Estimate or None
        From the first to the last month, as a share of the first mean; None where there was nothing then.
    """

    means: dict[str, float]
    change: Estimate | None


class CategoryProfile(Strict):
    """The customers of a group who prefer a category.

    Parameters
    ----------
    share : float
        Of the group.
    too_few : bool
        Then nothing but counts is told.
    months : dict of str to MonthlyMeans
        By measure.
    """

    key: str
    support: int
    share: float
    too_few: bool
    months: dict[str, MonthlyMeans]


class Driver(Strict):
    """How a column moves the model's output within a group.

    Parameters
    ----------
    mean_abs : float
        Mean absolute attribution, in the unit of the model's output.
    share : float
        Of the sum over all columns.
    mean : float
        Mean attribution: above 0 the column raises this group's output against the average customer's.
    direction : {"up", "down", "mixed", "by_category"}
        Whether larger values go with a higher output, a lower one, or neither clearly.
    """

    column: str
    mean_abs: float
    share: float
    mean: float
    direction: Direction


class GroupProfile(Strict):
    """What the customers of a group are like; nothing where they are too few.

    Parameters
    ----------
    decline_rate : Estimate
        Of such customers in the months learnt from.
    mean_probability, monthly_profit : Estimate
        Means a customer.
    profit_total, profit_at_risk : float
        Profit a month; and the sum of probability × monthly profit × months of the horizon × the share that a drop
        takes: what the plan calls the stake, of all customers, whether they may be contacted or not.
    consent_share : float or None
        None if the exports do not say who may be contacted; so is what rests on profit where there is none.
    months : dict of str to MonthlyMeans
        By measure.
    favourite_categories : tuple of CategoryProfile
        The most frequent first, equal ones by name.
    """

    decline_rate: Estimate | None = None
    mean_probability: Estimate | None = None
    monthly_profit: Estimate | None = None
    profit_total: float | None = None
    profit_at_risk: float | None = None
    consent_share: float | None = None
    months: dict[str, MonthlyMeans] = Field(default_factory=dict)
    favourite_categories: tuple[CategoryProfile, ...] = ()


def compute_profile(customers: pd.DataFrame, figures: Figures, roles: ColumnRoles) -> GroupProfile:
    """Describe the group `customers`, at least two rows with ``decline_probability``; no label is looked at."""
    confidence, probability = figures.confidence, customers[PROBABILITY].to_numpy()
    profit = customers[PROFIT].to_numpy() if roles.money else None
    return GroupProfile(
        mean_probability=compute_mean(probability, confidence),
        monthly_profit=None if profit is None else compute_mean(profit, confidence),
        profit_total=None if profit is None else float(profit.sum()),
        profit_at_risk=None
        if profit is None
        else float((probability * profit).sum() * figures.horizon_months * figures.loss_share),
        consent_share=float((customers[roles.consent] == "yes").mean()) if roles.consent else None,
        months=_compute_months(customers, confidence, roles),
        favourite_categories=tuple(_describe_categories(customers, figures, roles)),
    )


def _compute_months(customers: pd.DataFrame, confidence: float, roles: ColumnRoles) -> dict[str, MonthlyMeans]:
    found = {}
    for measure, columns in roles.series.items():
        known = customers[[*columns]].dropna()
        if len(known):
            by_month = [known[column].to_numpy(dtype=float) for column in columns]
            means = {column: float(values.mean()) for column, values in zip(columns, by_month, strict=True)}
            found[measure] = MonthlyMeans(means=means, change=compute_change(by_month[0], by_month[-1], confidence))
    return found


def _describe_categories(customers: pd.DataFrame, figures: Figures, roles: ColumnRoles) -> Iterator[CategoryProfile]:
    if roles.favourite_category is None:
        return
    column = customers[roles.favourite_category]
    for key, support in column.value_counts().sort_index().sort_values(ascending=False, kind="stable").items():
        too_few = support < figures.minimum_support
        months = {} if too_few else _compute_months(customers[column == key], figures.confidence, roles)
        yield CategoryProfile(
            key=str(key), support=support, share=support / len(customers), too_few=too_few, months=months
        )


def compute_drivers(attributions: pd.DataFrame, customers: pd.DataFrame) -> tuple[Driver, ...]:
    """Return the drivers of a group, the strongest first.

    Parameters
    ----------
    attributions : DataFrame of k rows
        One column for each source column.
    customers : DataFrame of k rows
        Their values, in the same order.
    """
    sizes = attributions.abs().mean()
    total = float(sizes.sum())
    drivers = [
        Driver(
            column=name,
            mean_abs=float(sizes[name]),
            share=float(sizes[name]) / total if total > 0 else 0.0,
            mean=float(attributions[name].mean()),
            direction=_name_direction(customers[name], attributions[name]),
        )
        for name in attributions.columns
    ]
    return tuple(sorted(drivers, key=lambda driver: (-driver.mean_abs, driver.column)))


def _name_direction(values: pd.Series, attributed: pd.Series) -> Direction:
    return DIRECTIONS[find_direction(values, attributed)] if is_numeric_dtype(values) else "by_category"
