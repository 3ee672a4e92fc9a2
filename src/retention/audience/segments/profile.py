"""What a group of customers is like, what drives the probability within it, and what sets it apart from the rest."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import Field
from scipy.stats import chi2_contingency, false_discovery_control, ttest_ind

from retention.estimate import Estimate, compute_change, compute_cramers_v, compute_mean, compute_share, count_effective
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT
from retention.tables.roles import ColumnRoles


class Figures(Strict):
    """How figures of groups are computed."""

    horizon_months: float  # how long a drop lasts, for profit at risk: as in the plan
    loss_share: float  # which share of the profit it takes: as in the plan
    confidence: float  # of all intervals
    minimum_support: int  # smaller groups are too few

    def compute_rate(self, declined: np.ndarray, units: np.ndarray) -> Estimate | None:
        """Return the decline rate of customer-months with these labels, of these units, None if they are too few."""
        if len(declined) < self.minimum_support:
            return None
        effective = count_effective(declined, units)
        return compute_share(int(declined.sum()), len(declined), self.confidence, effective)


class MonthlyMeans(Strict):
    """A measure month by month, over the customers who have all of its months."""

    means: dict[str, float]  # the mean a customer by column, the oldest month first
    change: Estimate | None
    """From the first to the last month, as a share of the first mean; None for one customer, or where nothing was."""


class CategoryProfile(Strict):
    """The customers of a group who prefer a category."""

    key: str  # the category
    support: int  # how many they are
    share: float  # the same as a share of the group
    months: dict[str, MonthlyMeans]  # by measure; none where they are too few


class GroupProfile(Strict):
    """What the customers of a group are like; nothing where they are too few, or what it rests on is not known."""

    decline_rate: Estimate | None = None  # of such customers in the months learnt from whom no campaign contacted
    mean_probability: Estimate | None = None  # the mean
    monthly_profit: Estimate | None = None  # the mean
    profit_at_risk: float | None = None
    """The sum of probability × monthly profit × months of the horizon × the share that a drop takes: what the plan
    calls the stake, of all customers, whether they may be contacted or not."""
    consent_share: float | None = None  # None if the exports do not say who may be contacted
    months: dict[str, MonthlyMeans] = Field(default_factory=dict)  # by measure
    favourite_categories: tuple[CategoryProfile, ...] = ()  # the most frequent first, equal ones by name


def compute_profile(customers: pd.DataFrame, figures: Figures, roles: ColumnRoles) -> GroupProfile:
    """Describe the group `customers`, at least two rows with ``decline_probability``; no label is looked at."""
    confidence, probability = figures.confidence, customers[PROBABILITY].to_numpy()
    earned = at_risk = None
    if roles.money:
        profit = customers[PROFIT].to_numpy()
        earned = compute_mean(profit, confidence)
        at_risk = float((probability * profit).sum() * figures.horizon_months * figures.loss_share)
    return GroupProfile(
        mean_probability=compute_mean(probability, confidence),
        monthly_profit=earned,
        profit_at_risk=at_risk,
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
        enough = support >= figures.minimum_support
        months = _compute_months(customers[column == key], figures.confidence, roles) if enough else {}
        yield CategoryProfile(key=str(key), support=support, share=support / len(customers), months=months)


def order_drivers(attributions: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that move the output of a group most, by mean absolute attribution; equal ones by name."""
    sizes = attributions.abs().mean().sort_index()
    return tuple(map(str, sizes.sort_values(ascending=False, kind="stable").index))


class ColumnDifference(Strict):
    """How a column differs between a group and the other customers."""

    column: str  # the column's name
    measure: Literal["cohens_d", "cramers_v"]  # of numbers, and of categories
    effect: float  # Cohen's d (above 0: larger in the group) or Cramér's V, corrected for bias
    inside: float | None = None  # the mean in the group; None for a categorical column
    outside: float | None = None  # the mean outside of it, likewise
    more: str | None = None  # the category whose share in the group exceeds the rest's most
    by_definition: bool = False  # whether a condition of the group is on this column
    p_value: float  # of this comparison by itself
    p_adjusted: float = 1.0  # corrected for the many comparisons


def compare_columns(
    customers: pd.DataFrame, member: np.ndarray, columns: Iterable[str], defining: Iterable[str]
) -> list[ColumnDifference]:
    """Compare members, bool, (n,), with the rest in each column, over known cells; what cannot be compared is left out.

    The columns `defining` are those of the group's conditions.
    """
    own, found = set(defining), []
    for name in columns:
        known = customers[name].notna().to_numpy()
        compare = _compare_means if is_numeric_dtype(customers[name]) else _compare_categories
        if item := compare(name, customers[name][known], member[known]):
            found.append(item.model_copy(update={"by_definition": name in own}))
    return found


def _compare_means(name: str, column: pd.Series, member: np.ndarray) -> ColumnDifference | None:
    values = column.to_numpy(dtype=float)
    first, second = values[member], values[~member]
    if min(len(first), len(second)) < 2:
        return None
    spread = (len(first) - 1) * first.var(ddof=1) + (len(second) - 1) * second.var(ddof=1)
    pooled = float(np.sqrt(spread / (len(values) - 2)))
    if pooled == 0 or np.isnan(pooled):
        return None
    inside, outside = float(first.mean()), float(second.mean())
    return ColumnDifference(
        column=name,
        measure="cohens_d",
        effect=(inside - outside) / pooled,
        inside=inside,
        outside=outside,
        p_value=float(ttest_ind(first, second, equal_var=False).pvalue),
    )


def _compare_categories(name: str, column: pd.Series, member: np.ndarray) -> ColumnDifference | None:
    table = pd.crosstab(column.to_numpy(), member)
    if min(table.shape) < 2:
        return None
    counts = table.to_numpy()
    effect = compute_cramers_v(counts, confidence=0.95)
    shares = counts / counts.sum(axis=0)
    return ColumnDifference(
        column=name,
        measure="cramers_v",
        effect=effect.value if effect else 0.0,
        more=str(table.index[int((shares[:, 1] - shares[:, 0]).argmax())]),
        p_value=float(chi2_contingency(counts, correction=False).pvalue),
    )


def adjust(found: Mapping[str, list[ColumnDifference]]) -> dict[str, list[ColumnDifference]]:
    """Correct the p-values of all groups × columns together, and sort each group's by size of effect.

    False discovery rate: Benjamini and Hochberg (1995), p. 293. Columns that define a group differ in it by
    construction, so they are no discoveries: they stay outside the family, with their own p-value, and come last.
    """
    tested = [item.p_value for items in found.values() for item in items if not item.by_definition]
    adjusted = iter(false_discovery_control(tested, method="bh").tolist() if tested else [])
    told: dict[str, list[ColumnDifference]] = {}
    for key, items in found.items():
        known = [
            item.model_copy(update={"p_adjusted": item.p_value if item.by_definition else next(adjusted)})
            for item in items
        ]
        told[key] = sorted(known, key=lambda item: (item.by_definition, -abs(item.effect), item.column))
    return told
