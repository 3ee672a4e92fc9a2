"""What a group of customers is like, in numbers with their support, and what drives the probability within it."""

from typing import Literal

import pandas as pd

from retention.estimate import Estimate, compute_change, compute_mean, compute_share
from retention.learning.explanation.importance import find_direction
from retention.strict import Strict
from retention.tables.columns import CATEGORICAL, PROBABILITY, PROFIT, TARGET

MONTHS = ("before_previous", "previous", "current")
Direction = Literal["up", "down", "mixed", "by_category"]
DIRECTIONS: dict[int, Direction] = {1: "up", -1: "down", 0: "mixed"}


class Figures(Strict):
    """How figures of groups are computed.

    Parameters
    ----------
    horizon_months : float
        How long a drop lasts, for profit at risk.
    confidence : float
        Of all intervals.
    minimum_support : int
        Smaller groups are too few.
    """

    horizon_months: float
    confidence: float
    minimum_support: int


class CategoryShare(Strict):
    """How many of the group prefer a category."""

    key: str
    count: int
    share: float


class MonthlyRevenue(Strict):
    """Mean revenue a customer in each month, and the change from the first to the last.

    Parameters
    ----------
    change : Estimate or None
        A share of the first month's mean; None where nothing was bought then.
    """

    before_previous: float
    previous: float
    current: float
    change: Estimate | None


class CategoryRevenue(Strict):
    """Revenue of the customers of a group who prefer a category.

    Parameters
    ----------
    revenue : MonthlyRevenue or None
        None where they are too few.
    """

    key: str
    support: int
    too_few: bool
    revenue: MonthlyRevenue | None


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
    mean_probability, monthly_profit : Estimate
        Means a customer.
    profit_total, profit_at_risk : float
        Profit a month; and the sum of probability × monthly profit × months of the horizon: what would be
        lost if everyone who declines brought nothing any more.
    favourite_categories : tuple of CategoryShare
        By count.
    """

    decline_rate: Estimate | None = None
    mean_probability: Estimate | None = None
    monthly_profit: Estimate | None = None
    profit_total: float | None = None
    profit_at_risk: float | None = None
    consent_share: float | None = None
    favourite_categories: tuple[CategoryShare, ...] = ()
    revenue_by_month: MonthlyRevenue | None = None
    revenue_by_category: tuple[CategoryRevenue, ...] = ()


def compute_profile(customers: pd.DataFrame, figures: Figures) -> GroupProfile:
    """Describe the group `customers`: at least two rows with known labels and ``decline_probability``."""
    confidence = figures.confidence
    probability, profit = customers[PROBABILITY].to_numpy(), customers[PROFIT].to_numpy()
    by_category = customers.groupby("favourite_category", sort=True)
    return GroupProfile(
        decline_rate=compute_share(int(customers[TARGET].sum()), len(customers), confidence),
        mean_probability=compute_mean(probability, confidence),
        monthly_profit=compute_mean(profit, confidence),
        profit_total=float(profit.sum()),
        profit_at_risk=float((probability * profit).sum() * figures.horizon_months),
        consent_share=float((customers["accepts_messages"] == "yes").mean()),
        favourite_categories=tuple(
            CategoryShare(key=str(key), count=count, share=count / len(customers))
            for key, count in by_category.size().sort_values(ascending=False, kind="stable").items()
        ),
        revenue_by_month=_compute_revenue(customers, confidence),
        revenue_by_category=tuple(_describe_category(str(key), group, figures) for key, group in by_category),
    )


def _compute_revenue(customers: pd.DataFrame, confidence: float) -> MonthlyRevenue:
    """Return mean revenue by month and its change over the months shown."""
    by_month = {month: customers[f"revenue_{month}"].to_numpy(dtype=float) for month in MONTHS}
    change = compute_change(by_month[MONTHS[0]], by_month[MONTHS[-1]], confidence)
    return MonthlyRevenue(**{month: float(values.mean()) for month, values in by_month.items()}, change=change)


def _describe_category(key: str, group: pd.DataFrame, figures: Figures) -> CategoryRevenue:
    too_few = len(group) < figures.minimum_support
    revenue = None if too_few else _compute_revenue(group, figures.confidence)
    return CategoryRevenue(key=key, support=len(group), too_few=too_few, revenue=revenue)


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
    return "by_category" if values.name in CATEGORICAL else DIRECTIONS[find_direction(values, attributed)]
