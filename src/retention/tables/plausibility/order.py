"""Columns that have moved against the rows of their file: shifted, or sorted alone.

A cell belongs to its row if it goes with the other cells there. So every circular lag of a column along its file is
tried: where it goes with the others at another lag than none, and far better, it was shifted. The other lags show
what chance does in this very file (a permutation test whose permutations are the lags). What changes slowly along the
file, such as blocks of one label, is taken away before: it goes with every neighbouring row alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.tables.columns import ID, TARGET, UNIT
from retention.tables.findings import Finding, Place, tell
from retention.tables.parts import Part
from retention.tables.reading import LINE
from retention.tables.settings import VALUE

Floats = NDArray[np.float64]

_FEWEST, _MOST = 200, 4096  # fewer rows have too few lags to tell chance from a shift; more are not looked at
_NEAR = 21  # how many rows a local mean is taken of
_CLEAR, _STRONG, _BETTER, _SIDE = 2.5, 12.0, 1.5, 3
"""A lag must fit so many times better than any but those beside it, or be so many deviations above the usual and still
better than any other, no lag included. No column of the 40 clean shops of the tests does."""
_OFTEN = 20  # in how many rows at least a value of a label that is looked at stands
_DRAWS, _SEED = 200, 1


@dataclass(frozen=True)
class _File:
    """Some rows of a file as they lie: the columns that it gives, and what else is known of each row's customer.

    The months of a monthly file are one column of it; `covers` says which canonical columns each column is.
    """

    places: Mapping[str, Place]
    covers: Mapping[str, frozenset[str]]
    ids: pd.Series
    own: pd.DataFrame
    others: pd.DataFrame
    customers: int

    def find_lag(self, name: str, blamed: frozenset[str]) -> tuple[int, float]:
        """Return where a column, or all (the ids have moved then), fits far better, and how much; see `_find_lag`."""
        names = [one for one in (self.names if name == ID else [name]) if not self.covers[one] & blamed]
        taken = blamed.union(*(self.covers[one] for one in names))
        around = [cells for other, cells in self._fixed.items() if other not in taken]
        return _find_lag([self._moving[one] for one in names], around)

    @property
    def names(self) -> list[str]:
        """The columns that it gives."""
        return list(map(str, self.own))

    @cached_property
    def _moving(self) -> dict[str, Floats]:
        return {str(name): _spread(cells) for name, cells in self.own.items()}

    @cached_property
    def _fixed(self) -> dict[str, Floats]:
        return {str(name): _spread(cells) for name, cells in self.others.items()}


def find_displaced(frame: nw.DataFrame[Any], parts: Sequence[Part]) -> list[Finding]:
    """Find the columns that were shifted or sorted without the rest of their rows, and files whose ids were.

    `frame` has a row a customer, with the id and the columns of `parts`, which are the files in their own order.
    """
    files, thinned = [], []
    for place in dict.fromkeys(part.place() for part in parts):
        own = [part for part in parts if part.place() == place]
        rows = sum(part.frame.shape[0] for part in own)
        if rows >= _FEWEST:
            files.append(_lay_out(frame, own, 1))
            thinned.append(_lay_out(frame, own, -(-rows // _MOST)))
    files, thinned = ([file for file in laid if len(file.ids) >= _FEWEST] for laid in (files, thinned))
    return [*_find_shifted(files), *_find_sorted(thinned)]


def _find_shifted(files: Sequence[_File]) -> Iterator[Finding]:
    """Find what has moved, the clearest first; what only goes with that at another lag has not moved itself."""
    blamed: frozenset[str] = frozenset()
    names = {at: [*([ID] if len(file.names) > 1 else []), *file.names] for at, file in enumerate(files)}
    tried = [(at, name, *files[at].find_lag(name, blamed)) for at in names for name in names[at]]
    for at, name, lag, _ in sorted((one for one in tried if one[2]), key=lambda one: -one[3]):
        lag = files[at].find_lag(name, blamed)[0] if blamed else lag
        if lag:
            code, place = "shifted_ids" if name == ID else "shifted_column", files[at].places[name]
            yield tell(code, place, files[at].customers, rows=f"{-lag:+d}")
            blamed |= files[at].covers[name]


def _find_sorted(files: Sequence[_File]) -> Iterator[Finding]:
    """Find what stands in order alone: what goes with others is in order with its rows, as ids given one by one are."""
    for file in files:
        in_order = file.ids.is_monotonic_increasing or file.ids.is_monotonic_decreasing
        for name in (name for name in file.names if _is_sorted(file.own[name])):
            around, blocks = file.others.drop(columns=list(file.covers[name]), errors="ignore"), None
            if in_order and name != TARGET:
                # The unit follows the ids; where labels come in blocks, all that goes with them follows the ids, too.
                around, label = around.drop(columns=UNIT), around.get(TARGET)
                blocks = label if label is not None and _NEAR * _count_turns(label) < len(label) else None
            if _is_alone(file.own[name], around, blocks):
                yield tell("sorted_column", file.places[name], file.customers)


def _lay_out(frame: nw.DataFrame[Any], parts: Sequence[Part], step: int) -> _File:
    """Return the first rows of a file in its order, of every `step`."""
    first, value = parts[0], VALUE if parts[0].monthly else None
    laid = [
        part.frame.gather_every(step)
        .head(_MOST)
        .select(LINE, ID, *(nw.col(name).alias(value or name) for name in part.headers))
        .to_pandas()
        for part in parts
    ]
    rows = pd.concat(laid).sort_values(LINE).head(_MOST)
    known = frame.filter(nw.col(ID).is_in(rows[ID].unique().tolist()))
    others = known.drop(LINE).to_pandas().set_index(ID)
    rows = rows[rows[ID].isin(others.index)].reset_index(drop=True)
    others = others.reindex(rows[ID]).reset_index(drop=True)
    names = frozenset(name for part in parts for name in part.headers)
    if value:
        places = {value: Place(first.table, first.file, None, next(iter(first.headers.values())))}
    else:
        places = {name: first.place(name) for name in first.headers}
    covers = {name: names if value else frozenset([name]) for name in places} | {ID: names}
    places[ID] = Place(first.table, first.file, ID)
    return _File(places, covers, rows[ID], rows.drop(columns=[LINE, ID]), others, frame.shape[0])


def _spread(cells: pd.Series, sharp: bool = True) -> Floats:
    """Return numbers as ranks and labels as a column a value, of variance one; `sharp` takes local means away."""
    if pd.api.types.is_numeric_dtype(cells):
        spread = [np.asarray(cells.rank().fillna((len(cells) + 1) / 2), dtype=np.float64)]
    else:
        codes, texts = pd.factorize(cells)
        counts = np.bincount(codes + 1, minlength=len(texts) + 1)[1:]
        often = sorted(np.flatnonzero(counts >= _OFTEN).tolist(), key=lambda code: str(texts[code]))[:_OFTEN]
        spread = [np.asarray(codes == code, dtype=np.float64) for code in often]
    made = [np.empty((len(cells), 0))]
    for column in spread:
        left = column - (_local_mean(column) if sharp else column.mean())
        if left.std() > 0.1 * column.std():  # else hardly anything is left
            made.append(left / left.std())
    return np.column_stack(made)


def _local_mean(column: Floats) -> Floats:
    near = np.ones(_NEAR)
    return np.asarray(np.convolve(column, near, "same") / np.convolve(np.ones(len(column)), near, "same"))


def _find_lag(columns: Sequence[Floats], others: Sequence[Floats]) -> tuple[int, float]:
    """Return how many rows further down `columns` go with `others` far better than anywhere else, and how much.

    Zero if nowhere. Both the squared correlations with all columns together and the largest one alone may show it.
    """
    if sum(one.shape[1] for one in columns) * sum(one.shape[1] for one in others) == 0:
        return 0, 0.0
    moving, fixed = np.column_stack(columns), np.column_stack(others)
    n = len(moving)
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
            return best if best <= n // 2 else best - n, float(fit[best] - fit[0])
    return 0, 0.0


def _is_sorted(cells: pd.Series) -> bool:
    """Tell whether the cells of a column stand in order: numbers rising or falling, labels each in one block."""
    cells = cells.dropna()
    if len(cells) < _FEWEST:
        return False
    if pd.api.types.is_numeric_dtype(cells):
        return cells.iloc[0] != cells.iloc[-1] and (cells.is_monotonic_increasing or cells.is_monotonic_decreasing)
    return 1 < cells.nunique() == 1 + _count_turns(cells)


def _count_turns(cells: pd.Series) -> int:
    """Return how often a cell is another one than that before it."""
    return int(np.count_nonzero(np.diff(pd.factorize(cells)[0])))


def _is_alone(cells: pd.Series, around: pd.DataFrame, blocks: pd.Series | None) -> bool:
    """Tell whether a column goes with no other one, within each of `blocks`, better than when it is shuffled."""
    moving = _spread(cells, sharp=False)
    none = np.empty((len(cells), 0))
    fixed = np.column_stack([none, *(_spread(others, sharp=False) for _, others in around.items())])
    if blocks is not None:
        codes = pd.factorize(blocks)[0]
        moving, fixed = (one - pd.DataFrame(one).groupby(codes).transform("mean").to_numpy() for one in (moving, fixed))
    rng = np.random.default_rng(_SEED)
    drawn = [((moving[rng.permutation(len(moving))].T @ fixed) ** 2).sum() for _ in range(_DRAWS)]
    return bool(((moving.T @ fixed) ** 2).sum() < _BETTER * max(drawn))
