"""Columns that have moved against the rows of their file: shifted, or sorted alone.

A cell belongs to its row if it goes with the other cells there. So every circular lag of a column along its file is
tried: where it goes with the others at another lag than none, and far better, it was shifted. The other lags show
what chance does in this very file (a permutation test whose permutations are the lags). What changes slowly along the
file, such as blocks of one label, is taken away before: it goes with every neighbouring row alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.tables.columns import ID
from retention.tables.findings import Finding, Place, list_rows
from retention.tables.parts import Part
from retention.tables.reading import LINE
from retention.tables.schema import Column

Floats = NDArray[np.float64]

_FEWEST, _MOST = 100, 5000
"""With fewer rows nothing shows; more than these are not looked at."""
_NEAR = 21
"""How many rows a local mean is taken of."""
_CLEAR, _STRONG, _BETTER, _SIDE = 2.5, 12.0, 1.5, 3
"""A lag must fit so many times better than any but those beside it, or be so many deviations above the usual and still
better than any other, no lag included. By chance that happens in fewer than 1 of 10,000 columns."""
_OFTEN = 20
"""In how many rows at least a value of a label that is looked at stands."""
_DRAWS, _SEED = 200, 1


@dataclass(frozen=True)
class _File:
    """A file as it lies: a row a line, the columns that it gives, and what else is known of each row's customer."""

    places: Mapping[str, Place]
    none: nw.DataFrame[Any]
    ids: pd.Series
    own: pd.DataFrame
    others: pd.DataFrame


def find_displaced(frame: nw.DataFrame[Any], parts: Sequence[Part], columns: Mapping[str, Column]) -> list[Finding]:
    """Find the columns that were shifted or sorted without the rest of their rows, and files whose ids were.

    Parameters
    ----------
    frame : nw.DataFrame
        A row a customer: the id and the columns of `parts`.
    parts : sequence of Part
        The files, in their own order.
    columns : mapping of str to Column
        Which one is the label.
    """
    findings = []
    for table in dict.fromkeys(part.table for part in parts):
        own = [part for part in parts if part.table == table]
        if sum(part.frame.shape[0] for part in own) >= _FEWEST:
            file = _lay_out(frame, own)
            findings += _find_in(file, columns) if len(file.ids) >= _FEWEST else []
    return findings


def _find_in(file: _File, columns: Mapping[str, Column]) -> list[Finding]:
    """Find the columns of one file that have moved.

    Where the ids stand in order, no other column does by chance; the label may, if one kind of customers comes first.
    """
    findings = []
    moving = {str(name): _spread(cells) for name, cells in file.own.items()}
    fixed = {str(name): _spread(cells) for name, cells in file.others.items()}
    alien = [cells for name, cells in fixed.items() if name not in moving]
    lag = _find_lag(moving.values(), alien) if len(moving) > 1 else 0
    if lag:
        findings.append(_tell("shifted_ids", file, ID, rows=f"{-lag:+d}"))
    in_order = file.ids.is_monotonic_increasing or file.ids.is_monotonic_decreasing
    for name in moving:
        around = {other: spread for other, spread in fixed.items() if other != name}
        if not lag and (moved := _find_lag([moving[name]], around.values())):
            findings.append(_tell("shifted_column", file, name, rows=f"{-moved:+d}"))
        elif _is_sorted(file.own[name]):
            label = name in columns and columns[name].role == "label"
            if (in_order and not label) or _is_alone(file.own[name], file.others[list(around)]):
                findings.append(_tell("sorted_column", file, name))
    return findings


def _tell(code: str, file: _File, name: str, **details: str) -> Finding:
    return Finding(code, file.places[name], "keep", file.none, details, len(file.ids))


def _lay_out(frame: nw.DataFrame[Any], parts: Sequence[Part]) -> _File:
    """Return the first rows of a file in its order; the months of a monthly one are one column of it."""
    first, monthly = parts[0], parts[0].monthly
    value = "value" if monthly else None
    laid = [
        part.frame.select(LINE, ID, *(nw.col(name).alias(value or name) for name in part.headers)).to_pandas()
        for part in parts
    ]
    rows = pd.concat(laid).sort_values(LINE).head(_MOST)
    known = frame.filter(nw.col(ID).is_in(rows[ID].unique().tolist()))
    others = known.drop(LINE).to_pandas().set_index(ID)
    rows = rows[rows[ID].isin(others.index)]
    own = rows.drop(columns=[LINE, ID]).reset_index(drop=True)
    months = [name for part in parts for name in part.headers] if monthly else []
    others = others.drop(columns=months).reindex(rows[ID]).reset_index(drop=True)
    places = {name: first.place(name) for name in own if not monthly}
    whole = Place(first.table, first.file, None, next(iter(first.headers.values())))
    places |= {ID: Place(first.table, first.file, ID), **({"value": whole} if monthly else {})}
    return _File(places, list_rows(frame.head(0)), rows[ID].reset_index(drop=True), own, others)


def _spread(cells: pd.Series, sharp: bool = True) -> Floats:
    """Return numbers as ranks and labels as a column a value, of variance one; `sharp` takes local means away."""
    if pd.api.types.is_numeric_dtype(cells):
        spread = [np.asarray(cells.rank().fillna((len(cells) + 1) / 2), dtype=np.float64)]
    else:
        texts = cells.astype(str)
        counts = texts.value_counts()
        often = sorted(counts[counts >= _OFTEN].index)[:_OFTEN]
        spread = [np.asarray(texts == text, dtype=np.float64) for text in often]
    made = [_standardise(column, _local_mean(column) if sharp else float(column.mean())) for column in spread]
    return np.column_stack([np.empty((len(cells), 0)), *(column for column in made if column.any())])


def _local_mean(column: Floats) -> Floats:
    near = np.ones(_NEAR)
    mean: Floats = np.convolve(column, near, "same") / np.convolve(np.ones(len(column)), near, "same")
    return mean


def _standardise(column: Floats, mean: Floats | float) -> Floats:
    """Return a column less `mean`, of variance one; zeros where hardly anything is left of it."""
    left: Floats = column - mean
    deviation = float(left.std())
    return left / deviation if deviation > 0.1 * float(column.std()) else np.zeros(len(column))


def _find_lag(columns: Iterable[Floats], others: Iterable[Floats]) -> int:
    """Return how many rows further down `columns` go with `others` far better than anywhere else; 0 if nowhere.

    Both the squared correlations with all columns together and the largest one alone may show it.
    """
    moving, fixed = np.column_stack(list(columns)), np.column_stack(list(others))
    n = len(moving)
    if not moving.shape[1] or not fixed.shape[1]:
        return 0
    seen, still = np.fft.rfft(moving, axis=0).conj(), np.fft.rfft(fixed, axis=0)
    together, largest = np.zeros(n), np.zeros(n)
    for at in range(moving.shape[1]):
        squares = np.fft.irfft(seen[:, [at]] * still, n, axis=0) ** 2 / n
        together += squares.sum(axis=1)
        largest = np.maximum(largest, squares.max(axis=1))
    for fit in (together - np.median(together), largest - np.median(largest)):
        best = int(fit.argmax())
        elsewhere = np.delete(fit, np.arange(best - _SIDE, best + _SIDE + 1) % n).max()
        usual = np.quantile(fit, 0.75) / 0.6745  # a robust deviation
        bound = min(_CLEAR * elsewhere, max(_STRONG * usual, _BETTER * elsewhere))
        if best and fit[best] > max(bound, _BETTER * fit[0]):
            return best if best <= n // 2 else best - n
    return 0


def _is_sorted(cells: pd.Series) -> bool:
    """Tell whether the cells of a column stand in order: numbers rising or falling, labels each in one block."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells.iloc[0] != cells.iloc[-1] and (cells.is_monotonic_increasing or cells.is_monotonic_decreasing)
    texts = cells.astype(str)
    return 1 < texts.nunique() == int((texts != texts.shift()).sum())


def _is_alone(cells: pd.Series, around: pd.DataFrame) -> bool:
    """Tell whether a column goes with no other one better than when it is shuffled."""
    moving = _spread(cells, sharp=False)
    fixed = np.column_stack(
        [np.empty((len(cells), 0)), *(_spread(others, sharp=False) for _, others in around.items())]
    )
    rng = np.random.default_rng(_SEED)
    drawn = [((moving[rng.permutation(len(moving))].T @ fixed) ** 2).sum() for _ in range(_DRAWS)]
    return bool(((moving.T @ fixed) ** 2).sum() < np.quantile(drawn, 0.95))
