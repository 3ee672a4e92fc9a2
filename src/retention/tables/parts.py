"""An export as parts: columns that belong to a customer, a row a customer in each; labels and periods as keys.

A file with a row a customer is one part; a monthly file is one part a month.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from retention.errors import UserError, name_nearest
from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, list_rows, refuse
from retention.tables.mending import EXAMPLES, fold
from retention.tables.months.dates import read_month
from retention.tables.reading import LINE, Table
from retention.tables.schema import Column, Spelled
from retention.tables.settings import MONTH, VALUE, Export, Handling


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
    """Return a table whose dates are how many months they lie before the latest one, and those before all spelled ones.

    A spelled month in which no date lies is a `UserError`.
    """
    texts = table.periods or list_spellings(table.frame, MONTH)
    months = {text: read_month(text, export.dates == "month_first") for text in texts}
    latest = max((month for month in months.values() if month is not None), default=0)
    ago = {text: text if month is None else str(latest - month) for text, month in months.items()}
    frame = table.frame.with_columns(
        nw.col(MONTH).replace_strict(texts, [ago[text] for text in texts], return_dtype=nw.Categorical)
    )
    wanted = [int(text) for month in export.months.values() for text in month.spellings]
    earlier = {latest - month for month in months.values() if month is not None}
    if earlier and (absent := sorted(set(wanted) - earlier)):
        newest = next(text for text, month in months.items() if month == latest)
        raise UserError(
            f'{table.file}, column "{export.headers[MONTH]}": no date lies {absent[0]} month{"s" * (absent[0] > 1)} '
            f'before the latest one, "{newest}": mend that date if it is a slip, else export that month too, or take '
            f"it out of tables.exports.{table.name}.months."
        )
    periods = table.periods and tuple(ago.values())
    ignored = tuple(sorted(str(number) for number in earlier if number > max(wanted)))
    return replace(table, frame=frame, periods=periods), ignored


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
        known = read_spellings(list_spellings(frame, column), values)
        if any(finding.code == "unknown_label" for finding in found):
            frame = frame.filter(nw.col(column).is_in(list(known)) | nw.col(column).is_null())
        keys = nw.col(column).replace_strict(list(known), list(known.values()), return_dtype=nw.Categorical)
        frame = frame.with_columns(keys)
        findings += found
    return replace(part, frame=frame), findings


def read_spellings(
    present: Iterable[str], values: Mapping[str, Spelled], ignored: tuple[str, ...] = ()
) -> dict[str, str | None]:
    """Return spelling → key of what is `present` and known, None for what is ignored.

    A spelling that nothing lists is that of a listed one, if a person reads both the same (`fold`), and of no two keys.
    """
    listed: dict[str, str | None] = dict.fromkeys(ignored)
    listed |= {text: key for key, value in values.items() for text in (*value.spellings, *value.repairs)}
    alike = defaultdict(set)
    for text, key in listed.items():
        alike[fold(text)].add(key)
    folded = {text: alike[fold(text)] for text in present if text not in listed}
    return listed | {text: next(iter(keys)) for text, keys in folded.items() if len(keys) == 1}


def find_spellings(
    frame: nw.DataFrame[Any],
    column: str,
    values: Mapping[str, Spelled],
    place: Place,
    unknown: str,
    ignored: tuple[str, ...] = (),
) -> list[Finding]:
    """Count the repaired, ignored and unknown spellings of a column.

    `frame` has `LINE`, the id and the column as spelled in the export; `unknown` is what is done with spellings that
    nothing lists, and rows of `ignored` ones are not wanted.
    """
    present = list_spellings(frame, column)
    known = read_spellings(present, values, ignored)
    right = {text for value in values.values() for text in value.spellings}
    meant = {text: values[key].spellings[0] for text, key in known.items() if key and text not in right}
    findings = []
    for text in present:
        if text in right:
            continue
        rows = list_rows(frame.filter(nw.col(column) == text), nw.lit(text))
        code, handling = ("repaired_label", "repair") if text in meant else ("ignored_month", "ignore")
        if text not in known:
            code, handling = "unknown_label", unknown
        details = {"value": text, "repaired": meant.get(text, ""), "near": name_nearest(text, known, meant)}
        # Only what is left out is needed row by row.
        shown = rows if code == "unknown_label" else rows.head(EXAMPLES)
        findings.append(Finding(code, place, handling, shown, details, rows.shape[0]))
    return findings


def list_spellings(frame: nw.DataFrame[Any], column: str) -> list[str]:
    """Return what stands in the cells of a column of labels, each once, in order."""
    return sorted(str(text) for text in frame[column].drop_nulls().unique().to_list())
