"""Divides large exports into portions of whole customers, which are read like exports of their own.

All files are read once, some rows at a time, and each row is put into the portion of its customer: so many customers
each, in the order of the main export. What a row lies in, its line, goes with it.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retention.errors import UserError
from retention.tables.columns import ID
from retention.tables.mending import Kind
from retention.tables.reading import LINE, Opened, Table, list_wanted, open_export, parse_pieces
from retention.tables.settings import MAIN, MONTH, TableSettings

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Divided:
    """One export in portions."""

    name: str
    file: str
    columns: int
    rows: int
    nameless: tuple[int, ...]
    unended: int | None  # rows, counted from 0
    lines: Numbers | None  # the line of each row, None where it is the row's number and two more
    periods: tuple[str, ...] | None

    def find_lines(self, rows: Numbers) -> Numbers:
        """Return the lines of rows."""
        return rows + 2 if self.lines is None else self.lines[rows]


@dataclass(frozen=True)
class Division:
    """Exports in portions, on disk."""

    folder: Path
    exports: tuple[_Divided, ...]
    count: int  # how many portions
    backend: str

    def read(self, number: int) -> dict[str, Table]:
        """Return a portion's exports; rows without a customer whom the main export has are in the first one."""
        return {export.name: self._read(export, number) for export in self.exports}

    def _read(self, export: _Divided, number: int) -> Table:
        with pa.OSFile(str(_place(self.folder, export.name, number))) as file:
            table = pa.ipc.open_stream(file).read_all().unify_dictionaries()
        lines = export.find_lines(table[LINE].to_numpy())
        frame = nw.from_arrow(table.set_column(0, LINE, pa.array(lines)), backend=self.backend)
        nameless: tuple[int, ...] = ()
        unended = None
        if number == 0:
            nameless = tuple(export.find_lines(np.array(export.nameless, dtype=np.int64)).tolist())
            unended = None if export.unended is None else int(export.find_lines(np.array([export.unended]))[0])
        return Table(
            export.name, export.file, frame, nameless, export.rows, export.columns, (), (), unended, export.periods
        )


def _place(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}.{number}.arrow"


def divide_exports(folder: Path, settings: TableSettings, backend: str, into: Path, rows: int) -> Division | None:
    """Divide the exports in `folder`, without labels, into portions of `rows` customers each, which lie in `into`.

    Returns
    -------
    Division or None
        None if they are small, or are not what is declared: then they are to be read at once, which says why.
    """
    try:
        wanted = list_wanted(settings, labelled=False)
        opened = {
            name: open_export(folder / settings.exports[name].file, name, settings.exports[name], kinds)
            for name, kinds in wanted.items()
        }
        if opened[MAIN].scan.lines - 1 <= rows:
            return None
        ids = pd.Index(pd.unique(np.concatenate(list(_list_ids(opened[MAIN], {ID: settings.ids})))))
        count = -(-len(ids) // rows)
        divided = tuple(_divide(name, opened[name], wanted[name], ids, into, (rows, count)) for name in wanted)
    except (UserError, OSError, pa.ArrowInvalid):
        return None
    return Division(into, divided, count, backend)


def _list_ids(opened: Opened, kinds: Mapping[str, Kind]) -> Iterator[Numbers]:
    for piece in parse_pieces(opened, kinds, as_text=True):
        yield _number_ids(piece[ID].drop_null())


def _number_ids(ids: pa.ChunkedArray) -> Numbers:
    """Return ids that are whole numbers as they are, others as hashes: two that collide are only put together."""
    if pa.types.is_integer(ids.type):
        return np.asarray(ids.to_numpy())
    return pd.util.hash_array(ids.to_numpy(zero_copy_only=False), categorize=False).view(np.int64)


def _divide(
    name: str, opened: Opened, kinds: Mapping[str, Kind], ids: pd.Index, into: Path, size: tuple[int, int]
) -> _Divided:
    try:
        return _write_portions(name, opened, kinds, ids, into, size, as_text=False)
    except pa.ArrowInvalid:  # the same second look at numbers as they are written
        return _write_portions(name, opened, kinds, ids, into, size, as_text=True)


def _write_portions(
    name: str,
    opened: Opened,
    kinds: Mapping[str, Kind],
    ids: pd.Index,
    into: Path,
    size: tuple[int, int],
    *,
    as_text: bool,
) -> _Divided:
    rows, count = size
    seen, nameless, periods = 0, [], set()
    with ExitStack() as stack:
        writers: list[pa.ipc.RecordBatchStreamWriter] = []
        for piece in parse_pieces(opened, kinds, as_text=as_text):
            table = piece.add_column(0, LINE, pa.array(np.arange(seen, seen + len(piece), dtype=np.int64)))
            seen += len(piece)
            if MONTH in kinds:
                periods |= {text for text in pc.unique(table[MONTH]).to_pylist() if text is not None}
            if table[ID].null_count:
                named = pc.is_valid(table[ID])
                nameless += table[LINE].filter(pc.invert(named)).to_pylist()
                table = table.filter(named)
            writers = writers or [
                stack.enter_context(pa.ipc.new_stream(str(_place(into, name, number)), table.schema))
                for number in range(count)
            ]
            _hand_out(table, np.maximum(ids.get_indexer(pd.Index(_number_ids(table[ID]))), 0) // rows, writers)
    lines = None if opened.scan.lines == seen + 1 else opened.find_lines(seen, kinds)
    columns, unended = len(opened.header), None if opened.ended else seen - 1
    found = tuple(sorted(periods)) if MONTH in kinds else None
    return _Divided(name, opened.path.name, columns, seen, tuple(nameless), unended, lines, found)


def _hand_out(table: pa.Table, portion: Numbers, writers: list[pa.ipc.RecordBatchStreamWriter]) -> None:
    """Write each row to its portion, in the order of the file."""
    order = np.argsort(portion, kind="stable")
    table = table.take(pa.array(order))
    numbers, starts = np.unique(portion[order], return_index=True)
    for number, start, end in zip(numbers, starts, [*starts[1:], len(order)], strict=True):
        writers[number].write_table(table.slice(start, end - start))
