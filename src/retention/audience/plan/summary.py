"""The campaign as it is told, ``plan.json``, and the few figures that plans are compared by, ``plan_metrics.json``."""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from retention.audience.declared import Cost, Effect, Status
from retention.audience.offers.audience import Audience
from retention.audience.plan.baselines import SimplePlan, Threshold
from retention.audience.plan.campaign import Campaign, Replanned
from retention.audience.plan.lagrangian import write_price
from retention.audience.plan.problem import NOBODY, Total
from retention.audience.plan.settings import Money, PlanSettings, Unit
from retention.campaigns.design import Design, find_detectable
from retention.strict import Strict, Text

Limit = Literal["budget", "capacity", "cap"]
Input = Literal["effects", "loss_share", "horizon", "costs", "redemption"]


class OfferSummary(Strict):
    """An offer in the plan."""

    key: str  # as in the settings
    name: Text  # likewise
    message: Text  # likewise
    parameter: Text | None  # the name of what is filled into the message for each customer
    segments: tuple[str, ...]  # whom it is meant for; empty means everyone
    channel: str  # where the customer meets it
    effect: Effect  # a relative reduction of the probability; `planned_difference` is the absolute one
    formula: Cost  # what contacting one customer costs
    planned_difference: float | None
    """By how much the offer is thought to lower the mean probability of those who get it; None where nobody does."""
    too_few: bool  # whether it is not sent since too few would get it
    break_even_effect: float | None  # the effect at which it earns just what it costs
    eligible: int  # who may get it
    held_out: int  # who would get it but is left alone as a control
    customers: int  # who gets it
    cost: float  # of contacting those who get it
    expected_value: float  # of those who get it, less the cost


class SegmentPlan(Total):
    """What the plan does in a segment."""

    key: str  # the segment's
    offers: dict[str, int]  # how many get each offer


class LimitPrice(Strict):
    """What one more unit of a limit is worth: a price of the dual, by which the bound can be proved again.

    Below 0 it is of an offer that is filled up to `least_customers`: what one more of its customers is worth.
    """

    limit: Limit  # which it is
    of: str  # of a capacity the offer, of a cap the segment
    price: str  # as `write_price` writes it


class HoldoutSummary(Strict):
    """The control group."""

    share: float  # of the customers who may get an offer: so many are drawn before the plan is made
    customers: int  # those of them whom the plan would contact
    power: float  # with which a difference is to be found
    detectable_effect: float | None  # the smallest relative effect that it would find, 1 at most
    planned_effect: float | None  # what the offers are assumed to do to the probabilities on average, relative
    forgone_net_profit: float
    """The price of the control group: what a plan within the same limits would bring more if nobody were drawn."""
    design: Design  # how the share was found


class PlanSummary(Total):
    """The campaign, of the customers who are contacted: ``plan.json``."""

    launched: bool  # whether it was sent already: it is then the plan of the ledger, whatever would be planned today
    budget: float | None  # what it may cost; null means no limit
    marginal_value_of_budget: float  # what one more unit of it would bring
    bound: float  # no plan that sends each offer to `least_customers` or to nobody is worth more
    gap: float
    """How far this one may be from the best, as a share of the bound. As net profit, simple rules and other effects,
    both are of all customers but those drawn for the control group."""
    prices: tuple[LimitPrice, ...]  # of every limit, 0 where there is none
    least_customers: int  # an offer goes to so many at least, or to nobody
    effects: Status
    """Measured only if neither the effect of an offer in use nor the share of profit that is lost is assumed."""
    assumed: tuple[Input, ...]  # what all figures of money rest on and nobody has measured
    money: Money | Unit
    """What every sum rests on: the horizon and the share of the profit that is lost. Without profit there is the unit
    of costs alone: `expected_net_profit`, `bound` and the like count customers."""
    offers: tuple[OfferSummary, ...]
    """Without any there is no campaign, and ``offers.csv`` lists all customers by what is at stake."""
    segments: tuple[SegmentPlan, ...]  # what is planned within each
    baselines: tuple[SimplePlan, ...]  # what simple ways to choose would earn
    sensitivity: tuple[Replanned, ...]  # if all effects were other ones
    holdout: HoldoutSummary  # the control group
    threshold: Threshold | None
    """The one that money suggests, and the profit of contacting all above each; None of nobody, and without profit."""


class PlanMetrics(Strict):
    """What plans are compared by, side by side on a terminal: ``plan_metrics.json``."""

    net_profit: float  # expected of the campaign
    contacts: int  # customers to be contacted
    spent: float  # what that costs


def summarise_campaign(
    audience: Audience, campaign: Campaign, threshold: Threshold | None, plan: PlanSettings
) -> PlanSummary:
    """Return the campaign as plain figures; `threshold` is what `find_threshold` found."""
    solution = campaign.solution
    money = plan.money if audience.roles.money else Unit(unit=plan.money.unit)
    assumed = _list_assumed(audience, solution.chosen, money)
    return PlanSummary(
        launched=campaign.launched,
        budget=plan.budget,
        **dict(campaign.problem.total(solution.chosen)),
        marginal_value_of_budget=campaign.marginal_value,
        bound=solution.bound,
        gap=solution.gap,
        prices=tuple(_list_prices(audience, campaign, plan)),
        least_customers=plan.least_customers,
        effects="assumed" if {"effects", "loss_share"} & set(assumed) else "measured",
        assumed=assumed,
        money=money,
        offers=tuple(_describe_offer(audience, campaign, place) for place in range(len(audience.offers))),
        segments=tuple(_describe_segment(str(key), audience, campaign) for key in audience.members.columns),
        baselines=tuple(campaign.baselines),
        sensitivity=tuple(campaign.replanned),
        holdout=_describe_holdout(audience, campaign, plan),
        threshold=threshold,
    )


def _list_prices(audience: Audience, campaign: Campaign, plan: PlanSettings) -> Iterator[LimitPrice]:
    named: dict[Limit, list[str]] = {"budget": [""], "capacity": [*audience.offers], "cap": sorted(plan.segment_caps)}
    limits = [(limit, of) for limit, names in named.items() for of in names]
    for (limit, of), price in zip(limits, campaign.solution.prices, strict=True):
        yield LimitPrice(limit=limit, of=of, price=write_price(price))


def _list_assumed(audience: Audience, chosen: np.ndarray, money: Money | Unit) -> tuple[Input, ...]:
    """Return what is assumed: effects unless those of all offers in use are measured; no setting measures the rest.

    Customers that are counted lose no share of a profit, for no number of months.
    """
    used = set(chosen[chosen != NOBODY].tolist()) or set(range(len(audience.offers)))
    statuses = [offer.effect.status for place, offer in enumerate(audience.offers.values()) if place in used]
    known = {
        "effects": bool(statuses) and all(status == "measured" for status in statuses),
        "loss_share": not isinstance(money, Money) or money.loss_share.status == "measured",
        "horizon": not isinstance(money, Money),
    }
    inputs: tuple[Input, ...] = get_args(Input)
    return tuple(name for name in inputs if not known.get(name, False))


def _describe_offer(audience: Audience, campaign: Campaign, place: int) -> OfferSummary:
    key, offer = list(audience.offers.items())[place]
    contacted, eligible = campaign.solution.chosen == place, audience.eligible[:, place]
    basis = contacted if contacted.any() else eligible
    stake, cost = float(audience.stake[basis].sum()), float(audience.costs[basis, place].sum())
    planned = float(audience.probability[contacted].mean()) * offer.effect.value if contacted.any() else None
    return OfferSummary(
        key=key,
        **offer.model_dump(include=OfferSummary.model_fields.keys() - {"cost", "parameter"}),
        parameter=offer.parameter.name if offer.parameter else None,
        formula=offer.cost,
        planned_difference=planned,
        too_few=place in campaign.too_few,
        break_even_effect=cost / stake if stake > 0 and audience.roles.money else None,
        eligible=int(eligible.sum()),
        held_out=int((campaign.control == place).sum()),
        customers=int(contacted.sum()),
        cost=float(audience.costs[contacted, place].sum()),
        expected_value=float(campaign.problem.values[contacted, place].sum()),
    )


def _describe_segment(key: str, audience: Audience, campaign: Campaign) -> SegmentPlan:
    contacted = audience.members[key].to_numpy(dtype=bool) & campaign.contacted
    counts = np.bincount(campaign.solution.chosen[contacted], minlength=len(audience.offers))
    return SegmentPlan(
        key=key,
        **dict(campaign.problem.total(np.where(contacted, campaign.solution.chosen, NOBODY))),
        offers=dict(zip(audience.offers, counts.tolist(), strict=True)),
    )


def _describe_holdout(audience: Audience, campaign: Campaign, plan: PlanSettings) -> HoldoutSummary:
    settings, held, contacted = plan.holdout, campaign.held, campaign.contacted
    risk, share = audience.probability[contacted | held], held.sum() / max((contacted | held).sum(), 1)
    total = campaign.problem.total(campaign.solution.chosen)
    saved = total.expected_net_profit + (total.spent if audience.roles.money else 0.0)
    stake = float(audience.stake[contacted].sum())
    return HoldoutSummary(
        share=campaign.design.share,
        power=settings.power,
        design=campaign.design,
        customers=int(held.sum()),
        detectable_effect=find_detectable(risk, share, settings) if 0 < share < 1 else None,
        planned_effect=saved / stake if stake > 0 else None,
        forgone_net_profit=campaign.forgone,
    )
