"""What sets a group apart from the rest: effect sizes, with p-values corrected for the many comparisons."""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.stats import chi2_contingency, false_discovery_control, ttest_ind_from_stats

from retention.estimate import compute_cramers_v
from retention.strict import Strict


class ColumnDifference(Strict):
    """How a column differs between a group and the other customers.

    Parameters
    ----------
    effect : float
        Cohen's d (above 0: larger in the group) or Cramér's V, corrected for bias.
    inside, outside : float or None
        The means; None for a categorical column.
    more : str or None
        The category whose share in the group exceeds the rest's most.
    by_definition : bool
        Whether a condition of the group is on this column.
    """

    column: str
    measure: Literal["cohens_d", "cramers_v"]
    effect: float
    inside: float | None = None
    outside: float | None = None
    more: str | None = None
    by_definition: bool = False
    p_value: float
    p_adjusted: float = 1.0


def compare_columns(
    customers: pd.DataFrame, member: np.ndarray, columns: Iterable[str], defining: Iterable[str]
) -> list[ColumnDifference]:
    """Compare members with the rest in each column, over known cells; what cannot be compared is left out.

    Parameters
    ----------
    customers : DataFrame of n rows
    member : ndarray of bool, shape (n,)
    defining : iterable of str
        Columns of the group's conditions.
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
    told = (inside, first.std(ddof=1), len(first), outside, second.std(ddof=1), len(second))
    return ColumnDifference(
        column=name,
        measure="cohens_d",
        effect=(inside - outside) / pooled,
        inside=inside,
        outside=outside,
        p_value=float(ttest_ind_from_stats(*told, equal_var=False).pvalue),
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
    told = {
        key: [
            item.model_copy(update={"p_adjusted": item.p_value if item.by_definition else next(adjusted)})
            for item in items
        ]
        for key, items in found.items()
    }
    return {
        key: sorted(items, key=lambda item: (item.by_definition, -abs(item.effect), item.column))
        for key, items in told.items()
    }
