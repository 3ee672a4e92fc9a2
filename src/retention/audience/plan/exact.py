"""The last step to the best plan: what the prices leave undecided goes to a mixed-integer solver (HiGHS)."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from retention.audience.plan.lagrangian import Prices, reduce_values
from retention.audience.plan.problem import NOBODY, SLACK, Problem, is_feasible, measure_use, pick

OPTIMAL = 0
CAUTION = 2e-6  # HiGHS keeps rows to about 1e-6


@dataclass(frozen=True)
class Core:
    """What is still open once the prices have settled the rest.

    Parameters
    ----------
    settled : ndarray of int, shape (n,)
        The offers of customers who have exactly one choice left, `NOBODY` for all others.
    people, offers : ndarray of int, shape (k,)
        The open pairs.
    """

    settled: np.ndarray
    people: np.ndarray
    offers: np.ndarray


def find_core(problem: Problem, prices: Prices, value: float) -> Core:
    """Drop every choice that provably is in no plan worth more than `value`.

    A choice that is forced on one customer lowers the bound by how far it is, after prices, from that
    customer's best choice; if the bound falls below `value`, no better plan holds it (reduced-cost fixing).
    """
    reduced = reduce_values(problem, prices.values)
    best = np.maximum(reduced.max(axis=1), 0.0)
    room = prices.bound - value + SLACK * (1 + abs(prices.bound))
    open_pairs = problem.allowed & (best[:, None] - reduced <= room)
    must = best > room  # contacting nobody would cost more than there is room for
    single = must & (open_pairs.sum(axis=1) == 1)
    settled = np.where(single, open_pairs.argmax(axis=1), NOBODY)
    people, offers = np.nonzero(open_pairs & ~single[:, None])
    return Core(settled, people, offers)


def solve_core(problem: Problem, core: Core, nodes: int) -> tuple[np.ndarray | None, float | None]:
    """Solve the open part.

    Returns
    -------
    chosen : ndarray of int, shape (n,), or None
        The best plan found, None if there is none within the limits.
    bound : float or None
        No plan that agrees with the core is worth more.
    """
    taken = measure_use(problem, core.settled)
    base = float(pick(problem.values, core.settled).sum())
    if len(core.people) == 0:
        return core.settled, base
    for caution in (0.0, CAUTION):
        left = problem.limits * (1 - caution) - taken
        with _silence():
            found = _call_highs(problem, core, left, nodes)
        bound = None if found.mip_dual_bound is None else base - float(found.mip_dual_bound)
        if found.x is None:
            return None, bound
        taken_pairs = found.x > 0.5
        chosen = core.settled.copy()
        chosen[core.people[taken_pairs]] = core.offers[taken_pairs]
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


def _call_highs(problem: Problem, core: Core, left: np.ndarray, nodes: int) -> Any:
    people, k = core.people, len(core.people)
    m = problem.values.shape[1]
    columns = np.arange(k)
    who, row = np.unique(people, return_inverse=True)
    once = csr_matrix((np.ones(k), (row, columns)), shape=(len(who), k))
    use = [
        csr_matrix(problem.costs[people, core.offers]),
        csr_matrix((np.ones(k), (core.offers, columns)), shape=(m, k)),
        csr_matrix(problem.groups[people].T.astype(float)),
    ]
    limited = vstack(use, format="csr")
    finite = np.isfinite(left)
    return milp(
        -problem.values[people, core.offers],
        integrality=np.ones(k),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(once, -np.inf, 1),
            LinearConstraint(limited[finite], -np.inf, left[finite]),
        ],
        options={"node_limit": nodes, "mip_rel_gap": 1e-9},
    )
