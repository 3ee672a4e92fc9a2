"""Which customer gets which offer: the plan of highest expected net profit within the limits.

The Lagrangian dual gives a bound and, by its prices, a plan; what the bound leaves undecided goes to a mixed-integer
solver (HiGHS) if it is not too much.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from retention.audience.plan.lagrangian import Prices, fill_greedily, find_prices, keep_profitable, reduce_values
from retention.audience.plan.problem import (
    NOBODY,
    SLACK,
    Problem,
    Solution,
    find_smallest,
    is_feasible,
    measure_use,
    order_ties,
    pick,
)
from retention.audience.plan.settings import SolverSettings

PROVEN = 1e-9  # relative; a gap below it is rounding
CAUTION = 2e-6  # HiGHS keeps rows to about 1e-6
INFEASIBLE = 2  # what `scipy.optimize.milp` says where no plan keeps the limits


def solve(problem: Problem, solver: SolverSettings, known: float = 0.0, least: int = 0) -> Solution:
    """Choose at most one offer for each customer, of those that pay; the result does not depend on the clock.

    Parameters
    ----------
    known : float
        What a plan found before is worth: one that is worth no more is not looked for.
    least : int
        A plan that sends an offer to fewer customers is returned as it was found by prices, for it is not wanted.

    Returns
    -------
    Solution
        Nobody where no plan was found that keeps the floors too. No plan is worth more than its bound or `known`.
    """
    useful, chosen = keep_profitable(problem), np.full(len(problem.values), NOBODY)
    rows = np.asarray(useful.allowed.any(axis=1))
    if not rows.any():
        return Solution(chosen, 0.0, 0.0, np.zeros(len(problem.limits)))
    useful = useful.only(rows)
    prices = find_prices(useful, solver.iterations)
    value, bound = 0.0, prices.bound
    found = fill_greedily(useful, prices.values)
    if is_feasible(useful, found):
        value, chosen[rows] = float(pick(useful.values, found).sum()), found
    best = max(value, known)
    settled, undecided = find_core(useful, prices, best)
    open_ = best < bound and not is_proven(best, bound) and undecided.sum() <= solver.exact_pairs
    if open_ and find_smallest(chosen, least) is None:
        better, limit = _solve_core(useful, settled, undecided, solver.exact_nodes)
        # The core holds every plan better than the one found: what is best within it is best of all.
        bound = bound if limit is None else min(bound, max(limit, best))
        if better is not None and (gained := float(pick(useful.values, better).sum())) > best:
            value, chosen[rows] = gained, better
    return Solution(order_ties(problem, chosen), value, max(bound, value), prices.values)


def is_proven(value: float, bound: float) -> bool:
    """Return whether no plan can be worth more than `value`, rounding aside."""
    return bound < np.inf and bound - value <= PROVEN * (1 + abs(bound))


def compute_marginal_value(problem: Problem, iterations: int) -> float:
    """Return how much the bound rises with one more unit of budget; 0 where the budget does not bind."""
    if not np.isfinite(problem.budget):
        return 0.0
    more = replace(problem, budget=problem.budget + 1)
    return max(0.0, find_bound(more, iterations) - find_bound(problem, iterations))


def find_bound(problem: Problem, iterations: int) -> float:
    """Return the bound of the linear relaxation."""
    return find_prices(keep_profitable(problem), iterations).bound


def find_core(problem: Problem, prices: Prices, value: float) -> tuple[np.ndarray, np.ndarray]:
    """Drop every choice that provably is in no plan worth more than `value`.

    A choice that is forced on one customer lowers the bound by how far it is, after prices, from that
    customer's best choice; if the bound falls below `value`, no better plan holds it (reduced-cost fixing).

    There remain the offers of customers who have exactly one choice left, `NOBODY` for all others, int, (n,), and the
    pairs that are still open, bool, (n, m).
    """
    room = prices.bound - value + SLACK * (1 + abs(prices.bound))
    undecided, must = np.empty_like(problem.allowed), np.empty(len(problem.values), dtype=bool)
    for rows, part in problem.split():
        reduced = reduce_values(part, prices.values)
        best = np.maximum(reduced.max(axis=1), 0.0)
        undecided[rows] = part.allowed & (best[:, None] - reduced <= room)
        must[rows] = best > room  # contacting nobody would cost more than there is room for
    single = must & (undecided.sum(axis=1) == 1)
    return np.where(single, undecided.argmax(axis=1), NOBODY), undecided & ~single[:, None]


def _solve_core(
    problem: Problem, settled: np.ndarray, undecided: np.ndarray, nodes: int
) -> tuple[np.ndarray | None, float | None]:
    """Return the best plan found, None if none keeps limits and floors, and the bound of all that agree with the core.

    It is minus infinity where none can, None where the solver says nothing.
    """
    taken = measure_use(problem, settled)
    base = float(pick(problem.values, settled).sum())
    people, offers = np.nonzero(undecided)
    if len(people) == 0:
        return (settled, base) if is_feasible(problem, settled) else (None, -np.inf)
    bound = None
    for caution in (0.0, CAUTION):
        with _silence():
            found = _call_highs(problem, people, offers, taken, caution, nodes)
        if found.status == INFEASIBLE and not caution:
            return None, -np.inf
        if not caution:  # of tighter limits a bound is none of these
            bound = None if found.mip_dual_bound is None else base - float(found.mip_dual_bound)
        if found.x is None:
            break
        chosen = settled.copy()
        chosen[people[found.x > 0.5]] = offers[found.x > 0.5]
        if is_feasible(problem, chosen):
            return chosen, bound
    return None, bound


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what native code prints off the standard output: HiGHS prints debug lines that no option turns off."""
    flush = ctypes.CDLL(None).fflush
    sys.stdout.flush()
    flush(None)
    kept = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        flush(None)
        os.dup2(kept, 1)
        os.close(kept)


def _call_highs(
    problem: Problem, people: np.ndarray, offers: np.ndarray, taken: np.ndarray, caution: float, nodes: int
) -> Any:
    k, each = len(people), np.arange(len(problem.capacities))
    who, row = np.unique(people, return_inverse=True)
    once = csr_matrix((np.ones(k), (row, np.arange(k))), shape=(len(who), k))
    use = np.vstack([problem.costs[people, offers], offers == each[:, None], problem.groups[people].T])
    left = problem.limits * (1 - caution) - taken
    finite, floored = np.isfinite(left), np.flatnonzero(problem.floors > 0)
    return milp(
        -problem.values[people, offers],
        integrality=np.ones(k),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(once, -np.inf, 1),
            LinearConstraint(csr_matrix(use[finite]), -np.inf, left[finite]),
            LinearConstraint(csr_matrix(use[1 + floored]), (problem.floors - taken[1 + each])[floored], np.inf),
        ],
        options={"node_limit": nodes, "mip_rel_gap": 1e-9},
    )
