"""Which customer gets which offer: the plan of highest expected net profit within the limits."""

from dataclasses import replace
from typing import Literal

import numpy as np

from retention.audience.plan.exact import find_core, narrow_core, solve_core
from retention.audience.plan.lagrangian import Prices, fill_greedily, find_prices, keep_profitable
from retention.audience.plan.problem import NOBODY, Problem, Solution, order_ties, pick

NEAR_PAIRS = 250  # so many undecided pairs HiGHS settles in no time
GOOD = 1e-6  # relative; with a gap below it no long search is worth the while
PROVEN = 1e-9  # relative; a gap below it is rounding


def solve(problem: Problem, *, iterations: int, exact_pairs: int, exact_nodes: int) -> Solution:
    """Choose at most one offer for each customer.

    The Lagrangian dual gives a bound and, by its prices, a plan; what the bound leaves undecided goes to
    HiGHS if it is not too much. The result does not depend on the clock.

    Parameters
    ----------
    problem : Problem
    iterations : int
        Limit of the dual.
    exact_pairs, exact_nodes : int
        The most undecided pairs that HiGHS gets, and its limit of nodes.
    """
    useful = keep_profitable(problem)
    if not useful.allowed.any():
        return Solution(np.full(len(problem.values), NOBODY), 0.0, 0.0, "exact")
    prices = find_prices(useful, iterations)
    chosen = fill_greedily(useful, prices.values)
    solution = _judge(problem, chosen, prices.bound, "lagrangian")
    if solution.method != "exact":
        solution = _improve(useful, prices, solution, exact_pairs, exact_nodes)
    return replace(solution, chosen=order_ties(problem, solution.chosen))


def _improve(problem: Problem, prices: Prices, found: Solution, exact_pairs: int, exact_nodes: int) -> Solution:
    if found.gap > GOOD:
        near = narrow_core(problem, prices, found.chosen, min(NEAR_PAIRS, exact_pairs))
        found = _take_better(problem, found, solve_core(problem, near, exact_nodes)[0], prices.bound)
    core = find_core(problem, prices, found.value)
    worth_it = exact_pairs if found.gap > GOOD else min(NEAR_PAIRS, exact_pairs)
    if found.method == "exact" or len(core.people) > worth_it:
        return found
    chosen, bound = solve_core(problem, core, exact_nodes)
    # The core holds every plan better than the one found: what is best within it is best of all.
    bound = prices.bound if bound is None else min(prices.bound, max(bound, found.value))
    return _take_better(problem, found, chosen, bound)


def _take_better(problem: Problem, found: Solution, chosen: np.ndarray | None, bound: float) -> Solution:
    better = chosen is not None and pick(problem.values, chosen).sum() > found.value
    return _judge(problem, chosen if chosen is not None and better else found.chosen, bound, found.method)


def _judge(problem: Problem, chosen: np.ndarray, bound: float, method: Literal["exact", "lagrangian"]) -> Solution:
    value = float(pick(problem.values, chosen).sum())
    proven = bound - value <= PROVEN * (1 + abs(bound))
    return Solution(chosen, value, max(bound, value), "exact" if proven else method)


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
