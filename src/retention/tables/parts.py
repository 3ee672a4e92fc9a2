"""An export as parts: columns that belong to a customer, a row a customer in each.

A file with a row a customer is one part; a monthly file is one part a month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from retention.errors import UserError
from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, list_rows, refuse
from retention.tables.reading import LINE, Table
from retention.tables.schema import Column
from retention.tables.settings import MONTH, VALUE, Export, Handling
from retention.tables.spellings import find_spellings, list_spellings, read_month, read_spellings, replace_spellings


@dataclass(frozen=True)
class Part:
    """Some canonical columns of the customers."""

    table: str
    file: str  # the export that they come from
    monthly: bool  # whether it is one month of an export with a row a month
    headers: Mapping[str, str]  # canonical column to header, without the id
    frame: nw.DataFrame[Any]  # `LINE`, the id and these columns

    def place(self, column: str | None = None) -> Place:
        """Return where `column` is, or the part as a whole."""
        return Place(self.table, self.file, column, self.headers[column] if column else None)

    def rows(self, condition: nw.Expr | nw.Series[Any], column: str | None = None) -> nw.DataFrame[Any]:
        """Return `LINE`, the id and the value of `column` where `condition` holds."""
        return list_rows(self.frame.filter(condition), nw.col(column) if column else None)


def split_months(table: Table, export: Export, handling: Handling) -> tuple[list[Part], list[Finding]]:
    """Return one part a month of a monthly export, and what is wrong with its periods.

    An unknown period that the settings call an error, or a month that is missing, is a `UserError`.
    """
    place = Place(table.name, table.file, None, export.headers[MONTH])
    ignored = export.ignored_months
    if export.dates:
        table, earlier = _count_months_ago(table, export)
        ignored += earlier
    findings = find_spellings(table.frame, MONTH, export.months, place, handling.unknown_label, ignored)
    refuse(findings, f"list it under tables.exports.{table.name}.months (spellings or repairs) or ignored_months")
    empty = table.frame.filter(nw.col(MONTH).is_null())
    if empty.shape[0]:
        findings += refuse([Finding("empty_value", place, handling.empty_value, list_rows(empty))])
    keys = read_spellings(table.periods or list_spellings(table.frame, MONTH), export.months, ignored)
    elsewhere = {keys.get(text) for text in table.periods or ()}
    parts = []
    for column, month in export.months.items():
        rows = table.frame.filter(nw.col(MONTH).is_in([text for text, key in keys.items() if key == column]))
        if not rows.shape[0] and column not in elsewhere:
            raise UserError(
                f'{table.file}, column "{export.headers[MONTH]}": there is no row for "{month.spellings[0]}": '
                f"export that month too, or list its spelling under tables.exports.{table.name}.months.{column}."
            )
        cells = rows.select(LINE, ID, nw.col(VALUE).alias(column))
        parts.append(Part(table.name, table.file, True, {column: export.headers[VALUE]}, cells))
    return parts, findings


def _count_months_ago(table: Table, export: Export) -> tuple[Table, tuple[str, ...]]:
    """Return a table whose dates are how many months they lie before the latest one, and those that nothing spells."""
    texts = table.periods or list_spellings(table.frame, MONTH)
    months = {text: read_month(text, export.dates == "month_first") for text in texts}
    latest = max((month for month in months.values() if month is not None), default=0)
    ago = {text: text if month is None else str(latest - month) for text, month in months.items()}
    frame = table.frame.with_columns(
        nw.col(MONTH).replace_strict(texts, [ago[text] for text in texts], return_dtype=nw.Categorical)
    )
    last = max(int(text) for month in export.months.values() for text in month.spellings if text.isdigit())
    earlier = {text for text, month in zip(ago.values(), months.values(), strict=True) if month is not None}
    periods = table.periods and tuple(ago.values())
    return replace(table, frame=frame, periods=periods), tuple(sorted(text for text in earlier if int(text) > last))


def read_labels(part: Part, columns: Mapping[str, Column], handling: Handling) -> tuple[Part, list[Finding]]:
    """Return a part with keys for labels, without the rows whose label is unknown, and what was found.

    An unknown label that the settings call an error is a `UserError`.
    """
    findings = []
    frame = part.frame
    for column in (name for name in part.headers if columns[name].values):
        values = columns[column].values
        found = find_spellings(part.frame, column, values, part.place(column), handling.unknown_label)
        refuse(found, f"list it under tables.columns.{column}.values (spellings or repairs)")
        unknown = [finding.details["value"] for finding in found if finding.code == "unknown_label"]
        if unknown:
            frame = frame.filter(~nw.col(column).is_in(unknown) | nw.col(column).is_null())
        frame = replace_spellings(frame, column, values)
        findings += found
    return replace(part, frame=frame), findings
