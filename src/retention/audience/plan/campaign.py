"""The campaign: the plan, its control group, and what it is compared with."""

from dataclasses import dataclass, replace

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.offers.value import compute_values
from retention.audience.plan.baselines import SimplePlan, measure_baselines
from retention.audience.plan.holdout import draw_reserve
from retention.audience.plan.lagrangian import choose_by_prices
from retention.audience.plan.plan import compute_marginal_value, solve
from retention.audience.plan.problem import NOBODY, Problem, Solution, pick
from retention.audience.plan.settings import PlanSettings
from retention.audience.segments.membership import name_segment
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT

FACTORS = (0.5, 2.0)


class Replanned(Strict):
    """What changes if every effect is so many times what was assumed.

    Parameters
    ----------
    factor : float
    same_plan : float
        Expected net profit of the plan as it is.
    contacts : int
    spent, expected_net_profit : float
        Of the plan made for these effects.
    """

    factor: float
    same_plan: float
    contacts: int
    spent: float
    expected_net_profit: float


@dataclass(frozen=True)
class Campaign:
    """Who is to be contacted with what.

    Parameters
    ----------
    problem : Problem
        Of all customers but the reserve.
    reserved : ndarray of bool, shape (n,)
        Customers who are not contacted whatever the plan.
    solution : Solution
        Who is contacted.
    control : ndarray of int, shape (n,)
        What customers of the reserve would have got, `NOBODY` for all others.
    segment : ndarray of str, shape (n,)
        Under which segment each customer is listed, empty for none.
    marginal_value : float
        What one more unit of budget would bring.
    baselines : list of SimplePlan
    replanned : list of Replanned
    """

    problem: Problem
    reserved: np.ndarray
    solution: Solution
    control: np.ndarray
    segment: np.ndarray
    marginal_value: float
    baselines: list[SimplePlan]
    replanned: list[Replanned]

    @property
    def contacted(self) -> np.ndarray:
        """Return who is contacted, shape (n,)."""
        return np.asarray(self.solution.chosen != NOBODY)

    @property
    def held(self) -> np.ndarray:
        """Return who is the control group, shape (n,)."""
        return np.asarray(self.control != NOBODY)

    @property
    def planned(self) -> np.ndarray:
        """Return the offers of both, shape (n,)."""
        return np.where(self.held, self.control, self.solution.chosen)


def build_problem(audience: Audience, plan: PlanSettings) -> Problem:
    """Return the assignment to be solved, with every allowed pair, paying or not."""
    allowed = audience.eligible
    if plan.threshold.value is not None:
        above = audience.customers[PROBABILITY].to_numpy() >= plan.threshold.value
        allowed = allowed & above[:, None]
    capped = sorted(plan.segment_caps)
    capacities = [np.inf if offer.capacity is None else offer.capacity for offer in audience.offers.values()]
    return Problem(
        compute_values(audience.stake, audience.effects, audience.costs),
        audience.costs,
        allowed,
        np.inf if plan.budget is None else plan.budget,
        np.array(capacities, dtype=float),
        audience.members[capped].to_numpy(dtype=bool),
        np.array([plan.segment_caps[key] for key in capped], dtype=float),
    )


def plan_campaign(audience: Audience, plan: PlanSettings, seed: int) -> Campaign:
    """Set a reserve aside, solve the plan for the others, and compare with simple ways to choose and other effects.

    Parameters
    ----------
    audience : Audience
    plan : PlanSettings
    seed : int
        Of the reserve and of the random baseline.
    """
    whole = build_problem(audience, plan)
    probability = audience.customers[PROBABILITY].to_numpy(dtype=float)
    profit = audience.customers[PROFIT].to_numpy(dtype=float)
    rng_reserve, rng_baselines = (np.random.default_rng([seed, stream]) for stream in (1, 2))
    reserved = draw_reserve(whole, probability, plan.holdout.share, plan.solver.iterations, rng_reserve)
    problem = replace(whole, allowed=whole.allowed & ~reserved[:, None])
    solution = solve(problem, plan.solver)
    control = np.where(reserved, choose_by_prices(whole, solution.prices), NOBODY)
    return Campaign(
        problem,
        reserved,
        solution,
        control,
        list_under(audience, np.where(reserved, control, solution.chosen)),
        compute_marginal_value(problem, plan.solver.iterations),
        measure_baselines(problem, probability, profit, rng_baselines),
        [_replan(audience, problem, solution, plan, factor) for factor in FACTORS],
    )


def list_under(audience: Audience, chosen: np.ndarray) -> np.ndarray:
    """Return each customer's segment for the lists: the first that the offer is meant for, else the first of all.

    Returns
    -------
    ndarray of str, shape (n,)
    """
    under = name_segment(audience.members)
    for place, offer in enumerate(audience.offers.values()):
        meant = [key for key in audience.members.columns if key in offer.segments]
        if meant:
            under = np.where(chosen == place, name_segment(audience.members[meant]), under)
    return np.asarray(under)


def _replan(audience: Audience, problem: Problem, solution: Solution, plan: PlanSettings, factor: float) -> Replanned:
    effects = np.minimum(audience.effects * factor, 1.0)
    other = replace(problem, values=compute_values(audience.stake, effects, audience.costs))
    again = solve(other, plan.solver)
    return Replanned(
        factor=factor,
        same_plan=float(pick(other.values, solution.chosen).sum()),
        contacts=int((again.chosen != NOBODY).sum()),
        spent=float(pick(problem.costs, again.chosen).sum()),
        expected_net_profit=again.value,
    )
