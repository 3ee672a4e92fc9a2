"""Divides large exports into portions of whole customers, which are read like exports of their own.

All files are read some rows at a time, the main export first for its ids, and each row is put into the portion of its
customer: so many customers each, in the order of the main export. What a row lies in, its line, goes with it.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
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
from retention.tables.settings import MAIN, MONTH, Export, TableSettings

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Divided:
    """One export in portions."""

    whole: Table  # what is the same in all of them; its frame is empty
    lines: Numbers | None  # the line of each row, None where it is the row's number and two more


@dataclass(frozen=True)
class Division:
    """Exports in portions, on disk."""

    folder: Path
    exports: tuple[_Divided, ...]
    count: int  # how many portions
    backend: str

    def read(self, number: int) -> dict[str, Table]:
        """Return a portion's exports; rows without a customer whom the main export has are in the first one."""
        return {export.whole.name: self._read(export, number) for export in self.exports}

    def _read(self, export: _Divided, number: int) -> Table:
        with pa.OSFile(str(_place(self.folder, export.whole.name, number))) as file:
            cells = pa.ipc.open_stream(file).read_all().unify_dictionaries()
        lines = pa.array(_find_lines(cells[LINE].to_numpy(), export.lines))
        frame = nw.from_arrow(cells.set_column(0, LINE, lines), backend=self.backend)
        table = replace(export.whole, frame=frame)
        return replace(table, nameless=(), unended=None) if number else table


def _find_lines(rows: Numbers, lines: Numbers | None) -> Numbers:
    """Return the lines of rows, which are counted from 0."""
    return rows + 2 if lines is None else lines[rows]


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
        opened = {}
        for name, kinds in wanted.items():
            path, export = _find_utf8(folder, settings.exports[name], into / "utf-8")
            opened[name] = open_export(path, name, export, kinds)
        if opened[MAIN].scan.lines - 1 <= rows:
            return None
        pieces = parse_pieces(opened[MAIN], {ID: settings.ids}, as_text=True)
        ids = pd.Index(pd.unique(np.concatenate([_number_ids(piece[ID].drop_null()) for piece in pieces])))
        divided = tuple(_divide(name, opened[name], wanted[name], ids, rows, into) for name in wanted)
    except (UserError, OSError, UnicodeDecodeError, pa.ArrowInvalid):
        return None
    return Division(into, divided, -(-len(ids) // rows), backend)


def _find_utf8(folder: Path, export: Export, into: Path) -> tuple[Path, Export]:
    """Return where an export lies in UTF-8: one in another encoding is written there, a part of it at a time."""
    if export.codec == "utf-8-sig":
        return folder / export.file, export
    into.mkdir(exist_ok=True)
    with (
        (folder / export.file).open(encoding=export.encoding, newline="") as read,
        (into / export.file).open("w", encoding="utf-8", newline="") as written,
    ):
        shutil.copyfileobj(read, written, 1 << 20)
    return into / export.file, export.model_copy(update={"encoding": "utf-8"})


def _number_ids(ids: pa.ChunkedArray) -> Numbers:
    """Return ids that are whole numbers as they are, others as hashes: two that collide are only put together."""
    if pa.types.is_integer(ids.type):
        return np.asarray(ids.to_numpy())
    return pd.util.hash_array(ids.to_numpy(zero_copy_only=False), categorize=False).view(np.int64)


def _divide(name: str, opened: Opened, kinds: Mapping[str, Kind], ids: pd.Index, rows: int, into: Path) -> _Divided:
    """Write the rows of an export to the portions of their customers, `rows` of whose `ids` are in each."""
    places = [_place(into, name, number) for number in range(-(-len(ids) // rows))]
    try:
        seen, bare, periods = _write_portions(parse_pieces(opened, kinds, as_text=False), ids, rows, places)
    except pa.ArrowInvalid:  # the same second look at numbers as they are written
        seen, bare, periods = _write_portions(parse_pieces(opened, kinds, as_text=True), ids, rows, places)
    if not seen:
        raise pa.ArrowInvalid("no rows")  # which are told of where the whole is read
    lines = None if opened.scan.lines == seen + 1 else opened.find_lines(seen, kinds)
    nameless, (last,) = (_find_lines(np.array(some, dtype=np.int64), lines).tolist() for some in (bare, [seen - 1]))
    whole = Table(
        name=name,
        file=opened.path.name,
        frame=nw.from_arrow(pa.table({}), backend="pyarrow"),
        nameless=tuple(nameless),
        rows=seen,
        header=opened.header,
        unended=None if opened.scan.ended else last,
        periods=tuple(sorted(periods)) if MONTH in kinds else None,
    )
    return _Divided(whole, lines)


def _write_portions(
    pieces: Iterator[pa.Table], ids: pd.Index, rows: int, places: Sequence[Path]
) -> tuple[int, list[int], set[str]]:
    """Write pieces to files, and return how many rows there are, those without an id, and the periods."""
    seen, nameless, periods = 0, list[int](), set[str]()
    with ExitStack() as stack:
        writers: list[pa.ipc.RecordBatchStreamWriter] = []
        for piece in pieces:
            table = piece.add_column(0, LINE, pa.array(np.arange(seen, seen + len(piece), dtype=np.int64)))
            seen += len(piece)
            if MONTH in piece.column_names:
                periods |= set(pc.unique(table[MONTH]).drop_null().to_pylist())
            named = pc.is_valid(table[ID])
            nameless += table[LINE].filter(pc.invert(named)).to_pylist()
            table = table.filter(named)
            writers = writers or [stack.enter_context(pa.ipc.new_stream(str(one), table.schema)) for one in places]
            _hand_out(table, np.maximum(ids.get_indexer(pd.Index(_number_ids(table[ID]))), 0) // rows, writers)
    return seen, nameless, periods


def _hand_out(table: pa.Table, portion: Numbers, writers: list[pa.ipc.RecordBatchStreamWriter]) -> None:
    """Write each row to its portion, in the order of the file."""
    order = np.argsort(portion, kind="stable")
    table = table.take(pa.array(order))
    numbers, starts = np.unique(portion[order], return_index=True)
    for number, start, end in zip(numbers, starts, [*starts[1:], len(order)], strict=True):
        writers[number].write_table(table.slice(start, end - start))
