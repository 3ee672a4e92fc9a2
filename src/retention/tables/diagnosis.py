"""Says what is wrong with a file that is not what the settings declare: where, and what to do.

This is the slow way, taken only when the fast one has failed (or for a header), so it goes row by row.
"""

import codecs
import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from retention.errors import UserError
from retention.tables.columns import ID, TARGET
from retention.tables.mending import Kind, bare_number, clean, fold, is_readable, show, tidy
from retention.tables.months.dates import follow_dates
from retention.tables.scan import Scan, split_line
from retention.tables.settings import Export

_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
}
NO_ROWS = "{file} has a header and no rows: export it again."
_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def refuse_foreign(scan: Scan, file: str) -> None:
    """Raise if a file is empty or begins like a known format that is no text.

    Raises
    ------
    UserError
        With what it is.
    """
    if not scan.head.strip():
        raise UserError(f"{file} is empty: export it again.")
    for magic, what in _FOREIGN.items():
        if scan.head.startswith(magic):
            raise UserError(f"{file} is not a text file but {what}: export it as CSV.")


def refuse_binary(scan: Scan, file: str, export: Export) -> None:
    """Raise a `UserError` as `refuse_foreign`, and if a file is in utf-16 or holds zero bytes where nothing says so."""
    refuse_foreign(scan, file)
    wide = "16" in export.encoding or "32" in export.encoding
    if not wide and scan.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{file} is text in utf-16 and not in {export.encoding}: export it in {export.encoding}.")
    if not wide and scan.zero_row is not None:
        raise UserError(
            f"{file}, row {scan.zero_row}: there is a zero byte, so this is not a text file: export it as CSV."
        )


def decode(content: bytes, file: str, name: str, export: Export) -> str:
    """Return the file as text, in the declared encoding.

    Raises
    ------
    UserError
        If it is written in another encoding.
    """
    try:
        return content.decode(export.codec)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{file}, row {row}: this is not text in {export.encoding}{_other_encoding(content, export)}: "
            f"export it in {export.encoding} or set tables.exports.{name}.encoding."
        ) from None


def _other_encoding(content: bytes, export: Export) -> str:
    for encoding in ("utf-8", "utf-16", "cp1251"):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if any(header in text for header in export.headers.values() if not header.isascii()):
            return f" (it looks like {encoding})"
    return ""


def check_header(
    content: bytes, file: str, name: str, export: Export, wanted: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Return the headers of the file, and for each canonical column the one that is its own.

    Blanks, invisible characters and case make no difference, where no two headers are alike then. `content` is the file
    or its beginning, in UTF-8; `name` is the export's key in the settings; `wanted` are the canonical columns that it
    must have. A wanted header that is missing or could be one of two, or another separator, is a `UserError`.
    """
    first = re.split(rb"[\r\n]", content[: 1 << 20].lstrip(b"\r\n"), maxsplit=1)[0]
    line = decode(first, file, name, export.model_copy(update={"encoding": "utf-8"}))
    header = split_line(line, export.separator)
    export = export.model_copy(update={"headers": follow_dates(export, header)})
    alike = {column: _find_alike(export.headers[column], header, export) for column in wanted}
    lacking = [column for column in wanted if not alike[column]]
    if lacking:
        _refuse_separator(line, header, file, name, export)
        _refuse_twice_encoded(line, file, export)
        raise _explain_lacking(lacking, header, file, name, export)
    for column, items in alike.items():
        if len(set(items)) > 1:
            both = " and ".join(f'"{show(item)}"' for item in items)
            meant = export.headers[column]
            raise UserError(f'{file}, row 1: {both} could both be the column "{meant}": leave or rename one of them.')
        if len(items) > 1:
            raise UserError(f'{file}, row 1: the column "{items[0]}" stands {len(items)} times: leave one of them.')
    return header, {column: items[0] for column, items in alike.items()}


def has_header(path: Path, export: Export, column: str) -> bool:
    """Tell whether the first line of a file has the header of `column`."""
    with path.open("rb") as file:
        head = file.read(1 << 20).decode(export.codec, errors="replace")
    first = re.split("[\r\n]", head.lstrip("\r\n"), maxsplit=1)[0]
    return bool(_find_alike(export.headers[column], split_line(first, export.separator), export))


def _find_alike(declared: str, header: Sequence[str], export: Export) -> list[str]:
    """Return the headers that a person would take for the declared one and that are declared for no other column."""
    others = [other for other in export.headers.values() if other != declared]
    same = fold(declared) if fold(declared) not in map(fold, others) else None
    return [item for item in header if item == declared or (item not in others and fold(item) == same)]


def _refuse_separator(line: str, header: Sequence[str], file: str, name: str, export: Export) -> None:
    """Raise if another separator would give more of the declared headers."""
    declared = set(map(fold, export.headers.values()))

    def matches(separator: str) -> int:
        return len(declared & set(map(fold, split_line(line, separator))))

    best = max(_SEPARATORS, key=matches)
    if matches(best) > len(declared & set(map(fold, header))):
        there, here = _SEPARATORS[best], _SEPARATORS.get(export.separator, f'"{export.separator}"')
        raise UserError(
            f"{file}, row 1: the columns are separated by {there} and not by {here}: "
            f"export it with {here} or set tables.exports.{name}.separator."
        )


def _refuse_twice_encoded(line: str, file: str, export: Export) -> None:
    """Raise if declared headers appear when the line is taken back through another encoding."""
    for encoding in ("latin-1", "cp1252", "cp1251"):
        try:
            once = line.encode(encoding).decode()
        except UnicodeError:
            continue
        if any(header in once for header in export.headers.values() if not header.isascii()):
            raise UserError(
                f"{file}, row 1: the text was encoded twice (utf-8 was taken for {encoding}): export it in utf-8 once."
            )


def _explain_lacking(lacking: Sequence[str], header: Sequence[str], file: str, name: str, export: Export) -> UserError:
    column = lacking[0]
    wanted = export.headers[column]
    free = [item for item in header if item not in export.headers.values()]
    near = difflib.get_close_matches(wanted, free, n=1)
    columns = ", ".join(f'"{show(item, 30)}"' for item in header[:5]) + ("…" if len(header) > 5 else "")
    there = f'the nearest is "{show(near[0])}"' if near else f"its columns are {columns}"
    more = f", nor {len(lacking) - 1} more of those declared" if len(lacking) > 1 else ""
    later = ", or say --month if labels come later" if column == TARGET else ""
    return UserError(
        f'{file}, row 1: there is no column "{wanted}" ({there}){more}: '
        f"rename it in the export or set tables.exports.{name}.headers.{column}{later}."
    )


def explain_rows(
    content: bytes, file: str, name: str, export: Export, kinds: Mapping[str, Kind], complaint: str
) -> UserError:
    """Return the error for the first row that cannot be read.

    `content` is in UTF-8; `name` is the export's key in the settings; `kinds` say what the cells of a canonical column
    are; `complaint` is what the parser said, for the case that nothing is found.
    """
    text = decode(content, file, name, export.model_copy(update={"encoding": "utf-8"}))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=export.separator, strict=True)
    before = 0
    try:
        header = next(row for row in reader if row)
        for row in reader:
            problem = row and _explain_row(row, header, name, export, kinds)
            if problem:
                return UserError(f"{file}, row {reader.line_num}{problem}")
            before = reader.line_num
    except csv.Error as error:
        return UserError(f"{file}, row {before + 1}: the quotes are not closed or misplaced ({error}): mend the row.")
    if not before:
        return UserError(NO_ROWS.format(file=file))
    return UserError(f"{file} cannot be read as CSV ({' '.join(complaint.split())}): export it again.")


def could_be_row(row: Sequence[str], header: Sequence[str], export: Export, kinds: Mapping[str, Kind]) -> bool:
    """Tell whether `row` has as many cells as the header, an id, and numbers where numbers must be."""
    return not _explain_row(row, header, "", export, kinds) and bool(row[header.index(export.headers[ID])])


def _explain_row(
    row: Sequence[str], header: Sequence[str], name: str, export: Export, kinds: Mapping[str, Kind]
) -> str:
    """Return the end of a sentence about what is wrong in `row`, or an empty string."""
    if len(row) != len(header):
        return (
            f" has {len(row)} column{'s' * (len(row) != 1)} where the header has {len(header)}: mend the row "
            f'(a "{export.separator}" within a cell must stand in quotes).'
        )
    for column, kind in kinds.items():
        at = header.index(export.headers[column])
        cell = tidy(row[at], kind)
        if kind == "number":
            cell = bare_number(cell, export.decimal, export.thousands, export.signs)
        counted = kind in ("integer", "number") and cell not in ("", *export.empty)
        if counted and not is_readable(cell, kind, export.decimal):
            said = f'"{show(clean(row[at]))}" is not {_advise(cell, kind, name, export)}'
            return f', column "{header[at]}": {said}'
    return ""


def _advise(cell: str, kind: Kind, name: str, export: Export) -> str:
    if kind == "integer":
        return "a whole number: mend the cell, or set tables.ids to text."
    other = "," if export.decimal == "." else "."
    if is_readable(cell, kind, other):
        return (
            f'a number with the decimal mark "{export.decimal}": export it with that mark '
            f"or set tables.exports.{name}.decimal."
        )
    if is_readable(cell.replace(" ", ""), kind, export.decimal):
        return "a number: export numbers without spaces."
    return "a number: mend the cell, or empty it where there is no value."
