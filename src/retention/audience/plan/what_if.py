"""What the plan would be with another budget, another threshold and other effects: a grid of whole plans.

They are made for every budget at once, by a rule that comes near the best plan. Each customer's offers lie on a
frontier of cost and value: first the one that brings most per unit of cost, then each dearer one that adds to it. The
steps of all frontiers in the order of value added per unit of cost solve the linear relaxation for whatever sum they
have cost so far (Sinha and Zoltners 1979, "The Multiple-Choice Knapsack Problem", p. 506); what is left of a budget
buys single pairs that still fit. Where a capacity or a cap is reached, its pairs are closed and the rest goes on
without them: within such limits the rule is a greedy one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.plan.campaign import Campaign
from retention.audience.plan.lagrangian import fill_up, keep_profitable
from retention.audience.plan.problem import NOBODY, SLACK, Problem, find_smallest, measure_use, pick
from retention.audience.plan.settings import PlanSettings
from retention.table_schema import ColumnSchema, TableSchema

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
BUDGETS = 20  # steps up to the sum that the plan would spend without a limit
THRESHOLDS = 20
LAST_PAIRS = 200  # so many of the next pairs are tried on the money left over
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
WHAT_IF = TableSchema(
    rows="a position of the report's sliders; the first is the plan itself",
    columns={
        "method": ColumnSchema("text", "`plan`, or `path` for the quick rule of the other positions."),
        "budget": ColumnSchema("number", "Infinite for none."),
        "threshold": ColumnSchema("number", "The least probability of whoever is contacted."),
        "factor": ColumnSchema("number", "What all effects are multiplied by."),
        "contacts": ColumnSchema("integer", "Contacted customers; none of them is reserved for a control group."),
        "spent": ColumnSchema("number", "Their cost."),
        "net_profit": ColumnSchema("number", "Expected, less the cost."),
        "above": ColumnSchema("integer", "Customers at the threshold or above."),
        "reachable": ColumnSchema("integer", "Those of them who may get some offer."),
    },
    more={
        "<offer>_customers": ColumnSchema("integer", "Customers chosen for this offer."),
        "<offer>_cost": ColumnSchema("number", "What it costs."),
        "<offer>_net_profit": ColumnSchema("number", "What it is expected to bring, less the cost."),
    },
)


class Steps(NamedTuple):
    """Moves in the order in which they are taken; a customer may move on to a dearer offer later."""

    person: np.ndarray  # whom each moves
    offer: np.ndarray  # to which offer
    leaves: np.ndarray  # from which one, `NOBODY` for none
    cost: np.ndarray  # what it adds to the costs
    ratio: np.ndarray  # what it adds in value by that


def tabulate_what_if(
    audience: Audience, campaign: Campaign, plan: PlanSettings, suggested: float | None
) -> pd.DataFrame:
    """Plan the campaign for every combination of budget, threshold and effects.

    Every plan is found by `follow_in_size`; the first row is the campaign's own plan, as it was solved.
    Whoever is reserved for a control group is contacted by none of them.

    Parameters
    ----------
    suggested : float or None
        The threshold that money suggests: one of the thresholds tried.

    Returns
    -------
    DataFrame
        As `WHAT_IF` declares.
    """
    own = np.inf if plan.budget is None else plan.budget
    cut = plan.threshold.value or 0.0
    budgets = list_budgets(own, float(find_path(campaign.problem).cost.sum()))
    evenly = (round(place / THRESHOLDS, 9) for place in range(THRESHOLDS + 1))
    thresholds = sorted({*evenly, cut, cut if suggested is None else suggested})
    reach, open_ = audience.eligible.any(axis=1), audience.eligible & ~campaign.draw.held[:, None]
    places = [("plan", own, cut, 1.0)]
    totals = [_total(audience, campaign.problem, campaign.solution.chosen)]
    for factor in FACTORS:
        values = audience.compute_values(factor)
        problem, paying = replace(campaign.problem, values=values, allowed=open_), (open_ & (values > 0)).any(axis=1)
        for threshold in thresholds:
            inside = problem.only(paying & (audience.probability >= threshold))
            places += [("path", budget, threshold, factor) for budget in budgets]
            chosen = follow_in_size(inside, budgets, plan.least_customers)
            totals += [_total(audience, inside, one) for one in chosen]
    rows = pd.DataFrame(places, columns=["method", "budget", "threshold", "factor"]).join(pd.DataFrame(totals))
    risk = audience.probability
    above, reachable = (len(part) - np.searchsorted(np.sort(part), rows["threshold"]) for part in (risk, risk[reach]))
    return rows.assign(above=above, reachable=reachable)


def _total(audience: Audience, problem: Problem, chosen: np.ndarray) -> dict[str, float]:
    contacted = np.flatnonzero(chosen != NOBODY)
    offers, size = chosen[contacted], len(audience.offers)
    counts = np.bincount(offers, minlength=size)
    costs = np.bincount(offers, problem.costs[contacted, offers], minlength=size)
    values = np.bincount(offers, pick(problem.values, chosen)[contacted], minlength=size)
    total = {"contacts": int(counts.sum()), "spent": float(costs.sum()), "net_profit": float(values.sum())}
    for key, count, cost, value in zip(audience.offers, counts, costs, values, strict=True):
        total |= {f"{key}_customers": int(count), f"{key}_cost": cost, f"{key}_net_profit": value}
    return total


def list_budgets(own: float, whole: float) -> list[float]:
    """Return the budgets to try: none, round sums up to what can be spent, the plan's own, and no limit.

    `own` is the plan's, infinite for no limit; `whole` is what it spends without one.
    """
    raw = max(whole, own if np.isfinite(own) else 0.0) / BUDGETS
    if raw <= 0:
        return sorted({0.0, own, np.inf})
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(float(nice * size) for nice in NICE if nice * size >= raw * (1 - 1e-9))
    count = int(np.ceil(raw * BUDGETS / step - 1e-9))
    return sorted({*(round(step * place, 9) for place in range(count + 1)), own, np.inf})


def find_path(problem: Problem) -> Steps:
    """Return the steps that lead from no contact to the plan without a budget, within capacities and caps."""
    useful = keep_profitable(replace(problem, budget=np.inf))
    chosen = np.full(len(problem.values), NOBODY)
    parts = []
    while True:  # each turn but the last closes a limit
        steps = _order_steps(useful, chosen)
        count, full = _reach_limit(useful, chosen, steps)
        parts.append(Steps(*(column[:count] for column in steps)))
        chosen[parts[-1].person] = parts[-1].offer  # of a customer's steps the last one counts
        if full is None:
            return _join(parts)
        useful = replace(useful, allowed=useful.allowed & ~_list_pairs(useful, chosen, full))


def follow_in_size(problem: Problem, budgets: Iterable[float], least: int) -> Iterator[np.ndarray]:
    """Yield the plan of each budget, the smallest first, with no offer that fewer than `least` customers would get.

    The offer for the fewest is given up, and what is left is planned again. A budget has the best of the plans that
    this finds by what any budget gives up, and no worse a one than a smaller budget.
    """
    find = cache(lambda given_up: find_path(problem.without(given_up)))  # budgets mostly give up the same offers
    bounded = [replace(problem, budget=budget) for budget in budgets]
    tried: dict[frozenset[int], None] = {}  # a set that keeps its order
    for part in bounded:
        given_up = frozenset[int]()
        while (small := find_smallest(follow(part, find(given_up)), least)) is not None:
            given_up |= {small}
        tried[given_up] = None
    best, worth = np.full(len(problem.values), NOBODY), 0.0
    for part in bounded:
        for given_up in tried:
            chosen = follow(part, find(given_up))
            value = float(pick(problem.values, chosen).sum())
            if value > worth and find_smallest(chosen, least) is None:
                best, worth = chosen, value
        yield best


def _order_steps(problem: Problem, chosen: np.ndarray) -> Steps:
    """Return the steps from a plan on, those that add most per unit of cost first; limits play no part."""
    value, cost, left = pick(problem.values, chosen), pick(problem.costs, chosen), chosen.copy()
    values = np.where(problem.allowed, problem.values, -np.inf)
    people = np.flatnonzero(problem.allowed.any(axis=1))
    found = [Steps(people[:0], people[:0], people[:0], cost[:0], cost[:0])]
    while len(people):
        gain = values[people] - value[people, None]
        price = problem.costs[people] - cost[people, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((gain > 0) & (price >= 0), gain / price, -np.inf)
        steepest = ratio.max(axis=1)
        offers = np.where(ratio == steepest[:, None], gain, -np.inf).argmax(axis=1)
        moves = steepest > 0
        people, offers, price = people[moves], offers[moves], price[moves, offers[moves]]
        found.append(Steps(people, offers, left[people], price, steepest[moves]))
        value[people], cost[people], left[people] = values[people, offers], problem.costs[people, offers], offers
    steps = _join(found)
    order = np.lexsort((steps.person, -steps.ratio))  # stable: a customer's steps keep their order
    return Steps(*(column[order] for column in steps))


def _reach_limit(problem: Problem, chosen: np.ndarray, steps: Steps) -> tuple[int, int | None]:
    """Return how many steps fit, and the capacity or cap that stopped them; None if none did."""
    left = (problem.limits - measure_use(problem, chosen))[1:]
    m = len(problem.capacities)
    first, full = len(steps.person), None
    for place in np.flatnonzero(np.isfinite(left)):
        if place < m:
            use = (steps.offer == place).astype(int) - (steps.leaves == place)
        else:
            use = problem.groups[steps.person, place - m] & (steps.leaves == NOBODY)
        over = np.flatnonzero(np.cumsum(use) > left[place])
        if len(over) and over[0] < first:
            first, full = int(over[0]), int(place)
    return first, full


def _join(parts: Sequence[Steps]) -> Steps:
    return Steps(*map(np.concatenate, zip(*parts, strict=True)))


def _list_pairs(problem: Problem, chosen: np.ndarray, full: int) -> np.ndarray:
    """Return the pairs that a capacity or cap closes once it is reached, shape (n, m)."""
    pairs, m = np.zeros_like(problem.allowed), len(problem.capacities)
    if full < m:
        pairs[:, full] = True
    else:
        pairs[problem.groups[:, full - m] & (chosen == NOBODY)] = True
    return pairs


def follow(problem: Problem, path: Steps) -> np.ndarray:
    """Return the plan that the path leads to within the budget, shape (n,).

    Parameters
    ----------
    path : Steps
        From `find_path`, of the same problem whatever its budget.
    """
    chosen = np.full(len(problem.values), NOBODY)
    if not problem.budget > 0:  # as in the plan: without money not even what is free
        return chosen
    people, offers = path.person, path.offer
    reached = int(np.searchsorted(np.cumsum(path.cost), problem.budget * (1 + SLACK), side="right"))
    chosen[people[:reached]] = offers[:reached]
    if reached == len(people):
        return chosen
    left = problem.limits - measure_use(problem, chosen)
    fits = (chosen[people] == NOBODY) & (problem.costs[people, offers] <= left[0])
    tried = reached + np.flatnonzero(fits[reached:])[:LAST_PAIRS]
    if len(tried) == 0:
        return chosen
    return fill_up(problem, chosen, people[tried], offers[tried])
