"""Which customer gets which offer: the plan of highest expected net profit within the limits."""

from dataclasses import replace

import numpy as np

from retention.audience.plan.exact import find_core, solve_core
from retention.audience.plan.lagrangian import fill_greedily, find_prices, keep_profitable
from retention.audience.plan.problem import NOBODY, Method, Problem, Solution, order_ties, pick
from retention.audience.plan.settings import SolverSettings

PROVEN = 1e-9  # relative; a gap below it is rounding


def solve(problem: Problem, solver: SolverSettings) -> Solution:
    """Choose at most one offer for each customer.

    The Lagrangian dual gives a bound and, by its prices, a plan; what the bound leaves undecided goes to
    HiGHS if it is not too much. The result does not depend on the clock.

    Parameters
    ----------
    problem : Problem
    solver : SolverSettings
    """
    useful = keep_profitable(problem)
    if not useful.allowed.any():
        nobody = np.full(len(problem.values), NOBODY)
        return Solution(nobody, 0.0, 0.0, "exact", np.zeros(len(problem.limits)))
    prices = find_prices(useful, solver.iterations)
    chosen, bound = fill_greedily(useful, prices.values), prices.bound
    value = float(pick(problem.values, chosen).sum())
    core = find_core(useful, prices, value)
    if not _is_proven(value, bound) and len(core.people) <= solver.exact_pairs:
        better, limit = solve_core(useful, core, solver.exact_nodes)
        # The core holds every plan better than the one found: what is best within it is best of all.
        bound = bound if limit is None else min(bound, max(limit, value))
        if better is not None and (gained := float(pick(problem.values, better).sum())) > value:
            chosen, value = better, gained
    method: Method = "exact" if _is_proven(value, bound) else "lagrangian"
    return Solution(order_ties(problem, chosen), value, max(bound, value), method, prices.values)


def _is_proven(value: float, bound: float) -> bool:
    return bound - value <= PROVEN * (1 + abs(bound))


def compute_marginal_value(problem: Problem, iterations: int) -> float:
    """Return how much the bound rises with one more unit of budget; 0 where the budget does not bind."""
    if not np.isfinite(problem.budget):
        return 0.0
    now = find_bound(problem, iterations)
    more = find_bound(replace(problem, budget=problem.budget + 1), iterations)
    return max(0.0, more - now)


def find_bound(problem: Problem, iterations: int) -> float:
    """Return the bound of the linear relaxation."""
    useful = keep_profitable(problem)
    return find_prices(useful, iterations).bound if useful.allowed.any() else 0.0
