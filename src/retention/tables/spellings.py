"""Labels and periods: spellings of the export in, canonical keys out."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from retention.tables.columns import ID
from retention.tables.findings import EXAMPLES, SEEN, Finding, Place
from retention.tables.reading import LINE
from retention.tables.schema import Spelled, nearest


def spelled_keys(values: Mapping[str, Spelled]) -> dict[str, str]:
    """Return spelling → key, of right and of wrong but known spellings."""
    return {text: key for key, value in values.items() for text in (*value.spellings, *value.repairs)}


def find_spellings(
    frame: nw.DataFrame[Any],
    column: str,
    values: Mapping[str, Spelled],
    place: Place,
    unknown: str,
    ignored: tuple[str, ...] = (),
) -> list[Finding]:
    """Count the repaired, ignored and unknown spellings of a column.

    Parameters
    ----------
    frame : nw.DataFrame
        `LINE`, the id and `column`, as spelled in the export.
    column : str
        The column to look at.
    values : mapping of str to Spelled
        Key to its spellings.
    place : Place
        Where the column is.
    unknown : str
        What is done with spellings that nothing lists.
    ignored : tuple of str
        Spellings whose rows are not wanted.
    """
    known = spelled_keys(values)
    right = {text for value in values.values() for text in value.spellings}
    present = sorted(str(text) for text in frame[column].drop_nulls().unique().to_list())
    findings = []
    for text in present:
        if text in right:
            continue
        rows = frame.filter(nw.col(column) == text).select(LINE, ID, nw.lit(text).alias(SEEN))
        if text in known:
            code, handling = "repaired_label", "repair"
        elif text in ignored:
            code, handling = "ignored_month", "ignore"
        else:
            code, handling = "unknown_label", unknown
        repaired = values[known[text]].spellings[0] if text in known else ""
        details = {"value": text, "repaired": repaired, "near": nearest(text, known)}
        # Only what is left out is needed row by row.
        shown = rows if code == "unknown_label" else rows.head(EXAMPLES)
        findings.append(Finding(code, place, handling, shown, details, rows.shape[0]))
    return findings


def replace_spellings(frame: nw.DataFrame[Any], column: str, values: Mapping[str, Spelled]) -> nw.DataFrame[Any]:
    """Return `frame` with keys in place of the spellings of `column`; every spelling must be known."""
    known = spelled_keys(values)
    keys = nw.col(column).replace_strict(list(known), list(known.values()), return_dtype=nw.Categorical)
    return frame.with_columns(keys)
