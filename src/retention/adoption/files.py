"""Reads any text table as cells: encoding, separator, header, rows and how it writes numbers are found in its bytes."""

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from retention.adoption.lexicon import read_words
from retention.errors import UserError
from retention.tables.diagnosis import NO_ROWS, refuse_foreign
from retention.tables.mending import bare_number, clean, fold, is_readable
from retention.tables.scan import scan_file

_OLD = ("cp1251", "cp1252", "koi8-r", "cp866")


@dataclass(frozen=True)
class Numerals:
    """How numbers are written: the decimal mark, and what parts thousands (empty for nothing)."""

    decimal: str
    thousands: str = ""

    def parse(self, cell: str) -> float:
        """Return the number in a cell; NaN if it holds none that is finite."""
        bare = bare_number(take_sign(cell)[0].replace("−", "-"), self.decimal, self.thousands, ())
        number = float(bare.replace(self.decimal, ".")) if is_readable(bare, "number", self.decimal) else math.nan
        return number if math.isfinite(number) else math.nan


STYLES = tuple(Numerals(*style) for style in (".", ",", ". ", ", ", ".,", ",.", ".'"))
"""Ways of writing numbers, the plainest first."""


def take_sign(cell: str) -> tuple[str, str]:
    """Return a cell without the sign of currency or percent before or behind its number, and that sign."""
    if cell[:1].isdigit() and cell[-1:].isdigit():  # as most are
        return cell, ""
    signs = read_words().signs
    found = re.fullmatch(rf"([+-]?)({signs})?\s*([^a-zа-я]*?)\s*({signs})?", cell, re.IGNORECASE)
    return (found[1] + found[3], found[2] or found[4] or "") if found and re.search(r"\d", found[3]) else (cell, "")


def choose_numerals(columns: Mapping[str, Iterable[str]], separator: str) -> tuple[Numerals, list[str]]:
    """Return the way of writing that makes numbers of most columns, of equals the plainest, and what is not sure.

    The columns are given by header with their different texts; the separator of the file is no decimal mark, and
    neither is a mark behind which three digits stand wherever it stands: that parts thousands.
    """
    known = {*read_words().no_value, *read_words().perhaps_no_value, *read_words().no_number}
    texts = {header: [text for text in column if text not in known] for header, column in columns.items()}
    grouped = {mark: {header: _is_grouped(texts[header], mark) for header in texts} for mark in ",."}
    parting = [mark for mark, told in grouped.items() if True in told.values() and False not in told.values()]

    def read(style: Numerals, column: Sequence[str]) -> float:
        share = sum(not math.isnan(style.parse(text)) for text in column[:1000]) / max(len(column[:1000]), 1)
        return share if share > 0.5 else 0.0

    able = [style for style in STYLES if style.decimal != separator]
    likely = [style for style in able if style.decimal not in parting] or able
    best = max(likely, key=lambda style: round(sum(read(style, column) for column in texts.values()), 6))
    doubts = []
    for header, column in texts.items():
        marks = (best.decimal, *(mark for mark in parting if mark == best.thousands))
        mark = next((mark for mark in marks if grouped[mark][header]), "")
        if mark and not any(text.count(mark) > 1 for text in column):
            taken = "the decimal mark" if mark == best.decimal else "parting thousands"
            doubts.append(f'"{header}": "{mark}" stands before three digits each time; it is read as {taken} # confirm')
        elif not read(best, column) and any(read(style, column) for style in STYLES):
            doubts.append(f'"{header}": its numbers are written in another way than those beside it # confirm')
    return best, doubts


def _is_grouped(texts: Sequence[str], mark: str) -> bool | None:
    """Tell whether a mark stands in numbers as between thousands only; None if it stands in no number."""
    bare = [take_sign(text)[0].lstrip("+-−") for text in texts]
    numbers = [text for text in bare if re.fullmatch(r"\d+([.,]\d*)?|\d{1,3}([.,' ]\d{3})+([.,]\d*)?", text)]
    if len(numbers) <= 0.5 * len(texts) or not any(mark in text for text in numbers):
        return None
    return all(re.fullmatch(rf"\d{{1,3}}|[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+", text) for text in numbers)


@dataclass(frozen=True)
class ExportFile:
    """One file of the exports as it lies there."""

    name: str
    encoding: str
    separator: str
    numerals: Numerals  # how it writes numbers
    cells: pd.DataFrame  # a column a header, without invisible characters and outer blanks; empty for no value
    notes: tuple[str, ...]  # what was left out, and why; what is not sure
    is_ended: bool  # whether its last line has an end
    has_totals: bool = False  # whether a row of totals was left out

    def drop_totals(self, id_header: str) -> "ExportFile":
        """Return the file without rows of totals at its end: they say so, and have no id of a customer."""
        words = read_words()
        totals = [
            at
            for at, row in self.cells.tail(3).iterrows()
            if any(re.fullmatch(words.totals, fold(cell)) for cell in row)
            and (row[id_header] in ("", *words.perhaps_no_value) or re.fullmatch(words.totals, fold(row[id_header])))
        ]
        if not totals:
            return self
        cells = self.cells.drop(index=totals).reset_index(drop=True)
        notes = (*self.notes, "a row of totals at the end is left out")
        return replace(self, cells=cells, notes=notes, has_totals=True)


def read_files(folder: Path) -> list[ExportFile]:
    """Read every text table in `folder`, by name; if there is none, or one holds no table, it is a `UserError`."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: name the folder with the exports.")
    visible = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    paths = [path for path in visible if path.suffix.lower() in (".csv", ".txt", ".tsv")]
    if not paths:
        raise UserError(f"{folder} holds no .csv, .txt or .tsv file: export the tables as CSV and put them there.")
    return [_read_file(path) for path in paths]


def _read_file(path: Path) -> ExportFile:
    refuse_foreign(scan_file(path), path.name)
    content = path.read_bytes()
    encoding = find_encoding(content)
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    separators = find_separators(text)
    if not separators:
        raise UserError(
            f"{path.name} is no table whose columns are separated by a comma, semicolon, tab or bar "
            "(or has one column only): export it as CSV, or take it out of the folder."
        )
    try:
        header, *rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separators[0]) if any(row))
    except csv.Error as error:
        raise UserError(f"{path.name} cannot be read as CSV ({error}): export it again.") from None
    if not rows:
        raise UserError(NO_ROWS.format(file=path.name))
    if all(re.fullmatch(r"[-+\d.,]+", cell) for cell in header):
        raise UserError(f"{path.name}, row 1: there are numbers and no headers: put a header above the columns.")
    separator, *others = separators
    cells, notes = _tidy(header, rows)
    numerals, doubts = choose_numerals({str(item): cells[item].unique().tolist() for item in cells}, separator)
    doubts += [f'the columns could be separated by "{other}" as well # confirm' for other in others]
    ended = text.endswith(("\n", "\r"))
    return ExportFile(path.name, encoding, separator, numerals, cells, (*notes, *doubts), ended)


def _tidy(header: list[str], rows: list[list[str]]) -> tuple[pd.DataFrame, list[str]]:
    """Return the cells under headers that stand once, and what was left out."""
    whole = [row for row in rows if len(row) == len(header)]
    notes = [f"rows with not as many cells as the header: {len(rows) - len(whole)}"] if len(whole) < len(rows) else []
    cells = pd.DataFrame(whole, columns=range(len(header)), dtype=str)
    cells = cells.apply(lambda column: column.map({text: clean(text) for text in column.unique()}))
    cells = cells.replace(dict.fromkeys(read_words().no_value, ""))
    headers = [clean(item) for item in header]
    counts = Counter(map(fold, headers))
    used = [at for at, item in enumerate(headers) if item and counts[fold(item)] == 1]
    notes += [
        f'column {at + 1} is not used, since its header "{item}" {"stands more than once" if item else "is empty"}'
        for at, item in enumerate(headers)
        if at not in used
    ]
    return cells[used].set_axis([headers[at] for at in used], axis=1), notes


def find_encoding(content: bytes) -> str:
    """Return the name of the encoding in which `content` reads as a text of people."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in content[:1000]:
        return "utf-16-le" if content[1:1000:2].count(0) > content[0:1000:2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        cells = re.findall(rb"[^\x00-\x2c\x3b\x7c]*[\x80-\xff][^\x00-\x2c\x3b\x7c]*", content[: 1 << 20])[:3000]
        return max(_OLD, key=lambda encoding: sum(_rate_letters(cell, encoding) for cell in cells))
    return "utf-8"


def _rate_letters(cell: bytes, encoding: str) -> float:
    """Return how much a cell looks like Russian, or another language of Europe, in this encoding."""
    total = 0.0
    for word in re.findall(r"[^\W\d_]+|[^\x00-\x7f]", cell.decode(encoding, errors="replace")):
        strange = sum(not letter.isascii() for letter in word)
        if re.fullmatch("[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+", word):
            total += sum(0.5 + (letter in "оеаинтсрвл") for letter in word.lower())
        elif re.fullmatch("[A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿœ]+", word) and strange < len(word):
            total += strange
        else:
            total += strange * (0.5 if word in "«»„“”’–—№€£°…\u00a0" else -2.0)
    return total


def find_separators(text: str) -> list[str]:
    """Return what may separate the columns, the best first: it gives rows as many cells as the header, two or more.

    What does so for most rows may be the separator; others are named only if they do it as well as the best one.
    """
    found: list[tuple[float, int, str]] = []
    for separator in (",", ";", "\t", "|"):
        lines = text[: 1 << 18].splitlines(keepends=True)
        try:
            rows = [row for row in csv.reader(lines[: len(lines) - (len(lines) > 2)], delimiter=separator) if any(row)]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        fit = round(sum(len(row) == width for row in rows) / max(len(rows), 1), 2)
        if width > 1 and fit > 0.5:
            found.append((fit, width, separator))
    best = max(found, key=lambda one: one[:2], default=None)
    others = [one[2] for one in found if best and one[0] >= best[0] and one != best]
    return [best[2], *others] if best else []
