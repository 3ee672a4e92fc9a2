"""Labels and periods: spellings of the export in, canonical keys out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw

from retention.errors import name_nearest
from retention.tables.findings import Finding, Place, list_rows
from retention.tables.mending import EXAMPLES, clean, fold
from retention.tables.schema import Spelled

_DATES = (
    re.compile(r"(?P<y>(?:19|20)[0-9]{2})[-./ _](?P<m>[0-9]{1,2})(?:[-./ _][0-9]{1,2})?"),
    re.compile(r"(?P<y>20[0-9]{2})(?P<m>0[1-9]|1[0-2])(?:[0-3][0-9])?"),
    re.compile(r"(?P<m>[0-9]{1,2})[-./](?P<y>(?:19|20)[0-9]{2})"),
    re.compile(r"(?P<d>[0-9]{1,2})([-./])(?P<m>[0-9]{1,2})\2(?P<y>(?:19|20)?[0-9]{2})"),
)


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


def read_month(text: str, month_first: bool) -> int | None:
    """Return the number of the month of a date, counted from the year 0; None if it is no date.

    It is written for example as ``2026-05-31``, ``2026-05``, ``202605``, ``31.05.2026``, ``05.2026``; a time may
    follow. With `month_first` 05/06/2026 is the sixth of May.
    """
    bare = re.sub(r"[T ][0-9]{1,2}:[0-9].*$", "", clean(text))
    found = next((match for form in _DATES if (match := form.fullmatch(bare))), None)
    parts = found.groupdict() if found else {}
    if month_first and parts.get("d"):
        parts["d"], parts["m"] = parts["m"], parts["d"]
    year, month, day = (int(parts.get(part) or 1) for part in ("y", "m", "d"))
    if not found or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return (year + 2000 * (year < 100)) * 12 + month


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
    findings = []
    for text in present:
        if text in right:
            continue
        rows = list_rows(frame.filter(nw.col(column) == text), nw.lit(text))
        key = known.get(text)
        code, handling = ("repaired_label", "repair") if key else ("ignored_month", "ignore")
        if text not in known:
            code, handling = "unknown_label", unknown
        repaired = values[key].spellings[0] if key else ""
        details = {"value": text, "repaired": repaired, "near": name_nearest(text, known)}
        # Only what is left out is needed row by row.
        shown = rows if code == "unknown_label" else rows.head(EXAMPLES)
        findings.append(Finding(code, place, handling, shown, details, rows.shape[0]))
    return findings


def list_spellings(frame: nw.DataFrame[Any], column: str) -> list[str]:
    """Return what stands in the cells of a column of labels, each once, in order."""
    return sorted(str(text) for text in frame[column].drop_nulls().unique().to_list())


def replace_spellings(frame: nw.DataFrame[Any], column: str, values: Mapping[str, Spelled]) -> nw.DataFrame[Any]:
    """Return `frame` with keys in place of the spellings of `column`; every spelling must be known."""
    known = read_spellings(list_spellings(frame, column), values)
    keys = nw.col(column).replace_strict(list(known), list(known.values()), return_dtype=nw.Categorical)
    return frame.with_columns(keys)
