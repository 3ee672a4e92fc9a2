"""Customer-months: what each teaches and how often it counts; units of those that belong together, drawn whole."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH, TARGET

TIMES = "times"
TAUGHT = TableSchema(
    rows="a customer-month, in the order of the table that is learnt from",
    columns={
        MONTH: ColumnSchema("text", "The month."),
        ID: ColumnSchema("id", "The customer."),
        TARGET: ColumnSchema("integer", "The label that is learnt; of a treated customer not always what was seen."),
        TIMES: ColumnSchema("integer", "How often the row is learnt from; 0 is never."),
    },
)


def take_taught(learnt: pd.DataFrame, taught: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are learnt from, as often and with the labels as `taught` (`TAUGHT`, row by row) says."""
    given = learnt.assign(**{TARGET: taught[TARGET].to_numpy()})
    return given.loc[given.index.repeat(taught[TIMES])]


def link_rows(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each row's group, shape (n,), 0, 1, … in order of first appearance.

    Rows are of one group if either array, of whole numbers from 0, has the same for both, or if others join them.
    """
    shared = np.flatnonzero((np.bincount(first)[first] > 1) | (np.bincount(second)[second] > 1))  # others are alone
    one, other = (pd.factorize(numbers[shared])[0] for numbers in (first, second))
    size = int(one.max(initial=-1)) + 1
    pairs = coo_array((np.ones(len(one), dtype=np.int8), (one, size + other)), shape=(2 * len(one), 2 * len(one)))
    _, joined = connected_components(pairs, directed=False)
    leader = np.arange(len(first))
    leader[shared] = pd.Series(shared).groupby(joined[one]).transform("first")
    groups: NDArray[np.int64] = pd.factorize(leader)[0].astype(np.int64)
    return groups


def draw_units(units: ArrayLike, at_most: int | None, *seed: int) -> NDArray[np.bool_]:
    """Draw units, each with all its rows, until about `at_most` rows are there: shape (n_rows,).

    Every row is taken if there are no more than that, or if it is None. Else the units come in an order that `seed`
    decides, and the one that reaches the number is the last; so a larger number adds to what a smaller one gives.
    """
    names, place, sizes = np.unique(np.asarray(units), return_inverse=True, return_counts=True)
    if at_most is None or len(place) <= at_most:
        return np.ones(len(place), dtype=bool)
    order = np.random.default_rng([*seed]).permutation(len(names))
    drawn = np.zeros(len(names), dtype=bool)
    drawn[order[: np.searchsorted(np.cumsum(sizes[order]), at_most) + 1]] = True
    return np.asarray(drawn[place])
