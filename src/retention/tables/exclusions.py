"""Checks of whole customers: missing somewhere, inactive, outlying, equal to another.

Whether a customer is an outlier (or the second of twins) depends on who else is in the file; everything else here
depends on the customer alone. So they are never left out when customers are scored, and reported only where all are
read at once.
"""

import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, format_value, list_rows
from retention.tables.parts import Part
from retention.tables.settings import Handling, TableSettings


def find_missing(
    frame: nw.DataFrame[Any], main: Part, parts: Sequence[Part], settings: TableSettings
) -> tuple[nw.DataFrame[Any], list[Finding]]:
    """Find the customers that an export lacks, entirely or for a month.

    `frame` has `LINE` and the columns of `main`, which says who the customers are, joined with those of `parts`. It is
    returned filled where the settings say so: with ``missing_month: zero``, a month where the export has another one of
    the customer. What is missing is found at its line of the main export.
    """
    findings = []
    handling = settings.handling
    for table in dict.fromkeys(part.table for part in parts):
        own = [part for part in parts if part.table == table]
        names = [column for part in own for column in part.headers]
        if not any(frame[name].null_count() for name in names):
            continue
        lacking = [~nw.col(ID).is_in(part.frame[ID].to_list()) for part in own]
        absent = nw.all_horizontal(*lacking, ignore_nulls=False)
        may_lack = [settings.columns[name].missing for name in names]
        found: list[tuple[str, str | None, nw.Expr, str]] = [
            ("missing_from_export", None, absent, "keep" if all(may_lack) else handling.missing_from_export)
        ]
        if own[0].monthly:
            found += [
                ("missing_month", name, lacks & ~absent, "keep" if may else handling.missing_month)
                for name, lacks, may in zip(names, lacking, may_lack, strict=True)
            ]
        filled = []
        for code, column, condition, what in found:
            rows = list_rows(frame.filter(condition))
            if rows.shape[0]:
                place = Place(main.table, main.file, column)
                findings.append(Finding(code, place, what, rows, {"other": own[0].file}))
            if what == "zero":
                filled.append(nw.when(condition).then(0.0).otherwise(nw.col(column)).alias(column))
        frame = frame.with_columns(filled)
    return frame, findings


def find_inactive(frame: nw.DataFrame[Any], parts: Sequence[Part], handling: Handling) -> list[Finding]:
    """Find the customers with a zero in any of some columns; each is named once, in the first such column."""
    findings = []
    frame = frame.select(ID, *handling.inactive_columns)
    for column in handling.inactive_columns:
        place, rows = _rows_of(column, parts, frame.filter(nw.col(column) == 0)[ID])
        if rows.shape[0]:
            findings.append(Finding("inactive", place, handling.inactive, rows))
            frame = frame.filter((nw.col(column) != 0) | nw.col(column).is_null())
    return findings


def find_outliers(frame: nw.DataFrame[Any], parts: Sequence[Part], handling: Handling, exclude: bool) -> list[Finding]:
    """Find the values above a multiple of a quantile of their column; without `exclude` they stay.

    The quantile is the lower of the two neighbours, so that a single outlier cannot lift its own bound, however
    few customers there are. A column whose quantile is not positive has no bound.
    """
    findings = []
    quantile, ratio = handling.outlier_quantile, handling.outlier_ratio
    for column in handling.outlier_columns:
        bound = frame[column].quantile(quantile, interpolation="lower")
        if bound is None or not math.isfinite(bound) or bound <= 0:
            continue
        place, rows = _rows_of(column, parts, frame.select(ID, column).filter(nw.col(column) > ratio * bound)[ID])
        if rows.shape[0]:
            details = {"threshold": format_value(ratio * bound), "quantile": f"{quantile:g}", "ratio": f"{ratio:g}"}
            findings.append(Finding("outlier", place, handling.outlier if exclude else "keep", rows, details))
    return findings


def find_twin_groups(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return a group number for every row, equal for rows that are equal in all columns.

    Numbers are 0, 1, … in order of first appearance, shape (n_rows,); empty cells are equal to one another.
    """
    groups = rows.groupby(list(rows), sort=False, observed=True, dropna=False).ngroup()
    return np.asarray(groups, dtype=np.int64)


def mark_rows(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number of 64 bits for every row, as good as random, equal for rows that are equal in all columns.

    So rows that are never together in memory can be compared; of ten million different ones, two have the same number
    with a probability of three in a million. Empty cells are equal to one another.
    """
    zeroed = {str(name): cells + 0.0 for name, cells in rows.select_dtypes("number").items()}  # a zero has no minus
    marks = pd.util.hash_pandas_object(rows.assign(**zeroed), index=False)
    return np.asarray(marks.to_numpy().view(np.int64))


def _rows_of(column: str, parts: Sequence[Part], ids: nw.Series[Any]) -> tuple[Place, nw.DataFrame[Any]]:
    """Return where a column is, and the rows of the customers `ids` there."""
    part = next(part for part in parts if column in part.headers)
    return part.place(column), part.rows(nw.col(ID).is_in(ids.to_list()), column)
