"""The rows that were learnt from and those of the month acted on, laid under one another as numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import rankdata

from retention.tables.columns import ID, PROBABILITY, UNIT
from retention.tables.months.rows import link_rows
from retention.tables.roles import ColumnRoles

Floats = NDArray[np.float64]
NOTHING = 1e-9  # keeps what does not vary finite
RARE = 5.0
"""A key that fewer of the smaller side are expected to have is counted among the other rare ones."""


@dataclass(frozen=True)
class Sides:
    """Two samples with customers in common; the rows learnt from come first."""

    is_current: NDArray[np.bool_]  # (n_rows,)
    customer: NDArray[np.int_]  # (n_rows,): one number for all rows of a customer and of their twins, on both sides
    blocks: dict[str, Floats]  # feature, or the probability → (n_rows, n_values): what is compared, centred

    def sway(self, values: Floats) -> Floats:
        """Return what each customer adds to the difference of the means, now less then: (n_customers, n_values).

        Customers are independent of one another, whatever their own rows have in common; so the differences have
        the covariance that the products of these parts add up to.
        """
        now = self.is_current
        share = np.where(now, 1 / now.sum(), -1 / (~now).sum())
        rows = np.arange(len(now))
        return np.asarray(csr_array((share, (self.customer, rows))) @ values)

    def only(self, names: Iterable[str]) -> "Sides":
        """Return the sides with some of the blocks."""
        return replace(self, blocks={name: self.blocks[name] for name in names})

    def join(self) -> Floats:
        """Return all blocks beside one another, each column with a standard deviation of 1: (n_rows, n_values)."""
        values = np.column_stack(list(self.blocks.values()))
        return np.asarray(values / np.maximum(values.std(axis=0), NOTHING))


def lay_out(learnt: pd.DataFrame, current: pd.DataFrame, roles: ColumnRoles, customer: NDArray[np.int_]) -> Sides:
    """Return both tables as numbers: ranks of what has an order, indicators of keys and of empty cells.

    `customer` is as `link_customers` gives it.
    """
    is_current = np.repeat([False, True], [len(learnt), len(current)])
    both = pd.concat([learnt, current], ignore_index=True)
    smaller = min(len(learnt), len(current)) / len(both)
    blocks = {}
    for name in (*roles.names, PROBABILITY):
        kind = roles.features.get(name, "number")
        if kind in ("number", "ordered"):
            values = _rank(order_cells(both[name], roles.orders.get(name)))
        else:
            values = _indicate(both[name], RARE / smaller)
        blocks[name] = values - values.mean(axis=0)
    return Sides(is_current, customer, blocks)


def order_cells(cells: pd.Series, order: tuple[str, ...] | None) -> Floats:
    """Return cells as numbers, NaN where empty; with an `order` of keys, the place in it."""
    numbers = cells.map({key: place for place, key in enumerate(order)}) if order else cells
    return np.asarray(numbers, dtype=float)


def _rank(numbers: Floats) -> Floats:
    """Return the first Legendre polynomials of the rank (Neyman 1937), so that no outlier leads, and what is empty."""
    empty = np.isnan(numbers)
    rank = np.zeros(len(numbers))
    rank[~empty] = (2 * rankdata(numbers[~empty]) - 1) / max(1, (~empty).sum()) - 1
    values = np.column_stack([rank, (3 * rank**2 - 1) / 2, (5 * rank**3 - 3 * rank) / 2]) * ~empty[:, None]
    return np.column_stack([values, empty]) if empty.any() else values


def _indicate(keys: pd.Series, least: float) -> Floats:
    """Return a column of 0 and 1 for each key; those with fewer than `least` rows share one."""
    named = keys.astype("object").where(keys.notna(), "")
    rare = named.map(named.value_counts()) < least
    codes = np.where(rare, 0, 1 + pd.factorize(named, sort=True)[0])
    return np.asarray(codes[:, None] == np.unique(codes), dtype=float)


def link_customers(learnt: pd.DataFrame, current: pd.DataFrame) -> NDArray[np.int_]:
    """Return the number of each row's customer: rows of one unit, or with one id, are of one, (n_rows,)."""
    shift = int(learnt[UNIT].max()) + 1 if len(learnt) else 0
    ids = pd.factorize(pd.concat([learnt[ID], current[ID]]))[0]
    return link_rows(ids, np.concatenate([learnt[UNIT], current[UNIT] + shift]))


def choose_rows(customer: NDArray[np.int_], n_learnt: int, at_most: int, seed: int) -> NDArray[np.bool_]:
    """Draw customers, with all their rows of a side, so that about `at_most` rows are left of either side: (n_rows,).

    The sides draw by the same numbers: who is drawn on the larger side is drawn on the other one too.
    """
    drawn = np.random.default_rng(seed).random(int(customer.max()) + 1)
    share = np.repeat(at_most / np.array([n_learnt, len(customer) - n_learnt]), [n_learnt, len(customer) - n_learnt])
    return np.asarray(drawn[customer] < share)
