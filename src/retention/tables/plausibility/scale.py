"""Columns on another scale than is usual, or of one value, or empty at their edge; numbers far from their column's."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, format_value, list_rows, tell
from retention.tables.parts import Part
from retention.tables.reading import LINE, Table
from retention.tables.schema import Column
from retention.tables.settings import MONTH, VALUE

_FEWEST = 20  # with fewer customers nothing is usual
_FEW = 10  # how many cells at most have been moved out of a column
# A median so many times the usual one, or so small a part of it, is on another scale (it is ten with a lost digit).
_SCALE = 5.0
_FAR = 1000.0  # so many times the upper quartile, or so small a part of the lower one, is no number of its column


def find_implausible(frame: nw.DataFrame[Any], parts: Sequence[Part], columns: Mapping[str, Column]) -> list[Finding]:
    """Find implausible scales, numbers and columns among the customers.

    `frame` has a row a customer, with `LINE`, the id and the columns of `parts`; the declared columns say what is usual
    (`Column.typical`), and which months belong together (`Column.series`).
    """
    if frame.shape[0] < _FEWEST:
        return []
    findings = []
    numbers = {name: frame[name].drop_nulls().to_numpy() for name, column in columns.items() if column.is_number}
    sizes = {name: cells[cells != 0] for name, cells in numbers.items()}
    medians = {name: float(np.median(own)) for name, own in sizes.items() if len(own) >= _FEWEST}
    for part in parts:
        for name in part.headers:
            findings += _find_constant(frame, part, name) if columns[name].role != "label" else []
            usual, own = _usual(name, medians, columns), medians.get(name)
            if usual and own and not 1 / _SCALE < own / usual < _SCALE:
                details = {"median": format_value(own), "usual": format_value(usual)}
                findings.append(tell("implausible_scale", part.place(name), frame.shape[0], **details))
            findings += _find_far(frame, part, name, sizes[name]) if own else []
    return findings


def _find_constant(frame: nw.DataFrame[Any], part: Part, name: str) -> list[Finding]:
    values = frame[name].drop_nulls()
    if len(values) < _FEWEST or values.n_unique() > 1:
        return []
    return [tell("constant_column", part.place(name), len(values), value=format_value(values.head(1).to_list()[0]))]


def _usual(name: str, medians: Mapping[str, float], columns: Mapping[str, Column]) -> float:
    """Return the usual median of a column: as declared, or else that of the other months of its measure."""
    own = columns[name]
    if own.typical is not None or own.series is None:
        return own.typical or 0.0
    others = [
        medians[other]
        for other, column in columns.items()
        if other != name and column.series and column.series.measure == own.series.measure and medians.get(other)
    ]
    return median(others) if others else 0.0


def _find_far(frame: nw.DataFrame[Any], part: Part, name: str, sizes: NDArray[np.float64]) -> list[Finding]:
    low, high = np.quantile(np.abs(sizes), [0.25, 0.75], method="nearest").tolist()
    if not ((np.abs(sizes) > high * _FAR) | (np.abs(sizes) < low / _FAR)).any():
        return []
    size = nw.col(name).abs()
    ids = frame.filter((size > high * _FAR) | ((size > 0) & (size < low / _FAR)))[ID].to_list()
    rows = part.rows(nw.col(ID).is_in(ids), name).sort(LINE)
    details = {"low": format_value(low), "high": format_value(high)}
    return [Finding("implausible_number", part.place(name), "keep", rows, details)]


def find_gaps(table: Table, headers: Mapping[str, str]) -> list[Finding]:
    """Find the column that is empty in the first or the last rows and nowhere else, if no other one is.

    That is what a cell leaves behind when it is deleted and others close up.
    """
    frame = table.frame
    if frame.shape[0] < _FEWEST:
        return []
    lines, found = frame[LINE].to_numpy(), {}
    for name in (name for name in frame.columns[2:] if 0 < frame[name].null_count() <= _FEW):
        rows = frame.filter(nw.col(name).is_null())
        empty = rows[LINE].to_list()
        if empty in (lines[: len(empty)].tolist(), lines[-len(empty) :].tolist()):
            found[name] = rows
    if 0 < len(table.nameless) <= _FEW and (min(table.nameless) > lines[-1] or max(table.nameless) < lines[0]):
        found[ID] = frame.head(0)
    if len(found) != 1:
        return []
    ((name, rows),) = found.items()
    place = Place(table.name, table.file, None if name in (MONTH, VALUE) else name, headers[name])
    return [Finding("edge_gap", place, "keep", list_rows(rows), {}, rows.shape[0] or len(table.nameless))]
