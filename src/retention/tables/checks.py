"""Checks of tables and their parts, row by row: who is known, empty cells, impossible numbers, repeated customers."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw

from retention.errors import UserError
from retention.tables.columns import ID
from retention.tables.findings import SEEN, Finding, Place, list_rows, refuse
from retention.tables.mending import Mended, fold
from retention.tables.parts import Part, read_labels
from retention.tables.reading import LINE, Table
from retention.tables.schema import Column
from retention.tables.settings import MONTH, VALUE, Export, TableSettings


def match_customers(table: Table, main: Table, handling: str) -> tuple[Table, list[Finding]]:
    """Return `table` without the rows of customers that `main` lacks, and these rows (or refuse them).

    Exports that have no customer in common are a `UserError`.
    """
    known = table.frame[ID].is_in(main.frame[ID].to_list())  # polars warns of a column in a column
    if known.all():
        return table, []
    if not known.any():
        here, there = (next(iter(frame[ID].head(1).to_list()), "none") for frame in (table.frame, main.frame))
        raise UserError(
            f"{table.file} and {main.file} have no customer in common (the first ids are {here} and {there}): "
            "check that they come from the same export and that their id columns mean the same."
        )
    rows = list_rows(table.frame.filter(~known))
    finding = Finding("unknown_customer", Place(table.name, table.file), handling, rows, {"main": main.file})
    return replace(table, frame=table.frame.filter(known)), refuse([finding])


def find_nameless(table: Table, header: str, handling: str) -> list[Finding]:
    """Find the rows without an id (or refuse them)."""
    if not table.nameless:
        return []
    place = Place(table.name, table.file, ID, header)
    found = Finding("empty_id", place, handling, _name_rows(table, table.nameless))
    return refuse([found], "set tables.handling.empty_value to quarantine")


def find_cut(table: Table, handling: str) -> list[Finding]:
    """Find the last row if its line has no end (or refuse it): nothing says whether it, or its last cell, is whole."""
    if table.unended is None:
        return []
    found = Finding("cut_short", Place(table.name, table.file), handling, _name_rows(table, [table.unended]))
    return refuse([found], "end its last line if nothing is missing, or set tables.handling.cut_short to keep")


def find_mended(table: Table, headers: Mapping[str, str]) -> list[Finding]:
    """Find what was read otherwise than it is written, or may have been rounded, by canonical column."""
    return [
        Finding(
            item.code,
            Place(table.name, table.file, None if item.column in (MONTH, VALUE) else item.column, headers[item.column]),
            "keep" if item.code == "rounded_number" else "repair",
            _name_rows(table, item.places),
            {"value": _mask(item.value, item), "repaired": _mask(item.repaired, item)},
            item.count,
        )
        for item in table.mended
    ]


def _mask(value: str, mended: Mended) -> str:
    """Return what may be kept with a run: of an id its form alone, since it names a person."""
    return re.sub(r"[^\W_]", "*", value) if mended.column == ID and mended.places else value


def _name_rows(table: Table, lines: Sequence[int]) -> nw.DataFrame[Any]:
    """Return these lines of the file with their ids, where they have any."""
    named = table.frame.filter(nw.col(LINE).is_in(list(lines)))
    ids = dict(zip(named[LINE].to_list(), map(str, named[ID].to_list()), strict=True))
    return nw.from_dict(
        {LINE: list(lines), ID: [ids.get(line) for line in lines], SEEN: [None] * len(lines)},
        schema={LINE: nw.Int64, ID: nw.String, SEEN: nw.String},
        backend=table.frame.implementation,
    )


def find_unused(table: Table, exports: Iterable[Export]) -> list[Finding]:
    """Name the columns of the file that no export makes anything of."""
    used = {fold(header) for export in exports if export.file == table.file for header in export.headers.values()}
    return [
        Finding("extra_column", Place(table.name, table.file, None, one), "ignore", details={"value": one}, counted=1)
        for one in table.header
        if fold(one) not in used
    ]


def check_part(part: Part, settings: TableSettings) -> tuple[Part, list[Finding]]:
    """Return a part with labels read and one row a customer, and what was wrong with its cells and rows."""
    handling = settings.handling
    findings = refuse(_find_empty(part, settings.columns, handling.empty_value))
    part, found = read_labels(part, settings.columns, handling)
    impossible = _find_impossible(part, settings.columns, handling.out_of_range)
    findings += found + refuse(impossible, "set tables.handling.out_of_range to quarantine")
    part, found = _settle_duplicates(part, handling.duplicate_month if part.monthly else handling.duplicate_id)
    return part, findings + refuse(found)


def _find_empty(part: Part, columns: Mapping[str, Column], handling: str) -> list[Finding]:
    """Find the cells without a value; they stay where the column may have them."""
    empty = {column: part.rows(nw.col(column).is_null()) for column in part.headers if part.frame[column].null_count()}
    return [
        Finding("empty_value", part.place(column), "keep" if columns[column].missing else handling, rows)
        for column, rows in empty.items()
    ]


def _find_impossible(part: Part, columns: Mapping[str, Column], handling: str) -> list[Finding]:
    """Find the numbers outside the declared range of their column, as infinite ones always are, then the fractions."""
    outside, fractions = list[Finding](), list[Finding]()
    for name in (name for name in part.headers if columns[name].is_number):
        column, cells = columns[name], nw.col(name)
        low = -math.inf if column.low is None else column.low
        high = math.inf if column.high is None else column.high
        if (rows := part.rows((cells < low) | (cells > high) | (cells.abs() == math.inf), name)).shape[0]:
            details = {"range": f"{low:g} … {high:g}".replace("-inf", "−∞").replace("inf", "∞")}
            outside.append(Finding("out_of_range", part.place(name), handling, rows, details))
        broken = (cells != cells.round(0)) & ~cells.is_null()
        if column.whole and (rows := part.rows(broken, name)).shape[0]:
            fractions.append(Finding("not_whole", part.place(name), handling, rows))
    return outside + fractions


def _settle_duplicates(part: Part, handling: str) -> tuple[Part, list[Finding]]:
    """Return a part with one row a customer, and the rows that were too many.

    `handling` is ``first``, ``sum`` (of a monthly part), ``quarantine`` or ``error``.
    """
    if part.frame[ID].n_unique() == part.frame.shape[0]:
        return part, []
    findings: list[Finding] = []
    frame, column = part.frame, next(iter(part.headers)) if part.monthly else None
    if not part.monthly:
        doubled = frame.filter(frame[ID].is_duplicated())
        kept = doubled.unique([ID, *part.headers], keep="first", maintain_order=True)[LINE].to_list()
        repeated = list_rows(doubled.filter(~nw.col(LINE).is_in(kept)))
        if repeated.shape[0]:
            findings.append(Finding("repeated_row", part.place(), "first", repeated))
            frame = frame.filter(~nw.col(LINE).is_in(repeated[LINE].to_list()))
    again = ~frame[ID].is_first_distinct() if handling == "first" else frame[ID].is_duplicated()
    if again.any():
        rows = list_rows(frame.filter(again), nw.col(column) if column else None)
        findings.append(
            Finding("duplicate_month" if part.monthly else "duplicate_id", part.place(column), handling, rows)
        )
        if handling == "sum":
            sums = nw.col(LINE).min(), nw.col(column).sum(), nw.col(column).count().alias(SEEN)
            given = nw.when(nw.col(SEEN) > 0).then(nw.col(column))  # a sum of empty cells would be 0
            frame = frame.group_by(ID).agg(*sums).sort(LINE).select(LINE, ID, given.alias(column))
        else:
            frame = frame.filter(~again)
    return replace(part, frame=frame), findings
