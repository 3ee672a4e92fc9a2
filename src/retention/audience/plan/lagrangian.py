"""The Lagrangian dual of the plan: a bound, prices for the limits, and a good plan from those prices.

With a price on every limit (budget, capacities, caps, floors) the customers part: each takes the offer with the
best value after prices, or none. The sum of what they get plus prices × limits bounds every plan (Fisher
1981, "The Lagrangian Relaxation Method", p. 2), and its minimum over the prices equals the bound of the linear
relaxation, since the parts have integral solutions (Geoffrion 1974, p. 89). The minimum is found by cutting
planes in a trust region (Marsten, Hogan and Blankenship 1975, "The BOXSTEP method"): there are few prices,
so the master programme is tiny however many customers there are.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from retention.audience.plan.problem import NOBODY, ROWS, SLACK, Problem, measure_use

TOLERANCE = 1e-9  # relative, of the bound
FIRST_RADIUS = 0.25
SERIOUS = 0.1  # a step counts when it brings this share of the fall that the model promises
DIGITS = 12  # of a price as it is written: what the plan does by its prices, a reader can do again


class Prices(NamedTuple):
    """What one more unit of each limit is worth (0 where it is infinite), shape (limits,), and the bound it proves."""

    values: np.ndarray
    bound: float


def reduce_values(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """Return the value of each pair after prices; minus infinity where it is not allowed, shape (n, m)."""
    m = problem.values.shape[1]
    members = problem.groups @ prices[1 + m :]
    reduced = problem.values - prices[0] * problem.costs - prices[1 : 1 + m] - members[:, None]
    return np.asarray(np.where(problem.allowed, reduced, -np.inf))


def keep_profitable(problem: Problem) -> Problem:
    """Return the problem without the pairs that cannot be in a best plan: no gain, or above the budget."""
    affordable = problem.costs <= problem.budget * (1 + SLACK)
    useful = problem.allowed & (problem.values > 0) & affordable & (problem.budget > 0)
    return replace(problem, allowed=useful)


def choose_by_prices(problem: Problem, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what each customer would get if the prices were all that limits the plan, and its value after them, (n,).

    The problem has profitable pairs only. For whom nothing is chosen the value is that of the best pair, at most 0,
    minus infinity without any.
    """
    chosen, worth = np.full(len(problem.values), NOBODY), np.zeros(len(problem.values))
    for rows, part in problem.split():
        reduced = reduce_values(part, prices)
        worth[rows] = reduced.max(axis=1)
        chosen[rows] = np.where(worth[rows] > 0, reduced.argmax(axis=1), NOBODY)
    return chosen, worth


def find_prices(problem: Problem, iterations: int) -> Prices:
    """Minimise the dual of a problem with profitable pairs only; without any, the prices and the bound are 0.

    There are so many cutting planes at most; with fewer the bound is valid but less sharp.
    """
    useful = np.asarray(problem.allowed.any(axis=1))
    if not useful.any():
        return Prices(np.zeros(len(problem.limits)), 0.0)
    dual = _Dual(problem if useful.all() else problem.only(useful))
    best = np.zeros(dual.size)
    value, cut = dual.evaluate(best)
    cuts = [cut]
    radius = FIRST_RADIUS
    for _ in range(iterations):
        step, fall = _minimise_model(np.array(cuts), best, value, radius, dual.box)
        reached, cut = dual.evaluate(step)
        known = any(np.array_equal(cut, old) for old in cuts)  # then the model is exact there
        if known or fall <= TOLERANCE * (1 + abs(value)):
            if radius >= dual.width:
                break
            radius = dual.width  # certify over the whole box
        else:
            cuts.append(cut)
            radius = min(dual.width, 2 * radius) if value - reached >= SERIOUS * fall else radius / 2
        if reached < value:
            best, value = step, reached
    return Prices(dual.unscale(best), value)


def write_price(price: float) -> str:
    """Return a price as text: of a rouble it may be a millionth, of which nine decimals would leave little."""
    return f"{price:.{DIGITS}g}"


class _Dual:
    """The dual over the finite limits, each price scaled to lie between 0 and 1, below 0 where there is a floor."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        capped, self.floors = np.isfinite(problem.limits), np.zeros(len(problem.limits))
        self.floors[1 : 1 + len(problem.floors)] = problem.floors
        self.finite = np.flatnonzero(capped | (self.floors > 0))
        self.limits, self.floors = np.where(capped, problem.limits, 0.0)[self.finite], self.floors[self.finite]
        useful = problem.allowed
        costs, values = problem.costs[useful], problem.values[useful]
        paid = costs > 0
        dearest = float((values[paid] / costs[paid]).max()) if paid.any() else 1.0
        tops = np.concatenate([[dearest], np.full(len(problem.limits) - 1, values.max())])
        self.tops = tops[self.finite]
        # For a customer more an offer may have to make up for the best other one, and for what it takes of each limit.
        dear = dearest * float(costs.max()) / float(values.max()) if capped[0] else 0.0
        lowest = np.where(self.floors > 0, -(1 + dear + len(problem.caps)), 0.0)
        self.box = np.column_stack([lowest, capped[self.finite]])
        self.width = float(np.ptp(self.box, axis=1).max(initial=1.0))
        self.size = len(self.finite)

    def unscale(self, point: np.ndarray) -> np.ndarray:
        prices = np.zeros(len(self.problem.limits))
        prices[self.finite] = [float(write_price(price)) for price in point * self.tops]
        return prices

    def evaluate(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the dual at `point` and its cut: the slope, then the value at 0, shape (size + 1,)."""
        prices = self.unscale(point)
        chosen, worth = choose_by_prices(self.problem, prices)
        taken = np.flatnonzero(chosen != NOBODY)
        offers = chosen[taken]
        customers = np.bincount(offers, minlength=self.problem.values.shape[1])
        members = self.problem.groups[taken].sum(axis=0)
        used = np.concatenate([[self.problem.costs[taken, offers].sum()], customers, members])
        # A price below 0 is what a customer more of an offer is worth until its floor is reached.
        binding = np.where((self.floors > 0) & (point <= 0), self.floors, self.limits)
        slope = (binding - used[self.finite]) * self.tops
        value = float(worth[taken].sum() + prices[self.finite] @ binding)
        return value, np.append(slope, self.problem.values[taken, offers].sum())


def _minimise_model(
    cuts: np.ndarray, centre: np.ndarray, value: float, radius: float, box: np.ndarray
) -> tuple[np.ndarray, float]:
    """Minimise the maximum of the cuts within `radius` of `centre` and the box; tell its fall from `value`."""
    if len(centre) == 0:
        return centre, 0.0
    # Around the centre and in shares of the value, the solver's absolute tolerances mean the same everywhere.
    unit = max(1.0, abs(value))
    slopes = cuts[:, :-1] / unit
    heights = (cuts[:, :-1] @ centre + cuts[:, -1] - value) / unit
    bounds = [(max(low - c, -radius), min(top - c, radius)) for c, (low, top) in zip(centre, box, strict=True)]
    rows = np.column_stack([slopes, np.full(len(cuts), -1.0)])
    goal = np.append(np.zeros(len(centre)), 1.0)
    found = linprog(goal, A_ub=rows, b_ub=-heights, bounds=[*bounds, (None, None)])
    return np.clip(centre + found.x[:-1], *box.T), -float(found.x[-1]) * unit


def fill_greedily(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """Return a plan within the limits, shape (n,): pairs by value after prices, each taken if its limits still hold it.

    The floors are filled first, as far as they can be. Ties go to the earlier customer, then to the earlier offer.
    """
    pairs = []
    for rows, part in problem.split():
        people, offers = np.nonzero(part.allowed)
        pairs.append((rows.start + people, offers, -reduce_values(part, prices)[people, offers]))
    people, offers, worst = map(np.concatenate, zip(*pairs, strict=True))
    order = np.argsort(worst, kind="stable")
    people, offers, worst = people[order], offers[order], worst[order]
    if not problem.floors.any():
        return take_in_order(problem, people, offers)
    chosen = _fill_floors(problem, people, offers, worst)
    free = chosen[people] == NOBODY
    return fill_up(problem, chosen, people[free], offers[free])


def _fill_floors(problem: Problem, people: np.ndarray, offers: np.ndarray, worst: np.ndarray) -> np.ndarray:
    """Return a plan of the floors alone, with those who lose least by not getting what is best for them, shape (n,)."""
    best = np.zeros(len(problem.values))
    np.minimum.at(best, people, worst)
    asked = np.flatnonzero(problem.floors[offers] > 0)
    asked = asked[np.argsort((worst - best[people])[asked], kind="stable")]
    floors = replace(problem, capacities=np.minimum(problem.floors, problem.capacities))
    return take_in_order(floors, people[asked], offers[asked])


def fill_up(problem: Problem, chosen: np.ndarray, people: np.ndarray, offers: np.ndarray) -> np.ndarray:
    """Return a plan with pairs, of customers who have nothing in it, taken in order on what it leaves of the limits."""
    left = problem.limits - measure_use(problem, chosen)
    m = len(problem.capacities)
    rest = replace(problem, budget=left[0], capacities=left[1 : 1 + m], caps=left[1 + m :])
    more = take_in_order(rest, people, offers)
    return np.where(more == NOBODY, chosen, more)


def _list_pairs(*columns: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Yield rows as plain numbers, some at a time: the money may be gone soon."""
    for start in range(0, len(columns[0]), ROWS):
        yield from zip(*(column[start : start + ROWS].tolist() for column in columns), strict=True)


def take_in_order(problem: Problem, people: np.ndarray, offers: np.ndarray) -> np.ndarray:
    """Return the plan that takes pairs in the order given while the limits hold them, shape (n,)."""
    chosen = np.full(len(problem.values), NOBODY)
    money = problem.budget * (1 + SLACK)
    places, caps = problem.capacities.tolist(), problem.caps.tolist()
    costs = problem.costs[people, offers]
    cheapest = float(costs.min()) if len(costs) else 0.0
    belongs = [np.flatnonzero(row).tolist() for row in problem.groups] if len(caps) else None
    free = [True] * len(chosen)
    for person, offer, cost in _list_pairs(people, offers, costs):
        if money < cheapest:
            break
        groups = belongs[person] if belongs else ()
        if not free[person] or cost > money or places[offer] < 1 or any(caps[g] < 1 for g in groups):
            continue
        free[person] = False
        chosen[person] = offer
        money -= cost
        places[offer] -= 1
        for group in groups:
            caps[group] -= 1
    return chosen
