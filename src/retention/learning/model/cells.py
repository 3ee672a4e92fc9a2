"""Cells made ready: ordered keys become numbers, empty cells are filled, and that they were empty stays known."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from retention.tables.roles import ColumnRoles

EMPTY = "(empty)"  # the category of empty cells


class ReadyCells(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns ordered columns into numbers and fills empty cells: the first step where a shop has either.

    An empty number gets the median, and a column beside it is 1 where it was empty. An empty category becomes one of
    its own; where there was none to learn from, the most frequent one.

    `orders` are the keys of each ordered column from low to high, `numbers` and `categories` the columns whose cells
    may be empty; an ordered one is among the numbers.
    """

    def __init__(self, orders: Mapping[str, Sequence[str]], numbers: Sequence[str], categories: Sequence[str]) -> None:
        self.orders = orders
        self.numbers = numbers
        self.categories = categories

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> "ReadyCells":  # noqa: ARG002
        """Learn what empty cells get; a column without any other cells is a ValueError."""
        coded = self._code(X)
        if bare := [name for name in (*self.numbers, *self.categories) if coded[name].isna().all()]:
            raise ValueError(f"{bare[0]} holds nothing but empty cells")
        self.fills_: dict[str, float | str] = {name: float(coded[name].median()) for name in self.numbers}
        for name in self.categories:
            self.fills_[name] = EMPTY if coded[name].isna().any() else str(coded[name].mode().iloc[0])
        validate_data(self, X, skip_check_array=True)  # keeps the columns' names
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of `X`, filled, then those that say which numbers were empty."""
        check_is_fitted(self)
        coded = self._code(X)
        empty = {new: coded[name].isna().astype(np.float64) for new, (name,) in self.source_columns().items()}
        return coded.fillna(self.fills_).assign(**empty)

    def _code(self, frame: pd.DataFrame) -> pd.DataFrame:
        places = {name: {key: float(place) for place, key in enumerate(keys)} for name, keys in self.orders.items()}
        return frame.assign(**{name: frame[name].map(place).astype(np.float64) for name, place in places.items()})

    def source_columns(self) -> dict[str, tuple[str, ...]]:
        """Return each new column with the column whose empty cells it tells."""
        return {f"{name}_empty": (name,) for name in self.numbers}


def build_ready_cells(roles: ColumnRoles) -> ReadyCells | None:
    """Return the unfitted step that a shop's columns need; None if all of its cells are numbers or categories."""
    if not roles.orders and not roles.missing:
        return None
    encoded = list_encoded(roles)
    numbers = [name for name in roles.missing if name not in encoded]
    return ReadyCells(roles.orders, numbers, [name for name in roles.missing if name in encoded])


def list_encoded(roles: ColumnRoles) -> list[str]:
    """Return the features that an encoder takes: all but numbers and those that have an order."""
    return [name for name in roles.categorical if name not in roles.orders]
