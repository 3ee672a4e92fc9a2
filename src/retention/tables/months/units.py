"""Rows that belong to one unit: of one customer, or joined by what else they share."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def link_rows(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each row's group, shape (n,), 0, 1, … in order of first appearance.

    Rows are of one group if either array, of whole numbers from 0, has the same for both, or if others join them.
    """
    other = second + int(first.max(initial=-1)) + 1
    size = int(other.max(initial=-1)) + 1
    pairs = coo_array((np.ones(len(first), dtype=np.int8), (first, other)), shape=(size, size))
    _, joined = connected_components(pairs, directed=False)
    groups: NDArray[np.int64] = pd.factorize(joined[first])[0].astype(np.int64)
    return groups
