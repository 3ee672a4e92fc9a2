"""What the checks found: a code, where, how many, what was done, a sentence in both languages; and the lists of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from retention.errors import UserError
from retention.strict import Text, load_texts
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH
from retention.tables.mending import EXAMPLES, show
from retention.tables.quality import FindingSummary
from retention.tables.reading import LINE

SEEN = "value"  # in a finding's rows: the column with the value that was found
LISTED = ("quarantine", "exclude", "first", "drop_second")
"""Handlings that leave rows out; these rows go to the quarantine file."""
_LEFT_OUT = {
    "file": ColumnSchema("text", "The export."),
    "row": ColumnSchema("integer", "Its line, the header being line 1; what is missing has the customer's."),
    ID: ColumnSchema("id", "The customer, empty where the row names none."),
    "column": ColumnSchema("text", "The canonical column, empty where it is about the whole row."),
    "value": ColumnSchema("text", "What was found; of twins, the id of the first one."),
    "reason": ColumnSchema("text", "The code of the finding."),
}
QUARANTINE = TableSchema(
    rows="a cell or a row that was left out; a customer with two reasons has two",
    columns={MONTH: ColumnSchema("text", "The month; empty where the exports are undated."), **_LEFT_OUT},
)


_NO_ROWS = nw.from_dict({LINE: [], ID: [], SEEN: []}, backend="pandas")


@dataclass(frozen=True)
class Place:
    """Where something is in the exports."""

    table: str  # the export's key in the settings
    file: str
    column: str | None = None  # the canonical column, if it is about one
    header: str | None = None  # its header in the export


@dataclass(frozen=True)
class Finding:
    """One kind of defect in one place."""

    code: str  # a key of ``messages.yaml``
    place: Place  # where
    handling: str  # what was done
    # `LINE`, the id and `SEEN` of each row concerned.
    rows: nw.DataFrame[Any] = field(default_factory=lambda: _NO_ROWS)
    details: dict[str, str] = field(default_factory=dict)  # what the message needs beside the place
    counted: int | None = None  # how many there are, where it is not the number of rows

    @property
    def count(self) -> int:
        """How many rows, cells or customers are concerned."""
        return self.rows.shape[0] if self.counted is None else self.counted

    @property
    def message(self) -> Text:
        """The sentence in both languages."""
        text = load_texts(__package__, "messages.yaml")[self.code]
        details = {key: show(value) for key, value in self.details.items()}
        return Text(ru=text.ru.format(**details), en=text.en.format(**details))

    @property
    def sentence(self) -> str:
        """The first case as a sentence in English, for an error or a warning."""
        row = next(self.rows.head(1).iter_rows(named=True))
        places = [f"{self.place.file}, row {row[LINE]}"]
        places += [f'column "{self.place.header}"'] if self.place.header else []
        places += [f"customer {row[ID]}"] if format_value(row[ID]) else []
        seen = "" if self.code in ("unknown_label", "duplicate_month") else show(format_value(row[SEEN]))
        return f"{', '.join(places)}: {self.message.en}{seen and f' ({seen})'}"


def tell(code: str, place: Place, counted: int, **details: str) -> Finding:
    """Return the finding of what is told and changes nothing; it concerns so many customers."""
    return Finding(code, place, "keep", details=details, counted=counted)


def list_rows(frame: nw.DataFrame[Any], seen: nw.Expr | None = None) -> nw.DataFrame[Any]:
    """Return `LINE`, the id and what was `seen` of each row, for a finding."""
    return frame.select(LINE, ID, (nw.lit(None, dtype=nw.String) if seen is None else seen).alias(SEEN))


def refuse(findings: list[Finding], advice: str = "") -> list[Finding]:
    """Return `findings`, or raise for the first whose handling is ``error``.

    Raises
    ------
    UserError
        If the settings call one of them an error.
    """
    for finding in findings:
        if finding.handling == "error":
            more = f", and {finding.count - 1} more like it" if finding.count > 1 else ""
            remedy = advice or f"set tables.handling.{finding.code} to quarantine"
            raise UserError(f"{finding.sentence}{finding.details.get('near', '')}{more}: mend the export or {remedy}.")
    return findings


def format_value(value: Any) -> str:
    """Return a cell as text, the same for both backends."""
    if value is None or value != value:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def summarise(finding: Finding) -> FindingSummary:
    """Return what the quality report keeps of a finding."""
    place = finding.place
    return FindingSummary(
        code=finding.code,
        table=place.table,
        file=place.file,
        column=place.column,
        count=finding.count,
        handling=finding.handling,
        message=finding.message,
        rows=tuple(finding.rows[LINE].head(EXAMPLES).to_list()),
    )


def list_quarantine(findings: Iterable[Finding], files: Sequence[str]) -> pd.DataFrame:
    """Return what was left out, a row each, in the order of `files` and their rows."""
    frames = [pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "str") for name in _LEFT_OUT})]
    frames += [
        pd.DataFrame(
            {
                "file": finding.place.file,
                "row": finding.rows[LINE].to_numpy(),
                ID: [format_value(value) for value in finding.rows[ID].to_list()],
                "column": finding.place.column or "",
                "value": [format_value(value) for value in finding.rows[SEEN].to_list()],
                "reason": finding.code,
            }
        )
        for finding in findings
        if finding.handling in LISTED
    ]
    return sort_quarantine(pd.concat(frames, ignore_index=True), files)


def sort_quarantine(frame: pd.DataFrame, files: Sequence[str]) -> pd.DataFrame:
    """Return what was left out in the order of `files` and their rows."""
    place = frame["file"].map({file: number for number, file in enumerate(files)})
    return frame.assign(place=place).sort_values(["place", "row", "column", "reason"])[list(_LEFT_OUT)]
