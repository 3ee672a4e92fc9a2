"""The campaign as plain figures, from the plan that was made."""

from typing import get_args

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.offers.value import compute_break_even
from retention.audience.plan.campaign import Campaign
from retention.audience.plan.holdout import compute_detectable
from retention.audience.plan.problem import NOBODY, Problem, pick
from retention.audience.plan.settings import Money, PlanSettings
from retention.audience.plan.summary import (
    HoldoutSummary,
    Input,
    OfferSummary,
    PlanSummary,
    SegmentPlan,
    ThresholdPoint,
    ThresholdSummary,
    Total,
)
from retention.audience.plan.threshold import ThresholdCurve, choose_threshold
from retention.estimate import Estimate
from retention.tables.columns import PROBABILITY


def summarise_campaign(
    audience: Audience, campaign: Campaign, curve: ThresholdCurve | None, plan: PlanSettings
) -> PlanSummary:
    """Return the campaign as plain figures.

    Parameters
    ----------
    audience : Audience
    campaign : Campaign
    curve : ThresholdCurve or None
        From `find_threshold`.
    plan : PlanSettings
    """
    solution, problem = campaign.solution, campaign.problem
    assumed = _list_assumed(audience, solution.chosen, plan.money)
    return PlanSummary(
        budget=plan.budget,
        **dict(_total(problem, solution.chosen)),
        marginal_value_of_budget=campaign.marginal_value,
        bound=solution.bound,
        gap=solution.gap,
        method=solution.method,
        effects="assumed" if {"effects", "loss_share"} & set(assumed) else "measured",
        assumed=assumed,
        money=plan.money,
        customers=len(audience.customers),
        consenting=int((audience.customers["accepts_messages"] == "yes").sum()),
        eligible=int((problem.allowed.any(axis=1) | campaign.reserved).sum()),
        offers=tuple(_describe_offer(audience, campaign, place) for place in range(len(audience.offers))),
        segments=tuple(_describe_segment(str(key), audience, campaign, plan) for key in audience.members.columns),
        baselines=tuple(campaign.baselines),
        sensitivity=tuple(campaign.replanned),
        holdout=_describe_holdout(audience, campaign, plan),
        threshold=_describe_threshold(curve, plan),
    )


def _total(problem: Problem, chosen: np.ndarray) -> Total:
    return Total(
        contacts=int((chosen != NOBODY).sum()),
        spent=float(pick(problem.costs, chosen).sum()),
        expected_net_profit=float(pick(problem.values, chosen).sum()),
    )


def _list_assumed(audience: Audience, chosen: np.ndarray, money: Money) -> tuple[Input, ...]:
    """Return what is assumed: effects unless those of all offers in use are measured; no setting measures the rest."""
    used = set(chosen[chosen != NOBODY].tolist()) or set(range(len(audience.offers)))
    statuses = [offer.effect.status for place, offer in enumerate(audience.offers.values()) if place in used]
    known = {
        "effects": bool(statuses) and all(status == "measured" for status in statuses),
        "loss_share": money.loss_share.status == "measured",
    }
    inputs: tuple[Input, ...] = get_args(Input)
    return tuple(name for name in inputs if not known.get(name, False))


def _describe_offer(audience: Audience, campaign: Campaign, place: int) -> OfferSummary:
    key, offer = list(audience.offers.items())[place]
    contacted, held = campaign.solution.chosen == place, campaign.control == place
    eligible = audience.eligible[:, place]
    basis = contacted if contacted.any() else eligible
    return OfferSummary(
        key=key,
        **offer.model_dump(include={"name", "text", "segments", "channel", "capacity", "cooldown_days", "effect"}),
        break_even_effect=compute_break_even(audience.stake[basis], audience.costs[basis, place]),
        eligible=int(eligible.sum()),
        held_out=int(held.sum()),
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
    probability = audience.customers[PROBABILITY].to_numpy(dtype=float)
    found = compute_detectable(probability[contacted], probability[held], settings.power, settings.significance)
    total = _total(campaign.problem, campaign.solution.chosen)
    stake = float(audience.stake[contacted].sum())
    return HoldoutSummary(
        share=settings.share,
        customers=int(held.sum()),
        power=settings.power,
        significance=settings.significance,
        detectable_difference=found.absolute if found else None,
        detectable_effect=found.relative if found else None,
        planned_effect=(total.expected_net_profit + total.spent) / stake if stake > 0 else None,
        forgone_net_profit=_total(campaign.problem, campaign.control).expected_net_profit,
    )


def _describe_threshold(curve: ThresholdCurve | None, plan: PlanSettings) -> ThresholdSummary:
    names = ("thresholds", "profit", "low", "high", "contacts")
    rows = zip(*(getattr(curve, name).tolist() for name in names), strict=True) if curve else ()
    return ThresholdSummary(
        value=choose_threshold(curve, plan),
        set_by="money" if plan.threshold.value is None else "user",
        suggested=Estimate(value=curve.best, low=curve.best_low, high=curve.best_high) if curve else None,
        customers=int(curve.contacts[0]) if curve else 0,
        curve=tuple(
            ThresholdPoint(threshold=at, profit=profit, low=low, high=high, contacts=int(contacts))
            for at, profit, low, high, contacts in rows
        ),
    )
