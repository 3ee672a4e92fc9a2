"""The plan in which no offer goes to a few: each is sent to at least so many customers, or to none.

A branch and bound over the offers (Land and Doig 1960, "An Automatic Method of Solving Discrete Programming Problems",
p. 497): where the best plan would send an offer to too few, the plans without it and those with enough of it are looked
at apart, as far as their bounds promise more than the best plan found.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from retention.audience.plan.lagrangian import keep_profitable
from retention.audience.plan.plan import is_proven, solve
from retention.audience.plan.problem import NOBODY, Problem, Solution, find_smallest
from retention.audience.plan.settings import SolverSettings


class Sized(NamedTuple):
    """A plan in which no offer goes to a few."""

    solution: Solution
    problem: Problem  # without the offers given up, with a floor for those that were filled up
    given_up: list[int]  # offers that too few would get


class _Branch(NamedTuple):
    """The plans in which some offers go to nobody, and some to enough."""

    bound: float
    given_up: frozenset[int] = frozenset()
    filled: frozenset[int] = frozenset()


def solve_in_size(problem: Problem, solver: SolverSettings, least: int) -> Sized:
    """Choose as `solve`, but with no offer that fewer than `least` customers would get.

    After `solver.offer_sets` branches the best plan found so far is returned, with a bound that is valid all the same.
    """
    paying = keep_profitable(problem).allowed.sum(axis=0)
    few = np.flatnonzero((paying > 0) & (np.minimum(paying, problem.capacities) < least)).tolist()
    nothing = Solution(np.full(len(problem.values), NOBODY), 0.0, 0.0, np.zeros(len(problem.limits)))
    every = np.flatnonzero(paying).tolist()
    best = Sized(nothing, problem.without(every), every)
    left, bounds = [_Branch(np.inf, frozenset(few))], [0.0]  # branches to look at, bounds of those that were
    for _ in range(solver.offer_sets):
        left = [branch for branch in left if not is_proven(best.solution.value, branch.bound)]
        if not left:
            break
        branch = left.pop()
        part = _restrict(problem, branch, least)
        found = solve(part, solver, best.solution.value, least)
        bound = min(branch.bound, found.bound)
        small = find_smallest(found.chosen, least)
        if small is not None:  # without it first: a plan is found soon
            left.append(_Branch(bound, branch.given_up, branch.filled | {small}))
            left.append(_Branch(bound, branch.given_up | {small}, branch.filled))
            continue
        bounds.append(bound)
        if found.value > best.solution.value:
            best = Sized(found, part, sorted(branch.given_up))
    bound = max(*bounds, *(branch.bound for branch in left), best.solution.value)
    return best._replace(solution=replace(best.solution, bound=bound))


def _restrict(problem: Problem, branch: _Branch, least: int) -> Problem:
    floors = np.zeros_like(problem.floors)
    floors[[*branch.filled]] = least
    return replace(problem.without(branch.given_up), floors=floors)
