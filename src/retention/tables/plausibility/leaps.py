"""A month against those before it: files, customers, numbers and values that leap; a season or a slow drift is none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.tables.columns import ID, UNIT
from retention.tables.customers import CustomerTable
from retention.tables.findings import Finding, Place, format_value, tell
from retention.tables.schema import Spelled
from retention.tables.settings import MAIN, TableSettings

Floats = NDArray[np.float64]

_FEWEST = 100  # with fewer customers, or numbers, nothing is usual
_MONTHS = 12  # so many before say what is usual, each by its median over them: one bad month does not become usual
_ROWS = 2.0  # a file with so many times the usual rows, or so small a part of them, leaps;
_TIMES = 3.0  # so does a column whose median is so many times the usual, or beyond the usual 5 % and 95 % quantiles,
_SHARE = 0.2  # or with a value, empty cells or rows of unknown customers whose share has moved by so much,
_SEEN = 0.05  # or with a value that came or went though it has at least this share,
_NEW = 0.5  # or a month in which more than this share of the customers is in none before
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Sketch:
    """What is remembered of a month."""

    rows: Mapping[str, int]  # by the file's name, which several exports may share
    unknown: Mapping[str, float]  # likewise, the share of rows whose customer the main export does not have
    ids: pd.Index  # the usable customers
    numbers: Mapping[str, Floats]  # by column: three quantiles, and the median of the sizes that are not zero
    shares: Mapping[str, Mapping[str, float]]  # by column: the share of each value, or of empty cells (an empty text)


def draw_sketch(table: CustomerTable) -> Sketch:
    """Return what is remembered of a month."""
    cells = table.frame.drop(columns=[ID, UNIT])
    numeric = [str(name) for name in cells.select_dtypes("number")]
    files = {file: size.rows for file, size in table.quality.files.items()}
    strange = {item.file: item.count for item in table.quality.findings if item.code == "unknown_customer"}
    return Sketch(
        rows=files,
        unknown={file: strange.get(file, 0) / rows for file, rows in files.items()},
        ids=pd.Index(table.frame[ID]),
        numbers={name: _measure(cells[name].dropna().to_numpy()) for name in numeric},
        shares={
            str(name): {"": float(column.isna().mean())}
            | ({} if name in numeric else {str(key): float(one) for key, one in column.value_counts(True).items()})
            for name, column in cells.items()
        },
    )


def _measure(cells: Floats) -> Floats:
    sizes = np.abs(cells[cells != 0])
    if len(cells) < _FEWEST:
        return np.full(4, np.nan)
    return np.array([*np.quantile(cells, _QUANTILES), np.median(sizes) if len(sizes) >= _FEWEST else np.nan])


def find_leaps(sketches: Sequence[Sketch], settings: TableSettings) -> list[Finding]:
    """Find what leaps in the last of some months."""
    *before, now = sketches
    if not before or len(now.ids) < _FEWEST:
        return []
    recent, exports = before[-_MONTHS:], settings.exports
    places = [Place(key, file) for file in now.rows for key in exports if exports[key].file == file]
    found = list(_compare_files(now, recent, {place.file: place for place in reversed(places)}))
    known = pd.Index([]).append([sketch.ids for sketch in before])
    new = 1 - float(now.ids.isin(known).mean())
    if new > _NEW:
        found.append(tell("leapt_customers", Place(MAIN, exports[MAIN].file), len(now.ids), value=_percent(new)))
    for place in places:
        export = exports[place.table]
        for name in (name for name in export.columns if name in now.shares):
            where = Place(place.table, place.file, name, export.headers.get(name))
            found += _compare_numbers(now, recent, where) if name in now.numbers else []
            found += _compare_shares(now, recent, where, settings.columns[name].values)
    return found


def _compare_files(now: Sketch, before: Sequence[Sketch], files: Mapping[str, Place]) -> Iterator[Finding]:
    for file, rows in now.rows.items():
        place, usual = files[file], float(np.median([sketch.rows.get(file, 0) for sketch in before]))
        if usual and not usual / _ROWS <= rows <= usual * _ROWS:
            yield tell("leapt_rows", place, len(now.ids), value=format_value(rows), usual=format_value(usual))
        unknown, usual = now.unknown[file], float(np.median([sketch.unknown.get(file, 0.0) for sketch in before]))
        if abs(unknown - usual) > _SHARE:
            yield tell("leapt_unknown", place, len(now.ids), value=_percent(unknown), usual=_percent(usual))


def _compare_numbers(now: Sketch, before: Sequence[Sketch], place: Place) -> list[Finding]:
    name = place.column or ""
    known = [sketch.numbers[name] for sketch in before if not np.isnan(sketch.numbers[name][1])]
    _, median, _, size = now.numbers[name]
    if not known or np.isnan(median):
        return []
    low, usual, high, usual_size = np.median(known, axis=0)
    if low <= median <= high and not (size > usual_size * _TIMES or size < usual_size / _TIMES):
        return []
    return [tell("leapt_numbers", place, len(now.ids), value=format_value(median), usual=format_value(usual))]


def _compare_shares(
    now: Sketch, before: Sequence[Sketch], place: Place, values: Mapping[str, Spelled]
) -> list[Finding]:
    """Compare the shares of a column's values; only the one that moved most is told."""
    past = [sketch.shares[place.column or ""] for sketch in before]
    here = now.shares[place.column or ""]
    moved: dict[str, tuple[float, float]] = {}
    for key in sorted({*here, *(key for shares in past for key in shares)}):
        share, usual = here.get(key, 0.0), float(np.median([shares.get(key, 0.0) for shares in past]))
        if abs(share - usual) > _SHARE or (min(share, usual) == 0 and max(share, usual) >= _SEEN):
            moved[key] = share, usual
    if not moved:
        return []
    key, (share, usual) = max(moved.items(), key=lambda one: abs(one[1][0] - one[1][1]))
    said = {"key": values[key].spellings[0] if key else "", "value": _percent(share), "usual": _percent(usual)}
    return [tell("leapt_value" if key else "leapt_empty", place, len(now.ids), **said)]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
