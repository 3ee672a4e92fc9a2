"""What a group of customers is like, in numbers with their support."""

from dataclasses import dataclass

import pandas as pd

from retention.audience.segments.segment import PROBABILITY
from retention.estimate import Estimate, compute_mean, compute_share
from retention.tables.columns import PROFIT, TARGET

MONTHS = ("before_previous", "previous", "current")


@dataclass(frozen=True)
class CategoryShare:
    """How many of the group prefer a category."""

    key: str
    count: int
    share: float


@dataclass(frozen=True)
class Revenue:
    """Mean revenue a customer in each month, and the change from the first to the last.

    The change is a share of the first month's mean, with the interval of the paired difference.
    """

    before_previous: float
    previous: float
    current: float
    change: Estimate | None


@dataclass(frozen=True)
class CategoryRevenue:
    """Revenue of the customers who prefer a category; None where they are too few."""

    key: str
    support: int
    too_few: bool
    revenue: Revenue | None


@dataclass(frozen=True)
class Profile:
    """A group of customers.

    Parameters
    ----------
    decline_rate : Estimate or None
        None where the label is not known.
    mean_probability, monthly_profit : Estimate
        Means a customer.
    profit_total, profit_at_risk : float
        Profit a month; and the sum of probability × monthly profit × months of the horizon: what would be
        lost if everyone who declines brought nothing any more.
    consent_share : float
    favourite_categories : list of CategoryShare
        By count.
    revenue_by_month : Revenue
    revenue_by_category : list of CategoryRevenue
    """

    decline_rate: Estimate | None
    mean_probability: Estimate
    monthly_profit: Estimate
    profit_total: float
    profit_at_risk: float
    consent_share: float
    favourite_categories: list[CategoryShare]
    revenue_by_month: Revenue
    revenue_by_category: list[CategoryRevenue]


def compute_profile(customers: pd.DataFrame, months: float, minimum_support: int, confidence: float) -> Profile:
    """Describe the group `customers`.

    Parameters
    ----------
    customers : DataFrame
        At least two rows: canonical columns and ``decline_probability``.
    months : float
        Horizon of the profit at risk.
    minimum_support : int
        Categories with fewer customers show no revenue.
    confidence : float
    """
    probability, profit = customers[PROBABILITY].to_numpy(), customers[PROFIT].to_numpy()
    known = TARGET in customers
    return Profile(
        compute_share(int(customers[TARGET].sum()), len(customers), confidence) if known else None,
        compute_mean(probability, confidence),
        compute_mean(profit, confidence),
        float(profit.sum()),
        float((probability * profit).sum() * months),
        float((customers["accepts_messages"] == "yes").mean()),
        count_categories(customers["favourite_category"]),
        compute_revenue(customers, confidence),
        [
            _describe_category(str(key), group, minimum_support, confidence)
            for key, group in customers.groupby("favourite_category", sort=True)
        ],
    )


def count_categories(column: pd.Series) -> list[CategoryShare]:
    """Return the categories from the most to the least frequent, equal ones by name."""
    counts = sorted(column.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    return [CategoryShare(str(key), int(count), int(count) / len(column)) for key, count in counts]


def compute_revenue(customers: pd.DataFrame, confidence: float) -> Revenue:
    """Return mean revenue by month and its change over the months shown."""
    by_month = [customers[f"revenue_{month}"].to_numpy(dtype=float) for month in MONTHS]
    first, middle, last = (float(values.mean()) for values in by_month)
    if first <= 0:
        return Revenue(first, middle, last, None)
    difference = compute_mean(by_month[-1] - by_month[0], confidence)
    change = Estimate(value=difference.value / first, low=difference.low / first, high=difference.high / first)
    return Revenue(first, middle, last, change)


def _describe_category(key: str, group: pd.DataFrame, minimum_support: int, confidence: float) -> CategoryRevenue:
    too_few = len(group) < minimum_support
    return CategoryRevenue(key, len(group), too_few, None if too_few else compute_revenue(group, confidence))
