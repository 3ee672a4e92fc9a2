"""Twins: customers equal in every behaviour column."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np


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
    rows = frame.select(columns).to_pandas()
    groups: np.ndarray[Any, np.dtype[np.int64]] = (
        rows.groupby(list(columns), sort=False, observed=True).ngroup().to_numpy(dtype=np.int64)
    )
    return groups
