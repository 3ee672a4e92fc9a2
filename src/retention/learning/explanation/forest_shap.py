"""Exact Shapley values of forests, fast enough for hundreds of full-depth trees: shap's TreeExplainer needs minutes.

The game is that of TreeSHAP with path-dependent perturbation (Lundberg et al. 2020, algorithm 1): a column that
is not known is averaged over by the training customers' shares in the branches. For one leaf the value of a set
of known columns is a product over the columns on its path, each factor 1 or 0 (does the customer satisfy the
path's conditions on the column?) if known and the share r of the path if not. Shapley values are integrals of
the gradient of the multilinear extension along its diagonal (Owen 1972, section 4), hence for one leaf

    phi_j = value * (o_j - r_j) * integral over t in [0, 1] of the product over k != j of (r_k + t (o_k - r_k)).

The integrand is a polynomial in t, so Gauss-Legendre quadrature is exact. Products are passed down the tree and
sums of them up (as in Linear TreeSHAP: Yu et al. 2022), so a customer costs a few operations an edge and node.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES_STEP = 4  # quadrature nodes are compiled in multiples of this
WAY = np.dtype(
    [("parent", "i8"), ("from_left", "?"), ("column", "i8"), ("threshold", "f8"), ("before", "i8"), ("value", "f8")],
    align=True,
)
"""The way into a node: whence, by which answer to which question (a customer goes left where the column is at most the
threshold), the last node before it on the path whose way in asks of the same column (0 if none), and what a leaf adds.
"""


@dataclass(frozen=True)
class Tree:
    """One tree; a node's children come after it, and node 0 has no way in."""

    ways: NDArray[np.void]  # (n_nodes,) of `WAY`
    share: Floats  # (n_nodes,): of the training customers, those that the path's conditions on the column leave
    n_columns: int  # the most different columns on a path
    mean: float  # of the output over the training customers


def read_forest(model: Any) -> list[Tree]:
    """Return the trees of a fitted scikit-learn forest of two classes; they add up to its probability of class 1."""
    return [_read_tree(member.tree_, len(model.estimators_)) for member in model.estimators_]


def _read_tree(tree: Any, n_trees: int) -> Tree:
    ways = np.zeros(tree.node_count, dtype=WAY)
    inner = np.flatnonzero(tree.children_left >= 0)
    ways["parent"][tree.children_left[inner]] = ways["parent"][tree.children_right[inner]] = inner
    ways["from_left"][tree.children_left[inner]] = True
    parent, cover = ways["parent"], tree.weighted_n_node_samples
    ways["column"], ways["threshold"] = tree.feature[parent], tree.threshold[parent]
    positive = tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1)
    ways["value"] = np.where(tree.children_left < 0, positive / n_trees, 0.0)
    ratio, column = (cover / cover[parent]).tolist(), ways["column"].tolist()
    before, share = [0] * tree.node_count, [1.0] * tree.node_count
    last_with: list[dict[int, int]] = [{}] * tree.node_count  # of each node: column → the last on its path with it
    for node in range(1, tree.node_count):
        on_path = last_with[parent[node]]
        before[node] = on_path.get(column[node], 0)
        share[node] = share[before[node]] * ratio[node]
        last_with[node] = on_path | {column[node]: node}
    ways["before"] = before
    return Tree(ways, np.array(share), max(map(len, last_with)), float((ways["value"] * cover).sum() / cover[0]))


def attribute_forest(trees: Sequence[Tree], columns: Floats, workers: int = 1) -> tuple[float, Floats]:
    """Attribute the sum of the trees to the columns, of shape (n_customers, n_columns) as the trees compare them.

    The first value is the mean output over the training customers, which with the attributions, (n_customers,
    n_columns), adds up to the output. Any number of `workers`, which are threads, gives the same bits.
    """
    parts = np.array_split(np.arange(len(columns)), max(1, workers))
    attributed = Parallel(n_jobs=workers, prefer="threads")(
        delayed(_attribute)(trees, np.ascontiguousarray(columns[part])) for part in parts
    )
    return sum(tree.mean for tree in trees), np.concatenate(attributed)


def _attribute(trees: Sequence[Tree], columns: Floats) -> Floats:
    total = np.zeros(columns.shape)
    for tree in trees:
        n_nodes = NODES_STEP * -(-max(1, (tree.n_columns + 1) // 2) // NODES_STEP)
        _compile(n_nodes)(columns, tree.ways, *_tabulate(tree, n_nodes), total)
    return total


def _tabulate(tree: Tree, n_nodes: int) -> tuple[Floats, Floats]:
    """Return for each way, state and quadrature node what the product is multiplied by and the sum weighed by.

    The state counts the column's conditions that hold: 0 broken before this way, 1 broken by it, 2 all hold.
    """
    at, weight = np.polynomial.legendre.leggauss(n_nodes)
    at, weight = (at + 1) / 2, weight / 2
    before = tree.ways["before"]
    first = (before == 0)[:, None]
    share, share_before = tree.share[:, None], tree.share[before][:, None]
    multiply = np.empty((len(before), 3, n_nodes))
    weigh = np.empty_like(multiply)
    for state, (holds, held) in enumerate(((0, 0), (0, 1), (1, 1))):
        factor = share + at * (holds - share)
        factor_before = np.where(first, 1.0, share_before + at * (held - share_before))
        multiply[:, state] = factor / factor_before
        undone = np.where(first, 0.0, (held - share_before) / factor_before)
        weigh[:, state] = weight * ((holds - share) / factor - undone)
    return multiply, weigh


@cache
def _compile(n_nodes: int) -> Callable[..., None]:
    """Return the compiled loop for a fixed number of quadrature nodes, which lets the compiler unroll it."""
    import numba

    def add(columns: Any, ways: Any, multiply: Any, weigh: Any, total: Any) -> None:
        size = len(ways)
        holds = np.ones(size, dtype=np.uint8)
        state = np.zeros(size, dtype=np.uint8)
        product = np.ones((size, n_nodes))
        below = np.zeros((size, n_nodes))
        sums = np.zeros((columns.shape[1], n_nodes))
        for customer in range(len(columns)):
            sums[:] = 0.0
            for node in range(1, size):
                way = ways[node]
                held = holds[way.before]
                goes_left = columns[customer, way.column] <= way.threshold
                holds[node] = held if goes_left == way.from_left else 0
                state[node] = held + holds[node]
                for q in range(n_nodes):
                    product[node, q] = product[way.parent, q] * multiply[node, state[node], q]
                    below[node, q] = product[node, q] * way.value
            for node in range(size - 1, 0, -1):
                way = ways[node]
                for q in range(n_nodes):
                    sums[way.column, q] += below[node, q] * weigh[node, state[node], q]
                    below[way.parent, q] += below[node, q]
            for j in range(columns.shape[1]):
                for q in range(n_nodes):
                    total[customer, j] += sums[j, q]

    compiled: Callable[..., None] = numba.njit(nogil=True, error_model="numpy")(add)
    return compiled
