"""The report's tables as CSV, for a spreadsheet."""

import csv
import io
import re

from retention.formulas import make_safe
from retention.numbers import HARD_SPACE, MINUS, find_separators
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice
from retention.strict import DIALECTS, Dialect

MARK = "\ufeff"  # a spreadsheet takes the file for UTF-8
_SPACE = re.compile(r"\s+")


def write_table(table: Table, voice: Voice, dialect: Dialect) -> str:
    """Return a table as CSV: numbers as a spreadsheet reads them, words as the page shows them, no formulas.

    `voice` is of the language that the cells are in.
    """
    text, (separator, decimal) = io.StringIO(), DIALECTS[dialect]
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([_write_cell(cell, voice, decimal) for cell in row] for row in (table.head, *table.rows))
    return MARK + text.getvalue()


def _write_cell(cell: str, voice: Voice, decimal: str) -> str:
    thousands, point = find_separators(voice.language)
    number = rf"[+{MINUS}]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})*(?:{re.escape(point)}\d+)?"
    if re.fullmatch(rf"{number}(?:{HARD_SPACE}?%)?", cell):
        plain = cell.replace(thousands, "").replace(point, decimal).replace(MINUS, "-").replace(HARD_SPACE, "")
        return plain.removeprefix("+")
    return make_safe(_SPACE.sub(" ", cell).replace(HARD_SPACE, " "))
