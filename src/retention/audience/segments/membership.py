"""Who belongs to which segment.

Conditions are first resolved (a quantile becomes a number), then applied. The resolved rules are kept with
the segments, so that a customer scored later belongs by the same numbers, whoever else is in the file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from retention.audience.segments.segment import Condition, Segment
from retention.errors import UserError, name_nearest
from retention.tables.columns import CATEGORICAL

QUANTILES = {"at_least_quantile": "at_least", "at_most_quantile": "at_most"}


@dataclass(frozen=True)
class Rule:
    """A condition with nothing left to look up.

    Parameters
    ----------
    column : str
    test : {"any_of", "at_least", "at_most", "above", "below"}
    value : float or tuple
        A bound, or the values of ``any_of``.
    """

    column: str
    test: str
    value: Any


def resolve_rules(conditions: Iterable[Condition], customers: pd.DataFrame) -> tuple[Rule, ...]:
    """Turn conditions into rules; quantiles are taken over `customers`."""
    return tuple(_resolve(condition, customers) for condition in conditions)


def _resolve(condition: Condition, customers: pd.DataFrame) -> Rule:
    if isinstance(condition.value, float) and condition.test in QUANTILES:
        bound = float(customers[condition.column].quantile(condition.value))
        return Rule(condition.column, QUANTILES[condition.test], bound)
    if condition.test == "equals":
        return Rule(condition.column, "any_of", (condition.value,))
    return Rule(condition.column, condition.test, condition.value)


def apply_rule(rule: Rule, customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether the rule holds; a missing value never does.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    column = customers[rule.column]
    if rule.test == "any_of":
        return column.isin(list(rule.value)).to_numpy()
    values = column.to_numpy(dtype=float)
    compare = {"at_least": np.greater_equal, "at_most": np.less_equal, "above": np.greater, "below": np.less}
    return np.asarray(compare[rule.test](values, rule.value))


def apply_all(rules: Iterable[Rule], customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether all `rules` hold, as an ndarray of bool, shape (n,)."""
    held = [apply_rule(rule, customers) for rule in rules]
    return np.logical_and.reduce(held) if held else np.ones(len(customers), dtype=bool)


def apply_any(rules: Iterable[Rule], customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether any of `rules` holds, as an ndarray of bool, shape (n,)."""
    held = [apply_rule(rule, customers) for rule in rules]
    return np.logical_or.reduce(held) if held else np.zeros(len(customers), dtype=bool)


def order_segments(segments: Mapping[str, Segment]) -> list[str]:
    """Return the keys by priority, then by name."""
    return sorted(segments, key=lambda key: (segments[key].priority, key))


def find_members(rules: Mapping[str, Sequence[Rule]], customers: pd.DataFrame) -> pd.DataFrame:
    """Return one bool column for each segment, one row for each customer, in the orders given."""
    return pd.DataFrame({key: apply_all(held, customers) for key, held in rules.items()}, index=customers.index)


def name_segment(members: pd.DataFrame) -> np.ndarray:
    """Return each customer's first segment in column order, or an empty string, shape (n,)."""
    keys = np.array([*members.columns, ""], dtype=object)
    held = np.column_stack([members.to_numpy(dtype=bool), np.ones(len(members), dtype=bool)])
    return np.asarray(keys[held.argmax(axis=1)])


def compute_overlap(members: pd.DataFrame) -> dict[str, Any]:
    """Return how many customers each two segments share, and that as a share of the first.

    Returns
    -------
    dict
        ``keys``, ``customers`` (a symmetric matrix of counts) and ``share_of_row``.
    """
    held = members.to_numpy(dtype=np.int64)
    common = held.T @ held
    sizes = np.maximum(common.diagonal(), 1)[:, None]
    return {
        "keys": list(members.columns),
        "customers": common.tolist(),
        "share_of_row": (common / sizes).tolist(),
    }


def check_categories(key: str, conditions: Iterable[Condition], known: Mapping[str, Iterable[str]]) -> None:
    """Refuse a condition on a category that neither the settings nor the customers know.

    Parameters
    ----------
    key : str
        The setting that holds the conditions, for the message.
    conditions : iterable of Condition
    known : mapping of str to iterable of str
        The categories of each categorical column.

    Raises
    ------
    UserError
        If a category is unknown; the nearest known one is named.
    """
    for condition in conditions:
        if condition.column not in CATEGORICAL:
            continue
        allowed = tuple(known[condition.column])
        for value in condition.value if isinstance(condition.value, tuple) else (condition.value,):
            if value not in allowed:
                raise UserError(
                    f"{key}: {condition.column} has no category {value!r}{name_nearest(str(value), allowed)}."
                )
