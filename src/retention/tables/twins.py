"""Twins: customers equal in every behaviour column."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

_FIRST, _INDEX, _SIGNATURE = "first", "index", "signature"


def find_twin_groups(frame: nw.DataFrame[Any], columns: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a group number for every row, equal for rows that are equal in all `columns`.

    Parameters
    ----------
    frame : nw.DataFrame
        n rows, no empty cells.
    columns : sequence of str
        What twins share.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers 0, 1, … in order of first appearance.
    """
    first = np.arange(frame.shape[0])
    signature = _sign(frame, columns)
    candidates = np.flatnonzero(nw.new_series(_SIGNATURE, signature, backend=frame.implementation).is_duplicated())
    if candidates.size:
        rows = frame[candidates, list(columns)].with_row_index(_INDEX)
        leaders = rows.select(nw.col(_INDEX).min().over(*columns))[_INDEX].to_numpy()
        first[candidates] = candidates[leaders]
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


def _sign(frame: nw.DataFrame[Any], columns: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a number for each row that is equal for equal rows, and seldom for others.

    It spares grouping all rows by all columns; what it finds is compared column by column afterwards.
    """
    signature = np.zeros(frame.shape[0])
    weights = np.random.default_rng(0).random(len(columns))
    for weight, column in zip(weights, columns, strict=True):
        values = frame[column]
        if not values.dtype.is_numeric():
            keys = sorted(values.unique().to_list())
            values = values.replace_strict(keys, list(range(len(keys))), return_dtype=nw.Float64)
        signature += values.to_numpy().astype(np.float64, copy=False) * weight
    return signature
