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
Integers = NDArray[np.int64]

NODES_STEP = 4  # quadrature nodes are compiled in multiples of this


@dataclass(frozen=True)
class Tree:
    """One tree; a node's children come after it.

    Parameters
    ----------
    feature, threshold : ndarray of shape (n_nodes,)
        A customer goes left where the column is at most the threshold.
    left, right : ndarray of shape (n_nodes,)
        The children; -1 for a leaf.
    cover : ndarray of shape (n_nodes,)
        The weight of the training customers that reached the node.
    value : ndarray of shape (n_nodes,)
        What a leaf adds to the output; 0 for other nodes.
    """

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    cover: Floats
    value: Floats


@dataclass(frozen=True)
class _Edges:
    """What the way into each node does: node 0 has none."""

    parent: Integers
    from_left: NDArray[np.bool_]
    column: Integers
    before: Integers  # the node whose way in is the last one on the path with the same column; 0 if none
    share: Floats  # of the training customers that the path's conditions on the column leave
    n_columns: int  # the most different columns on a path


def attribute_forest(trees: Sequence[Tree], columns: Floats, workers: int = 1) -> tuple[float, Floats]:
    """Attribute the sum of the trees to the columns.

    Parameters
    ----------
    trees : sequence of Tree
        Their outputs add up.
    columns : ndarray of shape (n_customers, n_columns)
        As the trees compare them.
    workers : int
        Threads; any number gives the same bits.

    Returns
    -------
    float
        The mean output over the training customers.
    ndarray of shape (n_customers, n_columns)
        The attributions; with the mean they add up to the output.
    """
    base = sum(float((tree.value * tree.cover).sum() / tree.cover[0]) for tree in trees)
    parts = np.array_split(np.arange(len(columns)), max(1, workers))
    attributed = Parallel(n_jobs=workers, prefer="threads")(
        delayed(_attribute)(trees, np.ascontiguousarray(columns[part])) for part in parts
    )
    return base, np.concatenate(attributed)


def _attribute(trees: Sequence[Tree], columns: Floats) -> Floats:
    total = np.zeros(columns.shape)
    for tree in trees:
        edges = _find_edges(tree)
        n_nodes = NODES_STEP * -(-max(1, (edges.n_columns + 1) // 2) // NODES_STEP)
        multiply, weigh = _tabulate(edges, n_nodes)
        _compile(n_nodes)(
            columns, tree.feature, tree.threshold, tree.value,
            edges.parent, edges.from_left, edges.column, edges.before, multiply, weigh, total,
        )  # fmt: skip
    return total


def _find_edges(tree: Tree) -> _Edges:
    size = len(tree.left)
    inner = np.flatnonzero(tree.left >= 0)
    parent = np.zeros(size, dtype=np.int64)
    from_left = np.zeros(size, dtype=np.bool_)
    parent[tree.left[inner]] = parent[tree.right[inner]] = inner
    from_left[tree.left[inner]] = True
    column = tree.feature[parent]
    ratio = (tree.cover / tree.cover[parent]).tolist()
    before, share = [0] * size, [1.0] * size
    last_with: list[dict[int, int]] = [{}] * size  # for each node: column → the last node on its path with it
    for node in range(1, size):
        on_path = last_with[parent[node]]
        before[node] = on_path.get(column[node], 0)
        share[node] = share[before[node]] * ratio[node]
        last_with[node] = on_path | {column[node]: node}
    most = max(len(on_path) for on_path in last_with)
    return _Edges(parent, from_left, column, np.array(before), np.array(share), most)


def _tabulate(edges: _Edges, n_nodes: int) -> tuple[Floats, Floats]:
    """Return for each edge, state and quadrature node what the product is multiplied by and the sum weighed by.

    The state counts the column's conditions that hold: 0 broken before this edge, 1 broken by it, 2 all hold.
    """
    at, weight = np.polynomial.legendre.leggauss(n_nodes)
    at, weight = (at + 1) / 2, weight / 2
    first = (edges.before == 0)[:, None]
    share, share_before = edges.share[:, None], edges.share[edges.before][:, None]
    multiply = np.empty((len(edges.share), 3, n_nodes))
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

    def add(
        columns: Any, feature: Any, threshold: Any, value: Any,
        parent: Any, from_left: Any, column: Any, before: Any, multiply: Any, weigh: Any, total: Any,
    ) -> None:  # fmt: skip
        size = len(parent)
        holds = np.ones(size, dtype=np.uint8)
        state = np.zeros(size, dtype=np.uint8)
        product = np.ones((size, n_nodes))
        below = np.zeros((size, n_nodes))
        sums = np.zeros((columns.shape[1], n_nodes))
        for customer in range(len(columns)):
            sums[:] = 0.0
            for node in range(1, size):
                above = parent[node]
                held = holds[before[node]]
                goes_left = columns[customer, feature[above]] <= threshold[above]
                holds[node] = held if goes_left == from_left[node] else 0
                state[node] = held + holds[node]
                for q in range(n_nodes):
                    product[node, q] = product[above, q] * multiply[node, state[node], q]
                    below[node, q] = product[node, q] * value[node]
            for node in range(size - 1, 0, -1):
                for q in range(n_nodes):
                    sums[column[node], q] += below[node, q] * weigh[node, state[node], q]
                    below[parent[node], q] += below[node, q]
            for j in range(columns.shape[1]):
                for q in range(n_nodes):
                    total[customer, j] += sums[j, q]

    compiled: Callable[..., None] = numba.njit(nogil=True, error_model="numpy")(add)
    return compiled


def read_forest(model: Any) -> list[Tree]:
    """Return the trees of a fitted scikit-learn forest of two classes; they add up to its probability of class 1."""
    return [_read_tree(member.tree_, len(model.estimators_)) for member in model.estimators_]


def _read_tree(tree: Any, n_trees: int) -> Tree:
    is_leaf = tree.children_left < 0
    share = tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1)
    return Tree(
        np.maximum(tree.feature, 0).astype(np.int64),
        tree.threshold.astype(np.float64),
        tree.children_left.astype(np.int64),
        tree.children_right.astype(np.int64),
        tree.weighted_n_node_samples.astype(np.float64),
        np.where(is_leaf, share / n_trees, 0.0),
    )
