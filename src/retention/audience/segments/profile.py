"""What a group of customers is like, in numbers with their support."""

from dataclasses import dataclass

import pandas as pd

from retention.estimate import Estimate, compute_change, compute_mean, compute_share
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT, TARGET

MONTHS = ("before_previous", "previous", "current")


@dataclass(frozen=True)
class Figures:
    """How figures of groups are computed.

    Parameters
    ----------
    minimum_support : int
        A smaller group shows none.
    confidence : float
        Of all intervals.
    horizon_months : float
        How long a drop lasts, for profit at risk.
    """

    minimum_support: int
    confidence: float
    horizon_months: float


class CategoryShare(Strict):
    """How many of the group prefer a category.

    Parameters
    ----------
    key : str
    count : int
    share : float
    """

    key: str
    count: int
    share: float


class MonthlyRevenue(Strict):
    """Mean revenue a customer in each month, and the change from the first to the last.

    Parameters
    ----------
    before_previous, previous, current : float
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
    key : str
    support : int
    too_few : bool
    revenue : MonthlyRevenue or None
        None where they are too few.
    """

    key: str
    support: int
    too_few: bool
    revenue: MonthlyRevenue | None


class GroupProfile(Strict):
    """What the customers of a group are like; nothing where they are too few.

    Parameters
    ----------
    decline_rate : Estimate
    mean_probability, monthly_profit : Estimate
        Means a customer.
    profit_total, profit_at_risk : float
        Profit a month; and the sum of probability × monthly profit × months of the horizon: what would be
        lost if everyone who declines brought nothing any more.
    consent_share : float
    favourite_categories : tuple of CategoryShare
        By count.
    revenue_by_month : MonthlyRevenue
    revenue_by_category : tuple of CategoryRevenue
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
    """Describe the group `customers`.

    Parameters
    ----------
    customers : DataFrame
        At least two rows: canonical columns, the label known, and ``decline_probability``.
    figures : Figures
    """
    confidence = figures.confidence
    probability, profit = customers[PROBABILITY].to_numpy(), customers[PROFIT].to_numpy()
    return GroupProfile(
        decline_rate=compute_share(int(customers[TARGET].sum()), len(customers), confidence),
        mean_probability=compute_mean(probability, confidence),
        monthly_profit=compute_mean(profit, confidence),
        profit_total=float(profit.sum()),
        profit_at_risk=float((probability * profit).sum() * figures.horizon_months),
        consent_share=float((customers["accepts_messages"] == "yes").mean()),
        favourite_categories=count_categories(customers["favourite_category"]),
        revenue_by_month=compute_revenue(customers, confidence),
        revenue_by_category=tuple(
            _describe_category(str(key), group, figures)
            for key, group in customers.groupby("favourite_category", sort=True)
        ),
    )


def count_categories(column: pd.Series) -> tuple[CategoryShare, ...]:
    """Return the categories from the most to the least frequent, equal ones by name."""
    counts = sorted(column.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    n = len(column)
    return tuple(CategoryShare(key=str(key), count=int(count), share=int(count) / n) for key, count in counts)


def compute_revenue(customers: pd.DataFrame, confidence: float) -> MonthlyRevenue:
    """Return mean revenue by month and its change over the months shown."""
    by_month = [customers[f"revenue_{month}"].to_numpy(dtype=float) for month in MONTHS]
    first, middle, last = (float(values.mean()) for values in by_month)
    change = compute_change(by_month[0], by_month[-1], confidence)
    return MonthlyRevenue(before_previous=first, previous=middle, current=last, change=change)


def _describe_category(key: str, group: pd.DataFrame, figures: Figures) -> CategoryRevenue:
    too_few = len(group) < figures.minimum_support
    revenue = None if too_few else compute_revenue(group, figures.confidence)
    return CategoryRevenue(key=key, support=len(group), too_few=too_few, revenue=revenue)
