"""What the checks found: a code, where, how many, what was done, a sentence in both languages; and the lists of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from retention.errors import UserError
from retention.strict import Text
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID
from retention.tables.mending import show
from retention.tables.reading import LINE

SEEN = "value"
"""In a finding's rows: the column with the value that was found."""
LISTED = ("quarantine", "exclude", "first", "drop_second")
"""Handlings that leave rows out; these rows go to the quarantine file."""
QUARANTINE = TableSchema(
    rows="a cell or a row that was left out; a customer with two reasons has two",
    columns={
        "file": ColumnSchema("text", "The export."),
        "row": ColumnSchema("integer", "Its line, the header being line 1; what is missing has the customer's."),
        ID: ColumnSchema("id", "The customer, empty where the row names none."),
        "column": ColumnSchema("text", "The canonical column, empty where it is about the whole row."),
        "value": ColumnSchema("text", "What was found; of twins, the id of the first one."),
        "reason": ColumnSchema("text", "The code of the finding."),
    },
)

MESSAGES = {
    "extra_column": Text(
        ru="столбец «{value}» не используется",
        en='the column "{value}" is not used',
    ),
    "cut_short": Text(
        ru="последняя строка не закончена: файл, возможно, обрезан",
        en="the last line has no line end, so the file may be cut short",
    ),
    "repaired_header": Text(
        ru="столбец «{value}» прочитан как «{repaired}»",
        en='the column "{value}" was read as "{repaired}"',
    ),
    "repaired_cell": Text(
        ru="ячейки с лишними знаками; первая, «{value}», прочитана как «{repaired}»",
        en='cells with needless characters; the first, "{value}", was read as "{repaired}"',
    ),
    "repaired_label": Text(
        ru="«{value}» прочитано как «{repaired}»",
        en='"{value}" was read as "{repaired}"',
    ),
    "ignored_month": Text(
        ru="период «{value}» не используется",
        en='the period "{value}" is not used',
    ),
    "unknown_label": Text(
        ru="неизвестное значение «{value}»",
        en='unknown value "{value}"',
    ),
    "empty_id": Text(
        ru="строки без номера клиента",
        en="rows without a customer id",
    ),
    "empty_value": Text(
        ru="пустые ячейки",
        en="empty cells",
    ),
    "out_of_range": Text(
        ru="числа вне допустимых границ ({range})",
        en="numbers outside the possible range ({range})",
    ),
    "unknown_customer": Text(
        ru="строки клиентов, которых нет в файле {main}",
        en="rows of customers that {main} does not have",
    ),
    "missing_from_export": Text(
        ru="клиенты, которых нет в файле {other}",
        en="customers that {other} does not have",
    ),
    "missing_month": Text(
        ru="клиенты, у которых в файле {other} нет строки за этот период",
        en="customers without a row for this period in {other}",
    ),
    "duplicate_month": Text(
        ru="несколько строк одного клиента за один период",
        en="several rows of one customer for one period",
    ),
    "repeated_row": Text(
        ru="строки, полностью повторяющие другую строку",
        en="rows that repeat another row entirely",
    ),
    "duplicate_id": Text(
        ru="разные строки с одним номером клиента",
        en="different rows with one customer id",
    ),
    "twins": Text(
        ru="клиенты, во всём, кроме номера и прибыли, равные другому клиенту",
        en="customers equal to another one in everything but id and profit",
    ),
    "inactive": Text(
        ru="неактивные клиенты: за этот месяц ноль",
        en="inactive customers: zero in this month",
    ),
    "outlier": Text(
        ru="выбросы: больше {threshold} (квантиль {quantile}, умноженный на {ratio})",
        en="outliers: above {threshold} (the {quantile} quantile times {ratio})",
    ),
}


@dataclass(frozen=True)
class Place:
    """Where something is in the exports.

    Parameters
    ----------
    table, file : str
        The export's key in the settings and its file's name.
    column, header : str, optional
        The canonical column and its header in the export, if it is about one.
    """

    table: str
    file: str
    column: str | None = None
    header: str | None = None


@dataclass(frozen=True)
class Finding:
    """One kind of defect in one place.

    Parameters
    ----------
    code : str
        A key of `MESSAGES`.
    place : Place
        Where.
    handling : str
        What was done.
    rows : nw.DataFrame
        `LINE`, the id and `SEEN` of each row concerned.
    details : dict
        What the message needs beside the place.
    counted : int, optional
        How many there are, where it is not the number of rows.
    """

    code: str
    place: Place
    handling: str
    rows: nw.DataFrame[Any]
    details: dict[str, str] = field(default_factory=dict)
    counted: int | None = None

    @property
    def count(self) -> int:
        """How many rows, cells or customers are concerned."""
        return self.rows.shape[0] if self.counted is None else self.counted

    @property
    def message(self) -> Text:
        """The sentence in both languages."""
        text, details = MESSAGES[self.code], {key: show(value) for key, value in self.details.items()}
        return Text(ru=text.ru.format(**details), en=text.en.format(**details))

    @property
    def sentence(self) -> str:
        """The first case as a sentence in English, for an error or a warning."""
        row = next(self.rows.head(1).iter_rows(named=True))
        places = [f"{self.place.file}, row {row[LINE]}"]
        places += [f'column "{self.place.header}"'] if self.place.header else []
        places += [f"customer {row[ID]}"] if row[ID] is not None else []
        seen = "" if self.code in ("unknown_label", "duplicate_month") else show(format_value(row[SEEN]))
        return f"{', '.join(places)}: {self.message.en}{seen and f' ({seen})'}"


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


def list_quarantine(findings: Iterable[Finding], files: Sequence[str]) -> pd.DataFrame:
    """Return what was left out, a row each, in the order of `files` and their rows."""
    listed = [finding for finding in findings if finding.handling in LISTED]
    frames = [
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
        for finding in listed
    ]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "str") for name in QUARANTINE.columns})
    frame = pd.concat(frames, ignore_index=True)
    place = frame["file"].map({file: number for number, file in enumerate(files)})
    return frame.assign(place=place).sort_values(["place", "row", "column", "reason"])[list(QUARANTINE.columns)]
