"""The campaign: the plan, its control group, what it is compared with, and what it would have brought."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience, build_audience
from retention.audience.offers.contact_list import build_contacts
from retention.audience.offers.offer import Offer
from retention.audience.plan.baselines import SimplePlan, measure_baselines
from retention.audience.plan.lagrangian import choose_by_prices, find_prices, keep_profitable
from retention.audience.plan.plan import compute_marginal_value, solve
from retention.audience.plan.problem import NOBODY, Problem, Solution, pick, scale_limits
from retention.audience.plan.settings import PlanSettings
from retention.audience.segments.rules import name_segment, resolve_rules
from retention.audience.segments.segment import Segment
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT
from retention.tables.roles import ColumnRoles

FACTORS = (0.5, 2.0)


class Replanned(Strict):
    """What changes if every effect is so many times what was assumed.

    Parameters
    ----------
    same_plan : float
        Expected net profit of the plan as it is.
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

    @property
    def listed(self) -> np.ndarray:
        """Return who is in ``offers.csv``, shape (n,): the contacted, or all customers if there are no offers."""
        return self.contacted | (len(self.problem.capacities) == 0)

    def list_customers(self, audience: Audience, who: np.ndarray) -> pd.DataFrame:
        """Return one row for each of `who`, bool, shape (n,), as in ``offers.csv`` and ``holdout.csv``."""
        offer = np.array([*audience.offers, ""], dtype=object)[self.planned]  # NOBODY is the last place
        value = pick(self.problem.values, self.planned) if audience.offers else audience.stake
        return build_contacts(audience.customers[who], self.segment[who], offer[who], value[who])


def build_problem(audience: Audience, plan: PlanSettings) -> Problem:
    """Return the assignment to be solved, with every allowed pair, paying or not."""
    above = audience.probability >= (plan.threshold.value or 0.0)
    capped = sorted(plan.segment_caps)
    capacities = [np.inf if offer.capacity is None else offer.capacity for offer in audience.offers.values()]
    return Problem(
        audience.compute_values(),
        audience.costs,
        audience.eligible & above[:, None],
        np.inf if plan.budget is None else plan.budget,
        np.array(capacities, dtype=float),
        audience.members[capped].to_numpy(dtype=bool),
        np.array([plan.segment_caps[key] for key in capped], dtype=float),
    )


def plan_campaign(audience: Audience, plan: PlanSettings, seed: int) -> Campaign:
    """Set a reserve aside, solve the plan for the others, and compare with simple ways to choose and other effects.

    Parameters
    ----------
    seed : int
        Of the reserve and of the random baseline.
    """
    whole = build_problem(audience, plan)
    rng_reserve, rng_baselines = (np.random.default_rng([seed, stream]) for stream in (1, 2))
    reserved = _draw_reserve(whole, audience.probability, plan, rng_reserve)
    problem = replace(whole, allowed=whole.allowed & ~reserved[:, None])
    solution = solve(problem, plan.solver)
    control = np.where(reserved, choose_by_prices(whole, solution.prices), NOBODY)
    orders = {"highest_risk_first": audience.probability}
    if audience.roles.money:
        orders["highest_profit_first"] = audience.customers[PROFIT].to_numpy()
    return Campaign(
        problem,
        reserved,
        solution,
        control,
        _list_under(audience, np.where(reserved, control, solution.chosen)),
        compute_marginal_value(problem, plan.solver.iterations),
        measure_baselines(problem, orders, rng_baselines),
        [_replan(audience, problem, solution, plan, factor) for factor in FACTORS],
    )


def _draw_reserve(
    problem: Problem, probability: np.ndarray, plan: PlanSettings, rng: np.random.Generator
) -> np.ndarray:
    """Draw who is left alone if the plan would contact them, before there is a plan, as bool, shape (n,).

    So the whole budget is for those who are contacted, and who of the reserve would have been is found by the plan's
    own prices. Everyone who may get an offer is sorted by the offer that prices for about the right limits suggest,
    then by probability, and cut into as many equal blocks as there are to be reserved; one of each is drawn. So
    every offer and every level of risk gives its share.
    """
    share = plan.holdout.share
    grown = keep_profitable(scale_limits(problem, 1 / (1 - share)))
    prices = np.zeros(len(problem.limits))
    if grown.allowed.any():
        prices, _ = find_prices(grown, plan.solver.iterations)
    likely = choose_by_prices(grown, prices)
    order = np.lexsort((probability, likely))
    able = order[problem.allowed[order].any(axis=1)]
    size = int(np.floor(share * len(able) + 0.5))
    reserved = np.zeros(len(likely), dtype=bool)
    if size:
        edges = np.linspace(0, len(able), size + 1).round().astype(int)
        reserved[able[rng.integers(edges[:-1], edges[1:])]] = True
    return reserved


def _list_under(audience: Audience, chosen: np.ndarray) -> np.ndarray:
    """Return each customer's segment for the lists: the first that the offer is meant for, else the first of all."""
    under = name_segment(audience.members)
    for place, offer in enumerate(audience.offers.values()):
        meant = [key for key in audience.members.columns if key in offer.segments]
        if meant:
            under = np.where(chosen == place, name_segment(audience.members[meant]), under)
    return np.asarray(under)


def _replan(audience: Audience, problem: Problem, solution: Solution, plan: PlanSettings, factor: float) -> Replanned:
    other = replace(problem, values=audience.compute_values(factor))
    again = solve(other, plan.solver)
    return Replanned(
        factor=factor,
        same_plan=float(pick(other.values, solution.chosen).sum()),
        contacts=int((again.chosen != NOBODY).sum()),
        spent=float(pick(problem.costs, again.chosen).sum()),
        expected_net_profit=again.value,
    )


def compute_campaign_profit(
    customers: pd.DataFrame,
    probability: np.ndarray,
    segments: Mapping[str, Segment],
    offers: Mapping[str, Offer],
    plan: PlanSettings,
    roles: ColumnRoles,
    share: float = 1.0,
) -> np.ndarray:
    """Return what each customer brings to the campaign that these probabilities lead to; 0 where not contacted.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns; the label is what judges the plan.
    probability : ndarray of shape (n,)
        Of decline, by the model.
    share : float
        Which share of all customers these are: budget, capacities and caps are cut to it.

    Returns
    -------
    ndarray of shape (n,)
        In the unit of ``monthly_profit``: effect × what was lost with a decliner, less the cost of the contact.
        Where customers are counted: the effect on a decliner.
    """
    scored = customers.assign(**{PROBABILITY: probability})
    audience = build_audience(scored, resolve_rules(segments, offers, scored), offers, plan.money, roles)
    problem = scale_limits(build_problem(audience, plan), share)
    whole = replace(problem, capacities=np.floor(problem.capacities), caps=np.floor(problem.caps))
    return audience.compute_realised(solve(whole, plan.solver).chosen)
