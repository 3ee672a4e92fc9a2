"""A plan for every budget at once, by a rule that comes near the best one.

Each customer's offers lie on a frontier of cost and value: first the one that brings most per unit of cost, then each
dearer one that adds to it. The steps of all frontiers in the order of value added per unit of cost solve the linear
relaxation for whatever sum they have cost so far (Sinha and Zoltners 1979, "The Multiple-Choice Knapsack Problem",
p. 506); what is left of a budget buys single pairs that still fit. Where a capacity or a cap is reached, its pairs are
closed and the rest goes on without them: within such limits the rule is a greedy one.
"""

from dataclasses import dataclass, replace

import numpy as np

from retention.audience.plan.lagrangian import keep_profitable, take_in_order
from retention.audience.plan.problem import NOBODY, SLACK, Problem, measure_use, pick

LAST_PAIRS = 200  # so many of the next pairs are tried on the money left over


@dataclass(frozen=True)
class Steps:
    """Steps along the customers' frontiers, in the order in which they are taken.

    Parameters
    ----------
    people, offers : ndarray of int, shape (k,)
        Who moves to which offer; a customer may move on to a dearer one later.
    costs : ndarray of shape (k,)
        What each move adds to the costs.
    """

    people: np.ndarray
    offers: np.ndarray
    costs: np.ndarray

    def take(self, count: int) -> "Steps":
        """Return the first `count` steps."""
        return Steps(self.people[:count], self.offers[:count], self.costs[:count])


def find_path(problem: Problem) -> Steps:
    """Return the steps that lead from no contact to the plan without a budget, within capacities and caps."""
    useful = keep_profitable(replace(problem, budget=np.inf))
    chosen = np.full(len(problem.values), NOBODY)
    parts = []
    while True:  # each turn but the last closes a limit
        steps = _order_steps(useful, chosen)
        count, allowed = _reach_limit(useful, chosen, steps)
        steps = steps.take(count)
        chosen[steps.people] = steps.offers  # of a customer's steps the last one counts
        parts.append(steps)
        if allowed is None:
            return Steps(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))
        useful = replace(useful, allowed=allowed)


_FIELDS = ("people", "offers", "costs")


def _order_steps(problem: Problem, chosen: np.ndarray) -> Steps:
    """Return the steps from a plan on, those that add most per unit of cost first; limits play no part."""
    value, cost = pick(problem.values, chosen).copy(), pick(problem.costs, chosen).copy()
    values = np.where(problem.allowed, problem.values, -np.inf)
    people, found = np.flatnonzero(problem.allowed.any(axis=1)), []
    while len(people):
        gain = values[people] - value[people, None]
        price = problem.costs[people] - cost[people, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((gain > 0) & (price >= 0), gain / price, -np.inf)
        steepest = ratio.max(axis=1)
        offers = np.where(ratio == steepest[:, None], gain, -np.inf).argmax(axis=1)
        moves = steepest > 0
        people, offers, steepest = people[moves], offers[moves], steepest[moves]
        found.append((people, offers, price[moves, offers], steepest))
        value[people], cost[people] = values[people, offers], problem.costs[people, offers]
    if not found:
        return Steps(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0))
    who, what, prices, ratios = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((who, -ratios))  # stable: a customer's steps keep their order
    return Steps(who[order], what[order], prices[order])


def _reach_limit(problem: Problem, chosen: np.ndarray, steps: Steps) -> tuple[int, np.ndarray | None]:
    """Return how many steps fit, and the pairs that stay open after the limit that stopped them; None if none did."""
    m = problem.values.shape[1]
    left = (problem.limits - measure_use(problem, chosen))[1:]
    came_from = _find_origins(chosen, steps)
    first, full = len(steps.people), None
    for place in np.flatnonzero(np.isfinite(left)):
        if place < m:
            use = (steps.offers == place).astype(int) - (came_from == place)
        else:
            use = problem.groups[steps.people, place - m] & (came_from == NOBODY)
        over = np.flatnonzero(np.cumsum(use) > left[place])
        if len(over) and over[0] < first:
            first, full = int(over[0]), int(place)
    if full is None:
        return first, None
    reached = chosen.copy()
    reached[steps.people[:first]] = steps.offers[:first]
    allowed = problem.allowed.copy()
    if full < m:
        allowed[:, full] = False
    else:
        allowed[problem.groups[:, full - m] & (reached == NOBODY)] = False
    return first, allowed


def _find_origins(chosen: np.ndarray, steps: Steps) -> np.ndarray:
    """Return the offer that each step leaves, shape (k,)."""
    order = np.argsort(steps.people, kind="stable")
    people, offers = steps.people[order], steps.offers[order]
    again = np.concatenate([[False], people[1:] == people[:-1]]) if len(people) else np.zeros(0, dtype=bool)
    origins = np.empty(len(people), dtype=int)
    origins[order] = np.where(again, np.concatenate([offers[:1], offers[:-1]]), chosen[people])
    return origins


def follow(problem: Problem, path: Steps) -> np.ndarray:
    """Return the plan that the path leads to within the budget, shape (n,).

    Parameters
    ----------
    problem : Problem
    path : Steps
        From `find_path`, of the same problem whatever its budget.
    """
    if not problem.budget > 0:  # as in the plan: without money not even what is free
        return np.full(len(problem.values), NOBODY)
    reached = int(np.searchsorted(np.cumsum(path.costs), problem.budget * (1 + SLACK), side="right"))
    chosen = np.full(len(problem.values), NOBODY)
    chosen[path.people[:reached]] = path.offers[:reached]
    rest = path.people[reached:], path.offers[reached:]
    return chosen if len(rest[0]) == 0 else _spend_rest(problem, chosen, *rest)


def _spend_rest(problem: Problem, chosen: np.ndarray, people: np.ndarray, offers: np.ndarray) -> np.ndarray:
    left = problem.limits - measure_use(problem, chosen)
    m = problem.values.shape[1]
    fits = (chosen[people] == NOBODY) & (problem.costs[people, offers] <= left[0])
    tried = np.flatnonzero(fits)[:LAST_PAIRS]
    if len(tried) == 0:
        return chosen
    open_ = replace(problem, budget=left[0], capacities=left[1 : 1 + m], caps=left[1 + m :])
    more = take_in_order(open_, people[tried], offers[tried])
    return np.where(more == NOBODY, chosen, more)
