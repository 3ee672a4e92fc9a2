"""What a table that passes between stages holds: its columns, what their cells are and what they mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["id", "integer", "number", "text", "flag"]
"""What cells are: an id is a whole number or a text, as the exports have it; a number may be empty."""


@dataclass(frozen=True)
class ColumnSchema:
    """A column."""

    kind: Kind  # what its cells are
    meaning: str  # what they mean, for the data dictionary


@dataclass(frozen=True)
class TableSchema:
    """A table: one writer, any number of readers, and both are held to it."""

    rows: str  # what a row is, for the data dictionary
    columns: Mapping[str, ColumnSchema]  # the columns that it always has
    # Columns whose names depend on the settings, with the part that varies in brackets: ``<offer>_cost``.
    more: Mapping[str, ColumnSchema] = field(default_factory=dict)

    def find_problem(self, frame: "pd.DataFrame") -> str:
        """Return what in `frame` is not as declared, or an empty string."""
        lacking = [name for name in self.columns if name not in frame]
        if lacking:
            return f"there is no column {lacking[0]}"
        for name in map(str, frame.columns):
            column = self._find(name)
            if column is None:
                return f"the column {name} is not declared"
            if len(frame) and not _is_of_kind(frame[name], column.kind):
                return f"the column {name} does not hold what is declared ({column.kind})"
        return ""

    def kinds(self, names: list[str]) -> dict[str, Kind]:
        """Return the kinds of those of the columns `names` that are declared."""
        found = {name: self._find(name) for name in names}
        return {name: column.kind for name, column in found.items() if column}

    def _find(self, name: str) -> ColumnSchema | None:
        patterns = {re.sub("<[^>]+>", ".+", pattern): column for pattern, column in self.more.items()}
        varying = (column for pattern, column in patterns.items() if re.fullmatch(pattern, name))
        return self.columns.get(name) or next(varying, None)


def _is_of_kind(cells: "pd.Series", kind: Kind) -> bool:
    from pandas.api import types

    if kind == "id":
        return types.is_integer_dtype(cells) or types.is_string_dtype(cells)
    checks = {
        "integer": types.is_integer_dtype,
        "number": types.is_float_dtype,
        "text": types.is_string_dtype,
        "flag": types.is_bool_dtype,
    }
    return bool(checks[kind](cells))
