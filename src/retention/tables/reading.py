"""Reads one export: typed and fast when it is as declared, else an explanation of what is not.

Every file is parsed by Arrow, whatever the backend, so that both backends see the same cells.
"""

import codecs
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from retention.tables.columns import ID
from retention.tables.diagnosis import check_header, decode, explain_no_rows, explain_rows, refuse_binary
from retention.tables.scan import scan_file
from retention.tables.schema import Export

LINE = "line"
"""The column with the 1-based line of the file on which a row ends."""
Kind = Literal["integer", "text", "label", "number"]
_TYPES = {
    "integer": pa.int64(),
    "text": pa.string(),
    "label": pa.dictionary(pa.int32(), pa.string()),
    "number": pa.float64(),
}


@dataclass(frozen=True)
class Table:
    """One export as it was read.

    Parameters
    ----------
    name, file : str
        Its key in the settings and its file's name.
    frame : nw.DataFrame
        `LINE`, the id and the wanted columns, under canonical names; labels are spelled as in the file.
    nameless : tuple of int
        The lines that have no id; they are not in `frame`.
    rows, columns : int
        Size of the whole file, without its header.
    unused : tuple of str
        Headers that no canonical column is made of.
    """

    name: str
    file: str
    frame: nw.DataFrame[Any]
    nameless: tuple[int, ...]
    rows: int
    columns: int
    unused: tuple[str, ...]


def read_table(path: Path, name: str, export: Export, kinds: Mapping[str, Kind], backend: str) -> Table:
    """Read one export.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The export's key in the settings.
    export : Export
        How the file is declared.
    kinds : mapping of str to Kind
        The canonical columns to read and what their cells are; others are left out.
    backend : str
        ``pandas`` or ``polars``.

    Raises
    ------
    UserError
        If the file is not what is declared: the sentence names file, row, column and remedy.
    """
    scan = scan_file(path)
    refuse_binary(scan, path.name, export)
    transcoded = None
    if codecs.lookup(export.encoding).name not in ("utf-8", "utf-8-sig"):
        transcoded = decode(path.read_bytes(), path.name, name, export).encode()
    header = check_header(scan.head if transcoded is None else transcoded, path.name, name, export, list(kinds))
    try:
        table = _parse(path if transcoded is None else transcoded, scan.quoted, export, kinds)
    except pa.ArrowInvalid as error:
        content = path.read_bytes() if transcoded is None else transcoded
        raise explain_rows(content, path.name, name, export, kinds, str(error)) from None
    lines = _count_lines(path, scan.lines, table.num_rows, export)
    if not table.num_rows:
        raise explain_no_rows(path.name)
    table = table.rename_columns(list(kinds)).add_column(0, LINE, pa.array(lines))
    named = pc.is_valid(table[ID])
    nameless = table[LINE].filter(pc.invert(named)).to_pylist()
    frame = nw.from_arrow(table.filter(named) if nameless else table, backend=backend)
    wanted = {export.headers[column] for column in kinds}
    unused = tuple(item for item in header if item not in wanted)
    return Table(name, path.name, frame, tuple(nameless), len(lines), len(header), unused)


def _parse(source: Path | bytes, quoted: bool, export: Export, kinds: Mapping[str, Kind]) -> pa.Table:
    """Parse with the declared types; ArrowInvalid says that the file is otherwise, but seldom where."""
    types = {export.headers[column]: _TYPES[kind] for column, kind in kinds.items()}
    table = pacsv.read_csv(
        pa.BufferReader(source) if isinstance(source, bytes) else str(source),
        parse_options=pacsv.ParseOptions(delimiter=export.separator, newlines_in_values=quoted),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=list(export.empty),
            strings_can_be_null=True,
            decimal_point=export.decimal,
        ),
    )
    for header, kind in types.items():
        # Arrow reads "inf" and numbers that are too large for a float.
        if kind == pa.float64() and pc.all(pc.is_finite(table[header])).as_py() is False:
            raise pa.ArrowInvalid(f'"{header}" has an infinite number')
    return table


def _count_lines(path: Path, lines: int, rows: int, export: Export) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the line of every row; blank lines and line ends within quotes cost a slow pass."""
    if lines == rows + 1:
        return np.arange(2, rows + 2)
    encoding = "utf-8-sig" if export.encoding.startswith("utf-8") else export.encoding
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=export.separator)
        try:
            slow = [reader.line_num for row in reader if row][1:]
        except csv.Error:  # a cell longer than csv allows; Arrow has read it
            slow = []
    # They may also disagree about what a blank line is in a file of one column: then rows are numbered as if none were.
    return np.array(slow if len(slow) == rows else range(2, rows + 2), dtype=np.int64)
