"""Rules, and who belongs to a segment by them.

A rule is a condition with nothing left to look up: a quantile has become a number. So a customer scored later
belongs by the same numbers, whoever else is in the file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.segments.segment import Condition, Segment
from retention.errors import UserError, name_nearest
from retention.strict import Strict
from retention.tables.columns import CATEGORICAL

DECIMALS = 9  # as files hold them, so that a rule is the same before it was written and after
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
    value: float | tuple[str | float, ...]

    @property
    def bound(self) -> float:
        """Return the bound, NaN for ``any_of``."""
        return np.nan if isinstance(self.value, tuple) else self.value

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the categories of ``any_of``, none for a bound."""
        return tuple(str(key) for key in self.value) if isinstance(self.value, tuple) else ()


class Overlap(Strict):
    """How many customers each two segments share.

    Parameters
    ----------
    keys : list of str
        The segments, in the order of the rows and columns.
    customers : list of list of int
        A symmetric matrix of counts.
    share_of_row : list of list of float
        The same as a share of the segment of the row.
    """

    keys: list[str]
    customers: list[list[int]]
    share_of_row: list[list[float]]


def resolve_conditions(conditions: Iterable[Condition], customers: pd.DataFrame) -> tuple[Rule, ...]:
    """Turn conditions into rules; quantiles are taken over `customers`."""
    return tuple(_resolve(condition, customers) for condition in conditions)


def _resolve(condition: Condition, customers: pd.DataFrame) -> Rule:
    value = condition.value
    if isinstance(value, float) and condition.test in QUANTILES:
        bound = round(float(customers[condition.column].quantile(value)), DECIMALS)
        return Rule(condition.column, QUANTILES[condition.test], bound)
    if condition.test == "equals" and not isinstance(value, tuple):
        return Rule(condition.column, "any_of", (value,))
    if isinstance(value, str):
        raise TypeError(f"{condition.test} takes a number, not {value!r}")
    return Rule(condition.column, condition.test, value)


def apply_rule(rule: Rule, customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether the rule holds; a missing value never does.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    column = customers[rule.column]
    if isinstance(rule.value, tuple):
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


def compute_overlap(members: pd.DataFrame) -> Overlap:
    """Return how many customers each two segments share, and that as a share of the first."""
    held = members.to_numpy(dtype=np.int64)
    common = held.T @ held
    sizes = np.maximum(common.diagonal(), 1)[:, None]
    shares = (common / sizes).tolist()
    return Overlap(keys=list(members.columns), customers=common.tolist(), share_of_row=shares)


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
