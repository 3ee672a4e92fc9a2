"""What an offer leaves open and each customer gets filled in: a category, a number of items, a discount's level."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from retention.numbers import format_number
from retention.strict import Language, Strict, Text


class Level(Strict):
    """What a customer gets from a bound on."""

    at_least: float
    value: Text


class Parameter(Strict):
    """What differs from customer to customer in an offer.

    Parameters
    ----------
    name : Text
        What is filled in.
    columns : tuple of str
        Whose values it is: one category, or the sum of numbers. None means the same for everyone.
    at_most : float, optional
        A larger sum is told as this.
    levels : tuple of Level
        What a sum means, by rising bounds; without them the sum itself is told.
    value : Text
        For everyone; with columns, for whom a cell is empty or the sum is below all levels.
    """

    name: Text
    columns: tuple[str, ...] = ()
    at_most: float | None = None
    levels: tuple[Level, ...] = ()
    value: Text

    def fill(
        self, customers: pd.DataFrame, categories: Mapping[str, Mapping[str, Text]], language: Language
    ) -> tuple[list[str], list[str]]:
        """Return what is filled in for each customer, in words and as a code that no language changes.

        Parameters
        ----------
        customers : DataFrame of n rows
            With `columns`.
        categories : mapping of str to mapping of str to Text
            The labels of categorical values, by column.
        language : {"ru", "en"}
        """
        filled = [self.value] * len(customers)
        if not self.columns:
            pass
        elif is_numeric_dtype(customers[self.columns[0]]):
            filled = [self._measure(total, language) for total in customers[[*self.columns]].sum(axis=1, skipna=False)]
        else:
            cells, labels = customers[self.columns[0]], categories.get(self.columns[0], {})
            keys = ["" if empty else str(cell) for cell, empty in zip(cells, cells.isna(), strict=True)]
            words = [(labels.get(key, Text(ru=key, en=key)) if key else self.value)[language] for key in keys]
            return words, [key or self.value.en for key in keys]
        return [one[language] for one in filled], [one.en for one in filled]

    def _measure(self, total: float, language: Language) -> Text:
        """Return what a sum means, as a text whose English is its code."""
        if np.isnan(total):
            return self.value
        if self.levels:
            return next((level.value for level in reversed(self.levels) if total >= level.at_least), self.value)
        shown = total if self.at_most is None else min(total, self.at_most)
        return Text(ru=format_number(shown, 0, language), en=f"{shown:.0f}")
