"""A shop as sheets of cells, what its files plainly say, and how a kind of pollution is declared."""

import csv
import io
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Rows = list[list[str]]
Level = Literal["bytes", "structure", "cells", "columns"]
Customers = dict[str, dict[str, str | float]]
"""Customer id → canonical column → value."""


@dataclass(frozen=True)
class Sheet:
    """One export as cells, the header first, and how it is written."""

    name: str
    separator: str
    decimal: str
    end: str
    rows: Rows

    def having(self, kind: str) -> list[int]:
        """Return the places of the columns that are ``id``, ``number``, ``label``, ``no number`` or ``any``."""
        sorts = ["id", *(self._sort(at) for at in range(1, len(self.rows[0])))]
        return [
            at for at, sort in enumerate(sorts) if kind in (sort, "any") or (kind == "no number" != sort != "number")
        ]

    def _sort(self, at: int) -> str:
        return "number" if all(is_number(row[at], self.decimal) for row in self.rows[1:20]) else "label"

    def write(self, rows: Rows | None = None, **changed: str) -> str:
        """Return the file as text; `changed` may name another separator or line end."""
        sheet, text = replace(self, **changed), io.StringIO()
        csv.writer(text, delimiter=sheet.separator, lineterminator=sheet.end).writerows(rows or self.rows)
        return text.getvalue()

    def lines(self) -> list[str]:
        """Return the rows as they are written, without line ends."""
        return [self.separator.join(row) for row in self.rows]

    def join(self, lines: list[str]) -> str:
        """Return lines as a file."""
        return "".join(line + self.end for line in lines)


@dataclass(frozen=True)
class Spoilt:
    """A polluted file.

    `lines` and `column` are what a refusal must name: one of the lines and the header. `others` are further files
    that are changed, or taken away (None).
    """

    content: str | bytes | None
    lines: tuple[int, ...] = ()
    column: str | None = None
    others: Mapping[str, str | bytes | None] = field(default_factory=dict)


Pollute = Callable[[Sheet, random.Random], Spoilt]


@dataclass(frozen=True)
class Kind:
    """A kind of pollution.

    Parameters
    ----------
    level, name : str
        What it happens to, and what happens.
    pollute : callable
        Makes a polluted file of a sheet.
    unknowable : bool
        Whether the polluted file may plainly say something else that is as plausible, so that no reader can know.
    tables : tuple of str
        The files that it can happen to; none are all.
    """

    level: Level
    name: str
    pollute: Pollute
    unknowable: bool = False
    tables: tuple[str, ...] = ()


def is_number(text: str, decimal: str) -> bool:
    """Tell whether a cell is a plain number."""
    return (
        re.fullmatch(
            rf"[+-]?(?:[0-9]+(?:{re.escape(decimal)}[0-9]*)?|{re.escape(decimal)}[0-9]+)(?:[eE][+-]?[0-9]+)?",
            text.strip(" \t"),
        )
        is not None
    )


def read_sheets(folder: Path, exports: Mapping[str, Any]) -> dict[str, Sheet]:
    """Read clean exports as they are declared, by their keys."""
    sheets = {}
    for key, export in exports.items():
        text = (folder / export["file"]).read_bytes().decode()
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=export["separator"]))
        sheets[key] = Sheet(export["file"], export["separator"], export["decimal"], "\r\n", rows)
    return sheets


def read_plainly(files: Mapping[str, bytes], declared: Mapping[str, Any]) -> Customers:
    """Return what the files say to one who mends nothing: exact headers and spellings, plain numbers, a row each.

    Raises
    ------
    ValueError, KeyError
        If a cell is anything else. A customer with two rows or without one is left out.
    """
    kept: Customers = {}
    for number, export in enumerate(declared["exports"].values()):
        text = files[export["file"]].decode("utf-8-sig")
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=export["separator"]) if row]
        found: Customers = {}
        twice = set()
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            identifier = str(int(cells[export["headers"]["customer_id"]]))
            own = found.setdefault(identifier, {})
            for column, cell in _name_cells(cells, export):
                if column in own:
                    twice.add(identifier)
                own[column] = _read_cell(cell, column, export, declared["columns"][column])
        wanted = len(export.get("months") or export["headers"]) - (not export.get("months"))
        whole = {key: own for key, own in found.items() if len(own) == wanted and key not in twice}
        kept = {key: kept.get(key, {}) | own for key, own in whole.items() if not number or key in kept}
    return kept


def _name_cells(cells: Mapping[str, str], export: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = export["headers"]
    if not export.get("months"):
        return [(column, cells[header]) for column, header in headers.items() if column != "customer_id"]
    periods = {text: column for column, spelled in export["months"].items() for text in _spellings(spelled)}
    return [(periods[cells[headers["month"]]], cells[headers["value"]])]


def _read_cell(cell: str, column: str, export: Mapping[str, Any], described: Mapping[str, Any]) -> str | float:
    keys = {text: key for key, value in (described.get("values") or {}).items() for text in _spellings(value)}
    if keys:
        return float(keys[cell]) if column == "declined" else keys[cell]
    if not is_number(cell, export["decimal"]):
        raise ValueError(cell)
    return float(cell.replace(export["decimal"], "."))


def _spellings(spelled: Mapping[str, Any]) -> list[str]:
    return [*spelled["spellings"], *(spelled.get("repairs") or ())]
