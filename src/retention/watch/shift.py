"""Whether the customers of a month are like those learnt from: a two-sample classifier, and each column by itself.

A customer who returns has rows on both sides, so that rows are not independent, and the two rows of one customer do
not even have the same law (a tenure only grows). What each customer adds to the difference of the sides is independent
of the others, and zero on average if the sides are alike: every test here is built on these parts (`Sides.sway`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.sparse import csr_array
from scipy.stats import f as fisher
from scipy.stats import false_discovery_control, rankdata, wasserstein_distance

from retention.estimate import compute_cramers_v
from retention.learning.evaluation.metrics import compute_roc_auc
from retention.tables.columns import ID, PROBABILITY, UNIT
from retention.tables.months.rows import link_rows
from retention.tables.roles import ColumnRoles
from retention.watch.summary import ColumnShift, Shift

Floats = NDArray[np.float64]
NOTHING = 1e-9  # keeps what does not vary finite
RARE = 5.0  # a key that fewer of the smaller side are expected to have is counted among the other rare ones


RIDGE = 1.0  # of the classifier, in variances of a column
CELLS = 4_000_000  # signs held at a time
ROWS = 3  # the stream of random numbers that draws rows


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
    drawn = np.random.default_rng([seed, ROWS]).random(int(customer.max()) + 1)
    share = np.repeat(at_most / np.array([n_learnt, len(customer) - n_learnt]), [n_learnt, len(customer) - n_learnt])
    return np.asarray(drawn[customer] < share)


def classify_sides(sides: Sides, permutations: int, seed: int) -> Shift:
    """Return how well a linear discriminant tells the month from what was learnt from, and the p-value of that.

    Each customer is judged by the discriminant that all others taught, so that the statistic, the mean margin between
    the sides, is zero on average if they are alike (it is the maximum mean discrepancy of Gretton et al. 2012 under
    the discriminant's kernel). In a permutation each customer changes sides as a whole, with the weight of their
    rows, or does not: a wild bootstrap by customer (Chwialkowski et al. 2014).
    """
    values = sides.join()
    parts = sides.sway(values)
    covariance = parts.T @ parts
    scale = max(float(np.diag(covariance).mean()), NOTHING**2)
    factor = cho_factor(covariance + RIDGE * scale * np.eye(len(covariance)), lower=True)
    margins = solve_triangular(factor[0], parts.T, lower=True).T
    p_value = _permute(margins, permutations, np.random.default_rng(seed))
    others = (parts.sum(axis=0) - parts)[sides.customer]
    score = np.einsum("ij,ij->i", values, cho_solve(factor, others.T).T)
    found = compute_roc_auc(sides.is_current.astype(int), score, np.ones((1, len(score))))
    return Shift(roc_auc=float(found[0]), p_value=p_value)


def _permute(margins: Floats, permutations: int, rng: np.random.Generator) -> float:
    """Return the share of the permutations, the real sides among them, whose squared sum is at least theirs."""
    real = float((margins.sum(axis=0) ** 2).sum())
    batch = max(1, CELLS // len(margins))
    reached = 1
    for start in range(0, permutations, batch):
        signs = rng.integers(2, size=(min(batch, permutations - start), len(margins))) * 2.0 - 1
        reached += int((((signs @ margins) ** 2).sum(axis=1) >= real).sum())
    return reached / (permutations + 1)


def compute_p_value(parts: Floats) -> float:
    """Return the p-value of a difference of zero, by Hotelling's test of the customers' parts (n_customers, k)."""
    total, covariance = parts.sum(axis=0), parts.T @ parts
    sizes, directions = np.linalg.eigh(covariance)
    kept = sizes > NOTHING * max(float(sizes.max()), NOTHING**2)
    rank, n = int(kept.sum()), int(parts.any(axis=1).sum())
    if rank == 0 or n <= rank:
        return 1.0
    square = float(((directions[:, kept].T @ total) ** 2 / sizes[kept]).sum())
    square *= (n - 1) / max(n - square, NOTHING)  # the variance is around zero: at most n
    return float(fisher.sf(square * (n - rank) / (rank * (n - 1)), rank, n - rank))


def compare_columns(
    then: pd.DataFrame, now: pd.DataFrame, sides: Sides, roles: ColumnRoles, weights: Mapping[str, float], rate: float
) -> tuple[ColumnShift, ...]:
    """Return each feature's change; `rate` of those that are found may be found by chance.

    The test is Neyman's smooth one on the customers' parts, adjusted after Benjamini and Hochberg (1995).
    """
    adjusted = false_discovery_control([compute_p_value(sides.sway(sides.blocks[name])) for name in roles.names])
    found = [
        ColumnShift(
            column=name,
            weight=weights.get(name, 0.0),
            shifted=bool(p_value <= rate),
            adjusted=float(p_value),
            **_describe(then[name], now[name], roles.features[name], roles.orders.get(name)),
        )
        for name, p_value in zip(roles.names, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, one.adjusted)))


def _describe(
    then: pd.Series, now: pd.Series, kind: str, order: tuple[str, ...] | None
) -> dict[str, float | str | None]:
    """Return effect, key, then and now of a `ColumnShift`."""
    if kind in ("number", "ordered"):
        sides = [order_cells(side, order) for side in (then, now)]
        full = [side[~np.isnan(side)] for side in sides]
        if not all(map(len, full)):
            return {"effect": 0.0, "key": None, "then": None, "now": None}
        deviation = float(full[0].std())
        effect = float(wasserstein_distance(*full)) / deviation if deviation else 0.0
        return {"effect": effect, "key": None, "then": float(full[0].mean()), "now": float(full[1].mean())}
    keys = pd.concat([then, now]).astype("object").fillna("").to_numpy()
    counts = pd.crosstab(np.repeat([0, 1], [len(then), len(now)]), keys)
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    place = int(np.abs(shares[1] - shares[0]).argmax())
    strength = compute_cramers_v(counts.to_numpy(dtype=int), 0.95)
    return {
        "effect": strength.value if strength else 0.0,
        "key": str(counts.columns[place]),
        "then": float(shares[0, place]),
        "now": float(shares[1, place]),
    }
