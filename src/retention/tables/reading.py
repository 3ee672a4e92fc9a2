"""Reads the exports: typed and fast where they are as declared, else an explanation of what is not.

Every file is parsed by Arrow, whatever the backend, so that both backends see the same cells.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from retention.errors import UserError, name_nearest
from retention.tables.columns import ID, TARGET
from retention.tables.diagnosis import NO_ROWS, check_header, could_be_row, decode, explain_rows, refuse_binary
from retention.tables.mending import Kind, Mended, bare_number, empty_blanks, find_rounded, mend_cells
from retention.tables.months.dates import follow_dates
from retention.tables.months.periods import list_dated
from retention.tables.scan import Scan, count_lines, scan_file
from retention.tables.settings import MAIN, MONTH, VALUE, Export, TableSettings

T = TypeVar("T")
LINE = "line"  # the column with the 1-based line of the file on which a row ends
_TYPES = {
    "integer": pa.string(),  # which Arrow would read as hexadecimal, too, if it were left to it
    "text": pa.string(),
    "label": pa.dictionary(pa.int32(), pa.string()),
    "number": pa.float64(),
}


@dataclass(frozen=True)
class Table:
    """One export as it was read."""

    name: str  # its key in the settings
    file: str
    frame: nw.DataFrame[Any]  # `LINE`, the id, the wanted columns by canonical name; labels spelled as in the file
    nameless: tuple[int, ...]  # the lines that have no id; they are not in `frame`
    rows: int  # of the whole file, without its header
    header: tuple[str, ...]
    unended: int | None  # the last line, if the file ends within it
    mended: tuple[Mended, ...] = ()  # what was read otherwise than it is written; `places` are lines
    periods: tuple[str, ...] | None = None  # of the whole file, if this is a portion (`tables.portions`) by month


def read_exports(folder: Path, settings: TableSettings, backend: str, labelled: bool) -> dict[str, Table]:
    """Read the exports in `folder`.

    The backend, ``pandas`` or ``polars``, changes nothing in the result. Where customers' activity is to be predicted,
    `labelled` is False: the label's column may then be absent. The files are by their keys in the settings, the main
    one first. One that is missing or is not what is declared is a `UserError`.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: name the folder with the exports.")
    present = sorted(path.name for path in folder.iterdir() if path.is_file())
    for name, export in settings.exports.items():
        if export.file not in present and (labelled or set(export.columns) != {TARGET}):
            if months := list_dated(folder):
                raise UserError(
                    f"{folder} has folders of months and no exports of its own: name one of them, as "
                    f"{folder / months[-1]}; `check`, `use` and `month` want --month {months[-1]} too."
                )
            near = name_nearest(export.file, present)
            raise UserError(
                f"{export.file} is missing in {folder}{near}: put it there or set tables.exports.{name}.file."
            )
    return {
        name: read_export(folder / settings.exports[name].file, name, settings.exports[name], kinds, backend)
        for name, kinds in list_wanted(settings, labelled).items()
    }


def list_wanted(settings: TableSettings, labelled: bool) -> dict[str, dict[str, Kind]]:
    """Return the exports to read by key, the main one first: canonical columns and what their cells are."""
    order = sorted(settings.exports, key=lambda name: name != MAIN)
    wanted = {name: _kinds(settings.exports[name], settings, labelled) for name in order}
    return {name: kinds for name, kinds in wanted.items() if len(kinds) > 1}


def _kinds(export: Export, settings: TableSettings, labelled: bool) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {ID: settings.ids}
    if export.months:
        return kinds | {MONTH: "label", VALUE: "number"}
    wanted = [column for column in export.columns if labelled or column != TARGET]
    return kinds | {column: "number" if settings.columns[column].is_number else "label" for column in wanted}


@dataclass(frozen=True)
class Opened:
    """An export whose header is as declared."""

    path: Path
    source: Path | bytes  # the file, or its text in UTF-8
    scan: Scan  # of the file; its beginning and whether it has ended, of the text in UTF-8
    header: tuple[str, ...]
    export: Export  # with the headers as they are written
    mended: tuple[Mended, ...]  # of its header

    def find_lines(self, rows: int, kinds: Mapping[str, Kind]) -> NDArray[np.int64]:
        """Return the line of every row; blank lines and line ends within quotes cost a slow pass."""
        if self.scan.lines == rows + 1:
            return np.arange(2, rows + 2)
        is_row = partial(could_be_row, header=self.header, export=self.export, kinds=kinds)
        slow = list(count_lines(self.path, self.export.codec, self.export.separator, is_row))[1:]
        # They may disagree about what a blank line is in a file of one column: then rows are numbered as if none were.
        return np.array(slow if len(slow) == rows else range(2, rows + 2), dtype=np.int64)


def open_export(path: Path, name: str, export: Export, kinds: Mapping[str, Kind]) -> Opened:
    """Look through a file and at its header; see `read_export`."""
    scan = scan_file(path)
    refuse_binary(scan, path.name, export)
    source: Path | bytes = path
    if export.codec != "utf-8-sig":
        source = decode(path.read_bytes(), path.name, name, export).encode()
        scan = replace(scan, head=source, ended=source.endswith((b"\n", b"\r")))
    header, names = check_header(scan.head, path.name, name, export, list(kinds))
    meant = follow_dates(export, header)
    mended = tuple(
        Mended("repaired_header", column, meant[column], item)
        for column, item in names.items()
        if item != meant[column]
    )
    written = export.model_copy(update={"headers": names})
    return Opened(path, source, scan, tuple(header), written, mended)


def read_export(path: Path, name: str, export: Export, kinds: Mapping[str, Kind], backend: str) -> Table:
    """Read one export.

    `name` is the export's key in the settings; `kinds` are the canonical columns to read and what their cells are:
    others are left out.

    Raises
    ------
    UserError
        If the file is not what is declared: the sentence names file, row, column and remedy.
    """
    opened = open_export(path, name, export, kinds)
    try:
        table, more = _parse(opened, kinds)
    except pa.ArrowInvalid as error:
        content = path.read_bytes() if isinstance(opened.source, Path) else opened.source
        raise explain_rows(content, path.name, name, opened.export, kinds, str(error)) from None
    lines = opened.find_lines(table.num_rows, kinds)
    if not table.num_rows:
        raise UserError(NO_ROWS.format(file=path.name))
    mended = [*opened.mended, *(replace(item, places=tuple(lines[list(item.places)].tolist())) for item in more)]
    table = table.add_column(0, LINE, pa.array(lines))
    named = pc.is_valid(table[ID])
    nameless = table[LINE].filter(pc.invert(named)).to_pylist()
    frame = nw.from_arrow(table.filter(named) if nameless else table, backend=backend)
    unended = None if opened.scan.ended else int(lines[-1])
    return Table(name, path.name, frame, tuple(nameless), len(lines), opened.header, unended, tuple(mended))


def _parse(opened: Opened, kinds: Mapping[str, Kind]) -> tuple[pa.Table, list[Mended]]:
    """Return canonical columns with the declared types, and what was mended.

    ArrowInvalid says that the file is otherwise, but seldom where.
    """
    try:
        table, numbers = _parse_as(opened, kinds, False, pacsv.read_csv), False
    except pa.ArrowInvalid:  # which costs a second look, at numbers as they are written
        table, numbers = _parse_as(opened, kinds, True, pacsv.read_csv), True
    return _mend_columns(table, opened.export, kinds, numbers)


def parse_pieces(opened: Opened, kinds: Mapping[str, Kind], *, as_text: bool) -> Iterator[pa.Table]:
    """Yield the rows of a file some at a time, with the declared types; with `as_text` numbers are mended, too.

    ArrowInvalid says that the file is otherwise.
    """
    with _parse_as(opened, kinds, as_text, pacsv.open_csv) as pieces:
        for piece in pieces:
            yield _mend_columns(pa.Table.from_batches([piece]), opened.export, kinds, as_text)[0]


def _mend_columns(
    table: pa.Table, export: Export, kinds: Mapping[str, Kind], numbers: bool
) -> tuple[pa.Table, list[Mended]]:
    """Return canonical columns with their types; `numbers` says whether numbers are texts so far, as ids are."""
    table, mended = table.rename_columns(list(kinds)), []
    for at, (column, kind) in enumerate(kinds.items()):
        cells = table[column]
        if kind in ("integer", "text") or (numbers and kind == "number"):
            if kind == "number":
                mended += find_rounded(cells, column)
                cells = _bare_numbers(cells, export)
            cells, found = mend_cells(cells, column, kind, export.decimal, export.empty)
            mended += found
        if kind == "label":
            cells = empty_blanks(cells, export.empty)
        if kind == "number" and pc.any(pc.is_nan(cells)).as_py():
            cells = pc.if_else(pc.is_nan(cells), None, cells)
        table = table.set_column(at, column, cells)
    return table, mended


def _bare_numbers(cells: pa.ChunkedArray, export: Export) -> pa.ChunkedArray:
    """Return numbers as they are written, without the declared signs and marks between thousands."""
    if not (export.thousands or export.signs):
        return cells
    written = cells.combine_chunks().dictionary_encode()
    texts = written.dictionary.to_pylist()
    bare = [bare_number(text, export.decimal, export.thousands, export.signs) for text in texts]
    return pa.chunked_array([pa.array(bare, pa.string()).take(written.indices)])


def _parse_as(opened: Opened, kinds: Mapping[str, Kind], as_text: bool, parse: Callable[..., T]) -> T:
    """Return what Arrow's `parse` makes of a file; numbers as text are typed by `_mend_columns`."""
    export, source = opened.export, opened.source
    if not as_text and (opened.scan.rounded or export.thousands or export.signs):
        raise pa.ArrowInvalid("numbers may be rounded, or are written with more than digits and a mark")
    types = {
        export.headers[column]: _TYPES["text" if as_text and kind == "number" else kind]
        for column, kind in kinds.items()
    }
    return parse(
        pa.BufferReader(source) if isinstance(source, bytes) else str(source),
        parse_options=pacsv.ParseOptions(delimiter=export.separator, newlines_in_values=opened.scan.quoted),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=list(export.empty),
            strings_can_be_null=True,
            decimal_point=export.decimal,
        ),
    )
