"""Columns that are empty at their edge alone: what a cell leaves behind when it is deleted and others close up."""

from collections.abc import Mapping

import narwhals as nw

from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, list_rows
from retention.tables.plausibility.scale import FEWEST
from retention.tables.reading import LINE, Table
from retention.tables.settings import MONTH, VALUE

_FEW = 10
"""How many cells at most have been moved out of a column."""


def find_gaps(table: Table, headers: Mapping[str, str]) -> list[Finding]:
    """Find the column that is empty in the first or the last rows and nowhere else, if no other one is."""
    frame = table.frame
    if frame.shape[0] < FEWEST:
        return []
    lines = frame[LINE].to_numpy()
    gaps = {
        name: frame.filter(nw.col(name).is_null()) for name in frame.columns[2:] if 0 < frame[name].null_count() <= _FEW
    }
    found = {name: rows for name, rows in gaps.items() if _at_an_edge(rows[LINE].to_list(), lines.tolist())}
    if 0 < len(table.nameless) <= _FEW and (min(table.nameless) > lines[-1] or max(table.nameless) < lines[0]):
        found[ID] = frame.head(0)
    if len(found) != 1:
        return []
    ((name, rows),) = found.items()
    place = Place(table.name, table.file, None if name in (MONTH, VALUE) else name, headers[name])
    return [Finding("edge_gap", place, "keep", list_rows(rows), {}, rows.shape[0] or len(table.nameless))]


def _at_an_edge(empty: list[int], lines: list[int]) -> bool:
    return empty in (lines[: len(empty)], lines[-len(empty) :])
