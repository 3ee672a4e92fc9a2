"""A plan for every budget at once, by a rule that comes near the best one.

Each customer's offers lie on a frontier of cost and value: first the one that brings most per unit of cost, then each
dearer one that adds to it. The steps of all frontiers in the order of value added per unit of cost solve the linear
relaxation for whatever sum they have cost so far (Sinha and Zoltners 1979, "The Multiple-Choice Knapsack Problem",
p. 506); what is left of a budget buys single pairs that still fit. Where a capacity or a cap is reached, its pairs are
closed and the rest goes on without them: within such limits the rule is a greedy one.

Steps are a frame of the customer (``person``), the ``offer`` moved to and what the move adds to the costs (``cost``),
in the order in which they are taken; a customer may move on to a dearer offer later.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.plan.lagrangian import keep_profitable, take_in_order
from retention.audience.plan.problem import NOBODY, SLACK, Problem, measure_use, pick

LAST_PAIRS = 200  # so many of the next pairs are tried on the money left over


def find_path(problem: Problem) -> pd.DataFrame:
    """Return the steps that lead from no contact to the plan without a budget, within capacities and caps."""
    useful = keep_profitable(replace(problem, budget=np.inf))
    chosen = np.full(len(problem.values), NOBODY)
    parts = []
    while True:  # each turn but the last closes a limit
        steps = _order_steps(useful, chosen)
        count, full = _reach_limit(useful, chosen, steps)
        parts.append(steps[:count])
        chosen[parts[-1]["person"]] = parts[-1]["offer"]  # of a customer's steps the last one counts
        if full is None:
            return pd.concat(parts, ignore_index=True)
        useful = replace(useful, allowed=useful.allowed & ~_list_pairs(useful, chosen, full))


def _order_steps(problem: Problem, chosen: np.ndarray) -> pd.DataFrame:
    """Return the steps from a plan on, those that add most per unit of cost first; limits play no part."""
    value, cost = pick(problem.values, chosen).copy(), pick(problem.costs, chosen).copy()
    values = np.where(problem.allowed, problem.values, -np.inf)
    people = np.flatnonzero(problem.allowed.any(axis=1))
    found = [pd.DataFrame({"person": people[:0], "offer": people[:0], "cost": cost[:0], "ratio": cost[:0]})]
    while len(people):
        gain = values[people] - value[people, None]
        price = problem.costs[people] - cost[people, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((gain > 0) & (price >= 0), gain / price, -np.inf)
        steepest = ratio.max(axis=1)
        offers = np.where(ratio == steepest[:, None], gain, -np.inf).argmax(axis=1)
        moves = steepest > 0
        people, offers, price = people[moves], offers[moves], price[moves, offers[moves]]
        found.append(pd.DataFrame({"person": people, "offer": offers, "cost": price, "ratio": steepest[moves]}))
        value[people], cost[people] = values[people, offers], problem.costs[people, offers]
    steps = pd.concat(found)
    # Stable: a customer's steps keep their order.
    return steps.iloc[np.lexsort((steps["person"], -steps["ratio"]))].reset_index(drop=True)


def _reach_limit(problem: Problem, chosen: np.ndarray, steps: pd.DataFrame) -> tuple[int, int | None]:
    """Return how many steps fit, and the capacity or cap that stopped them; None if none did."""
    left = (problem.limits - measure_use(problem, chosen))[1:]
    offers, m = steps["offer"].to_numpy(), len(problem.capacities)
    leaves = steps.groupby("person")["offer"].shift().fillna(pd.Series(chosen[steps["person"]])).to_numpy()
    first, full = len(steps), None
    for place in np.flatnonzero(np.isfinite(left)):
        if place < m:
            use = (offers == place).astype(int) - (leaves == place)
        else:
            use = problem.groups[steps["person"], place - m] & (leaves == NOBODY)
        over = np.flatnonzero(np.cumsum(use) > left[place])
        if len(over) and over[0] < first:
            first, full = int(over[0]), int(place)
    return first, full


def _list_pairs(problem: Problem, chosen: np.ndarray, full: int) -> np.ndarray:
    """Return the pairs that a capacity or cap closes once it is reached, shape (n, m)."""
    pairs, m = np.zeros_like(problem.allowed), len(problem.capacities)
    if full < m:
        pairs[:, full] = True
    else:
        pairs[problem.groups[:, full - m] & (chosen == NOBODY)] = True
    return pairs


def follow(problem: Problem, path: pd.DataFrame) -> np.ndarray:
    """Return the plan that the path leads to within the budget, shape (n,).

    The path is from `find_path`, of the same problem whatever its budget.
    """
    chosen = np.full(len(problem.values), NOBODY)
    if not problem.budget > 0:  # as in the plan: without money not even what is free
        return chosen
    people, offers = path["person"].to_numpy(), path["offer"].to_numpy()
    reached = int(np.searchsorted(np.cumsum(path["cost"]), problem.budget * (1 + SLACK), side="right"))
    chosen[people[:reached]] = offers[:reached]
    if reached == len(path):
        return chosen
    left = problem.limits - measure_use(problem, chosen)
    fits = (chosen[people] == NOBODY) & (problem.costs[people, offers] <= left[0])
    tried = reached + np.flatnonzero(fits[reached:])[:LAST_PAIRS]
    if len(tried) == 0:
        return chosen
    m = len(problem.capacities)
    rest = replace(problem, budget=left[0], capacities=left[1 : 1 + m], caps=left[1 + m :])
    more = take_in_order(rest, people[tried], offers[tried])
    return np.where(more == NOBODY, chosen, more)
