"""The report's tables as CSV, for a spreadsheet."""

import csv
import io
import re

from retention.formulas import make_safe
from retention.numbers import HARD_SPACE, MINUS, find_separators
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

MARK = "\ufeff"  # a spreadsheet takes the file for UTF-8
_SPACE = re.compile(r"\s+")


def write_table(table: Table, voice: Voice) -> str:
    """Return a table as CSV: numbers as a machine reads them, words as the page shows them, no formulas.

    Parameters
    ----------
    table : Table
    voice : Voice
        Whose language the cells are in.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_write_cell(cell, voice) for cell in row] for row in (table.head, *table.rows))
    return MARK + text.getvalue()


def _write_cell(cell: str, voice: Voice) -> str:
    thousands, point = find_separators(voice.language)
    number = rf"[+{MINUS}]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})*(?:{re.escape(point)}\d+)?"
    if re.fullmatch(rf"{number}(?:{HARD_SPACE}?%)?", cell):
        plain = cell.replace(thousands, "").replace(point, ".").replace(MINUS, "-").replace(HARD_SPACE, "")
        return plain.removeprefix("+")
    return make_safe(_SPACE.sub(" ", cell).replace(HARD_SPACE, " "))
