"""The campaign as plain figures, from the plan that was made."""

from collections.abc import Iterator
from typing import get_args

import numpy as np
from scipy.stats import norm

from retention.audience.offers.audience import Audience
from retention.audience.plan.campaign import Campaign, build_problem
from retention.audience.plan.lagrangian import write_price
from retention.audience.plan.problem import NOBODY, Problem, pick
from retention.audience.plan.settings import Money, PlanSettings, Unit
from retention.audience.plan.summary import (
    HoldoutSummary,
    Input,
    Limit,
    LimitPrice,
    OfferSummary,
    PlanSummary,
    SegmentPlan,
    ThresholdSummary,
    Total,
)
from retention.campaigns.settings import HoldoutSettings


def summarise_campaign(
    audience: Audience, campaign: Campaign, threshold: ThresholdSummary, plan: PlanSettings
) -> PlanSummary:
    """Return the campaign as plain figures; `threshold` is what `find_threshold` found."""
    solution, problem = campaign.solution, campaign.problem
    money = plan.money if audience.roles.money else Unit(unit=plan.money.unit)
    assumed = _list_assumed(audience, solution.chosen, money)
    return PlanSummary(
        launched=campaign.launched,
        budget=plan.budget,
        **dict(_total(problem, solution.chosen)),
        marginal_value_of_budget=campaign.marginal_value,
        bound=solution.bound,
        gap=solution.gap,
        prices=tuple(_list_prices(audience, campaign, plan)),
        least_customers=plan.least_customers,
        method=solution.method,
        effects="assumed" if {"effects", "loss_share"} & set(assumed) else "measured",
        assumed=assumed,
        money=money,
        customers=len(audience.customers),
        consenting=int(audience.consent.sum()) if audience.roles.consent else None,
        eligible=int(build_problem(audience, plan).allowed.any(axis=1).sum()),
        offers=tuple(_describe_offer(audience, campaign, place) for place in range(len(audience.offers))),
        segments=tuple(_describe_segment(str(key), audience, campaign, plan) for key in audience.members.columns),
        baselines=tuple(campaign.baselines),
        sensitivity=tuple(campaign.replanned),
        holdout=_describe_holdout(audience, campaign, plan),
        threshold=threshold,
    )


def _total(problem: Problem, chosen: np.ndarray) -> Total:
    return Total(
        contacts=int((chosen != NOBODY).sum()),
        spent=float(pick(problem.costs, chosen).sum()),
        expected_net_profit=float(pick(problem.values, chosen).sum()),
    )


def _list_prices(audience: Audience, campaign: Campaign, plan: PlanSettings) -> Iterator[LimitPrice]:
    capacities: list[tuple[Limit, str]] = [("capacity", key) for key in audience.offers]
    caps: list[tuple[Limit, str]] = [("cap", key) for key in sorted(plan.segment_caps)]
    limits: list[tuple[Limit, str]] = [("budget", ""), *capacities, *caps]
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
    return OfferSummary(
        key=key,
        **offer.model_dump(include=OfferSummary.model_fields.keys() - {"cost", "parameter"}),
        parameter=offer.parameter.name if offer.parameter else None,
        formula=offer.cost,
        planned_difference=float(audience.probability[contacted].mean()) * offer.effect.value
        if contacted.any()
        else None,
        too_few=place in campaign.too_few,
        break_even_effect=cost / stake if stake > 0 and audience.roles.money else None,
        eligible=int(eligible.sum()),
        held_out=int((campaign.control == place).sum()),
        customers=int(contacted.sum()),
        cost=float(audience.costs[contacted, place].sum()),
        expected_value=float(campaign.problem.values[contacted, place].sum()),
    )


def _describe_segment(key: str, audience: Audience, campaign: Campaign, plan: PlanSettings) -> SegmentPlan:
    contacted = audience.members[key].to_numpy(dtype=bool) & campaign.contacted
    counts = np.bincount(campaign.solution.chosen[contacted], minlength=len(audience.offers))
    return SegmentPlan(
        key=key,
        cap=plan.segment_caps.get(key),
        **dict(_total(campaign.problem, np.where(contacted, campaign.solution.chosen, NOBODY))),
        offers=dict(zip(audience.offers, counts.tolist(), strict=True)),
    )


def _describe_holdout(audience: Audience, campaign: Campaign, plan: PlanSettings) -> HoldoutSummary:
    settings, held, contacted = plan.holdout, campaign.held, campaign.contacted
    risk = float(audience.probability[contacted | held].mean()) if contacted.any() and held.any() else 0.0
    found = _find_detectable(risk, int(contacted.sum()), int(held.sum()), settings) if 0 < risk < 1 else None
    total = _total(campaign.problem, campaign.solution.chosen)
    saved = total.expected_net_profit + (total.spent if audience.roles.money else 0.0)
    stake = float(audience.stake[contacted].sum())
    effects = np.append(audience.effects, 0.0)[campaign.solution.chosen]
    return HoldoutSummary(
        **settings.model_dump(include={"power", "significance"}),
        share=campaign.design.share,
        design=campaign.design,
        drawn=int(campaign.reserved.sum()),
        customers=int(held.sum()),
        planned_difference=float((audience.probability * effects)[contacted].mean()) if contacted.any() else None,
        detectable_difference=found,
        detectable_effect=None if found is None else found / risk,
        planned_effect=saved / stake if stake > 0 else None,
        forgone_net_profit=campaign.forgone,
    )


def _find_detectable(risk: float, contacted: int, held: int, settings: HoldoutSettings) -> float:
    """Return the smallest difference of two decline rates that a two-sided test finds with the power that is set.

    Normal approximation with a common variance (Fleiss, Levin and Paik 2003, "Statistical Methods for Rates and
    Proportions", ch. 4).
    """
    spread = np.sqrt(risk * (1 - risk) * (1 / contacted + 1 / held))
    return float((norm.ppf(1 - settings.significance / 2) + norm.ppf(settings.power)) * spread)
