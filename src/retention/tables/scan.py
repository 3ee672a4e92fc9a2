"""What a file's bytes and lines say, whatever the parser makes of them."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from retention.errors import UserError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What a file's bytes say."""

    head: bytes  # its beginning, at most 1 MB
    lines: int  # how many lines it has, a last one without an end included
    quoted: bool  # whether there is a quotation mark
    rounded: bool  # whether there could be a number such as ``5.11E+03``
    zero_row: int | None  # the 1-based line with the first zero byte
    ended: bool  # whether its last byte is a line end


def scan_file(path: Path) -> Scan:
    """Look through a file without keeping it.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    ends, quoted, rounded, zero_row, head, last = 0, False, False, None, b"", b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if zero_row is None and (at := chunk.find(b"\0")) >= 0:
                    zero_row = ends + chunk.count(b"\n", 0, at) + 1
                ends += chunk.count(b"\n")
                quoted = quoted or b'"' in chunk
                edge = last + chunk[:1]  # a chunk may end within the mark
                rounded = rounded or any(mark in part for mark in (b"E+", b"e+") for part in (chunk, edge))
                head, last = head or chunk, chunk[-1:]
    except OSError as error:
        raise UserError(f"{path.name} cannot be read ({error.strerror}): check the file and its rights.") from None
    return Scan(head, ends + (last != b"\n"), quoted, rounded, zero_row, last in b"\r\n")


def split_line(line: str, separator: str) -> list[str]:
    """Return the cells of one line; none if it holds a cell that is too long for a table (131,072 characters)."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def count_lines(path: Path, encoding: str, separator: str, is_row: Callable[[Sequence[str]], bool]) -> Iterator[int]:
    """Yield the line on which each row ends, the header's included; blank lines are no rows.

    `is_row` tells whether cells could be a row. If quotes run over a line end and swallow one, that is a `UserError`:
    it would be lost, and nothing would say so.
    """
    seen: list[str] = []

    def note(lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            seen.append(line)
            yield line

    before = 0
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(note(file), delimiter=separator)
        try:
            for row in reader:
                quoted = (split_line(line, separator) for line in seen[1:])
                stray = ([cell.strip('"') for cell in line.rstrip("\r\n").split(separator)] for line in seen[1:])
                if any(map(is_row, quoted)) or any(map(is_row, stray)):
                    raise UserError(
                        f"{path.name}, row {before + 1}: a quotation mark runs on to row {reader.line_num} and joins "
                        "rows into one: take it away, or close it on its own row."
                    )
                before = reader.line_num
                seen.clear()
                if row:
                    yield before
        except csv.Error as error:
            raise UserError(
                f"{path.name}, row {before + 1}: the quotes are misplaced ({error}): mend the row."
            ) from None
