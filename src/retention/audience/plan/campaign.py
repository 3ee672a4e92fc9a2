"""The campaign: the plan, its control group, what it is compared with, and what it would have brought."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from retention.audience.declared import Offer, Segment
from retention.audience.offers.audience import Audience, build_audience
from retention.audience.plan.baselines import SimplePlan, measure_baselines
from retention.audience.plan.in_size import solve_in_size
from retention.audience.plan.known import recall
from retention.audience.plan.lagrangian import choose_by_prices, find_prices, keep_profitable
from retention.audience.plan.plan import compute_marginal_value, solve
from retention.audience.plan.problem import NOBODY, Problem, Solution, Total, pick, scale_limits
from retention.audience.plan.settings import PlanSettings
from retention.audience.segments.rules import name_segment, resolve_rules
from retention.campaigns.design import Design, Draw, draw_control, find_design
from retention.campaigns.ledger import ARM, AT_STAKE, BLOCK, CHANCE, CONTACTED, COST, HELD, OFFER
from retention.campaigns.settings import Way
from retention.tables.columns import ID, PROBABILITY, PROFIT, UNIT
from retention.tables.roles import ColumnRoles

FACTORS = (0.5, 2.0)
RANDOM_PLAN = 4  # the stream of random numbers


class Replanned(Total):
    """The plan made for effects that are `factor` times what was assumed."""

    factor: float  # what the effects are, as a multiple of what was assumed
    same_plan: float  # the expected net profit of the plan as it is if they are that


@dataclass(frozen=True)
class Campaign:
    """Who is to be contacted with what."""

    problem: Problem  # of all customers but the reserve, and of the offers that are sent
    design: Design  # what the control group can show
    draw: Draw  # customers who are not contacted whatever the plan, and how they were drawn
    solution: Solution  # who is contacted
    control: np.ndarray  # what customers of the reserve would have got, `NOBODY` for all others, int, shape (n,)
    segment: np.ndarray  # under which segment each customer is listed, empty for none, shape (n,)
    too_few: list[int]  # offers that are not sent since too few would get them
    forgone: float  # what a plan within the same limits would bring more if there was no reserve
    launched: bool  # whether it was sent already
    marginal_value: float  # what one more unit of budget would bring
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


def tabulate_planned(audience: Audience, campaign: Campaign) -> pd.DataFrame:
    """Return what the ledger freezes of a campaign: a row a planned customer of either arm (`PLANNED`)."""
    who = np.flatnonzero(campaign.planned != NOBODY)
    place, held, chance = (part[who] for part in (campaign.planned, campaign.held, campaign.draw.chance))
    table = {
        ID: audience.customers[ID].to_numpy()[who],
        UNIT: audience.customers[UNIT].to_numpy()[who],
        ARM: np.where(held, HELD, CONTACTED),
        OFFER: np.array([*audience.offers], dtype=object)[place],
        BLOCK: campaign.draw.block[who],
        CHANCE: np.where(held, chance, 1 - chance),
        PROBABILITY: audience.probability[who],
        AT_STAKE: audience.loss[who] / audience.loss_share,
        COST: audience.costs[who, place],
    }
    return pd.DataFrame(table)


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
        np.zeros(len(capacities)),
    )


@dataclass(frozen=True)
class Occasion:
    """Which campaign it is."""

    campaign: str = ""  # its id seeds the draw of those who are left alone
    reading: str = ""  # the month whose exports will tell the result; empty where months have no date
    way: Way = "quarterly"


def plan_campaign(
    audience: Audience,
    plan: PlanSettings,
    seed: int,
    occasion: Occasion = Occasion(),
    launched: pd.DataFrame | None = None,
    *,
    compare: bool = True,
) -> Campaign:
    """Set a reserve aside, solve the plan for the others, and compare with simple ways to choose and other effects.

    Parameters
    ----------
    seed : int
        Of the random baseline, and with the campaign's id of the reserve.
    launched : DataFrame, optional
        What was sent already, as `ASSIGNED`: it is the plan then, and the bound tells how good it still is.
    compare : bool
        Without it nothing is told of other plans: `forgone`, `marginal_value`, `baselines`, `replanned` are empty.
    """
    whole = build_problem(audience, plan)
    design, draw = draw_reserve(whole, audience, plan, f"{seed}:{occasion.campaign}", occasion)
    if launched is not None:
        sent, draw = recall(launched, audience)
        design = _design_again(audience, sent, draw, plan, occasion.reading)
    open_ = replace(whole, allowed=whole.allowed & ~draw.held[:, None])
    solution, problem, too_few = solve_in_size(open_, plan.solver, plan.least_customers)
    control = choose_control(whole, problem, draw, solution)
    best = solve_in_size(whole, plan.solver, plan.least_customers)[0] if compare else solution
    forgone = max(0.0, best.value - solution.value)
    if launched is not None:
        chosen, control = np.where(draw.held, NOBODY, sent), np.where(draw.held, sent, NOBODY)
        value, too_few = float(pick(problem.values, chosen).sum()), []
        solution = replace(solution, chosen=chosen, value=value, bound=max(value, solution.bound))
    orders = {"highest_risk_first": audience.probability}
    if audience.roles.money:
        orders["highest_profit_first"] = audience.customers[PROFIT].to_numpy()
    return Campaign(
        problem,
        design,
        draw,
        solution,
        control,
        _list_under(audience, np.where(draw.held, control, solution.chosen)),
        too_few,
        forgone,
        launched is not None,
        compute_marginal_value(problem, plan.solver.iterations) if compare else 0.0,
        measure_baselines(problem, orders, [seed, RANDOM_PLAN], plan.least_customers) if compare else [],
        [_replan(audience, open_, solution, plan, factor) for factor in FACTORS if compare],
    )


def draw_reserve(
    problem: Problem, audience: Audience, plan: PlanSettings, seed: str, occasion: Occasion
) -> tuple[Design, Draw]:
    """Draw who is left alone if the plan would contact them, before there is a plan; see `draw_control`.

    So the whole budget is for those who are contacted, and who of the reserve would have been is found by the plan's
    own prices. The likely offer is the one that prices for about the right limits suggest; whom they suggest one for
    is whom the share is found for.
    """
    grown = keep_profitable(scale_limits(problem, 1 / (1 - plan.holdout.share)))
    likely, _ = choose_by_prices(grown, find_prices(grown, plan.solver.iterations).values)
    planned = likely != NOBODY
    holdout = plan.holdout
    if occasion.way == "persistent":  # a share that moved would bring contacted customers into the group
        holdout = holdout.model_copy(update={"least": holdout.share})
    design = find_design(audience.probability[planned], audience.effects[likely[planned]], holdout, occasion.reading)
    able = np.asarray(problem.allowed.any(axis=1))
    return design, draw_control(likely, audience.customers, able, design.share, occasion.way, seed)


def _design_again(audience: Audience, sent: np.ndarray, draw: Draw, plan: PlanSettings, reading: str) -> Design:
    """Return what the control group that was left alone can show, whatever share the settings would have today."""
    planned = sent != NOBODY
    share = float(draw.held[planned].sum() / max(planned.sum(), 1))
    holdout = plan.holdout.model_copy(update={"least": share, "share": share})
    return find_design(audience.probability[planned], audience.effects[sent[planned]], holdout, reading)


def choose_control(whole: Problem, problem: Problem, draw: Draw, solution: Solution) -> np.ndarray:
    """Return which of the offers that are sent the plan's prices choose for the reserve; one customer is no group."""
    sending = replace(whole, allowed=whole.allowed & problem.allowed.any(axis=0))
    chosen, _ = choose_by_prices(keep_profitable(sending), solution.prices)
    control = np.where(draw.held, chosen, NOBODY)
    return control if (control != NOBODY).sum() > 1 else np.full_like(control, NOBODY)


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
    again, _, _ = solve_in_size(other, plan.solver, plan.least_customers)
    same = other.total(solution.chosen).expected_net_profit
    return Replanned(factor=factor, same_plan=same, **dict(other.total(again.chosen)))


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
