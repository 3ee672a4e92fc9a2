"""The campaign in plain data: ``plan.json``."""

from dataclasses import asdict
from typing import Any

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.offers.value import compute_break_even
from retention.audience.plan.campaign import Campaign
from retention.audience.plan.holdout import compute_detectable
from retention.audience.plan.problem import NOBODY, Problem, pick
from retention.audience.plan.simple_rules import NAMES
from retention.audience.plan.threshold import ThresholdCurve, compute_curve, compute_realised
from retention.audience.segments.segment import PROBABILITY
from retention.audience.settings import PlanSettings
from retention.tables.columns import PROFIT, TARGET


def summarise_campaign(
    audience: Audience, campaign: Campaign, curve: ThresholdCurve | None, plan: PlanSettings
) -> dict[str, Any]:
    """Return the campaign as plain data.

    The figures at the top are those of the customers who are contacted; ``planned`` adds the control group, and
    ``bound`` and ``gap`` are about the plan.

    Parameters
    ----------
    audience : Audience
    campaign : Campaign
    curve : ThresholdCurve or None
        From `find_threshold`.
    plan : PlanSettings
    """
    solution, problem = campaign.solution, campaign.problem
    return {
        "budget": plan.budget,
        **_total(problem, campaign.solution.chosen, campaign.contacted),
        "marginal_value_of_budget": campaign.marginal_value,
        "bound": solution.bound,
        "gap": solution.gap,
        "method": solution.method,
        "effects": _status(audience, solution.chosen),
        "money": plan.money.model_dump(),
        "customers": len(audience.customers),
        "consenting": int((audience.customers["accepts_messages"] == "yes").sum()),
        "eligible": int(problem.allowed.any(axis=1).sum()),
        "planned": _total(problem, solution.chosen, campaign.planned),
        "offers": [_describe_offer(audience, campaign, place) for place in range(len(audience.offers))],
        "segments": _describe_segments(audience, campaign, plan),
        "baselines": [
            {"key": rule.key, "name": NAMES[rule.key].model_dump(), **_without_key(asdict(rule))}
            for rule in campaign.rules
        ],
        "sensitivity": [asdict(other) for other in campaign.replanned],
        "holdout": _describe_holdout(audience, campaign, plan),
        "threshold": _describe_threshold(curve, plan),
    }


def _without_key(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "key"}


def _total(problem: Problem, chosen: np.ndarray, who: np.ndarray) -> dict[str, Any]:
    taken = np.where(who, chosen, NOBODY)
    return {
        "contacts": int(who.sum()),
        "spent": float(pick(problem.costs, taken).sum()),
        "expected_net_profit": float(pick(problem.values, taken).sum()),
    }


def _status(audience: Audience, chosen: np.ndarray) -> str:
    """Return "measured" only if no offer that the plan uses rests on an assumption."""
    used = set(chosen[chosen != NOBODY].tolist()) or set(range(len(audience.offers)))
    statuses = [offer.effect.status for place, offer in enumerate(audience.offers.values()) if place in used]
    return "measured" if statuses and all(status == "measured" for status in statuses) else "assumed"


def _describe_offer(audience: Audience, campaign: Campaign, place: int) -> dict[str, Any]:
    key, offer = list(audience.offers.items())[place]
    planned = campaign.solution.chosen == place
    contacted, eligible = planned & ~campaign.held, campaign.problem.allowed[:, place]
    basis = planned if planned.any() else eligible
    return {
        "key": key,
        "name": offer.name.model_dump(),
        "text": offer.text.model_dump(),
        "segments": list(offer.segments),
        "channel": offer.channel,
        "capacity": offer.capacity,
        "cooldown_days": offer.cooldown_days,
        "effect": offer.effect.model_dump(),
        "break_even_effect": compute_break_even(audience.stake[basis], audience.costs[basis, place]),
        "eligible": int(eligible.sum()),
        "planned": int(planned.sum()),
        "held_out": int((planned & campaign.held).sum()),
        "customers": int(contacted.sum()),
        "cost": float(audience.costs[contacted, place].sum()),
        "expected_value": float(campaign.problem.values[contacted, place].sum()),
    }


def _describe_segments(audience: Audience, campaign: Campaign, plan: PlanSettings) -> list[dict[str, Any]]:
    described = []
    for key in audience.members.columns:
        members = audience.members[key].to_numpy(dtype=bool)
        contacted = members & campaign.contacted
        counts = np.bincount(campaign.solution.chosen[contacted], minlength=len(audience.offers))
        described.append(
            {
                "key": key,
                "cap": plan.segment_caps.get(key),
                **_total(campaign.problem, campaign.solution.chosen, contacted),
                "offers": dict(zip(audience.offers, counts.tolist(), strict=True)),
            }
        )
    return described


def _describe_holdout(audience: Audience, campaign: Campaign, plan: PlanSettings) -> dict[str, Any]:
    settings, held = plan.holdout, campaign.held
    probability = audience.customers[PROBABILITY].to_numpy(dtype=float)
    found = compute_detectable(
        probability[campaign.contacted], probability[held], settings.power, settings.significance
    )
    saved = float(pick(audience.costs, campaign.solution.chosen)[campaign.contacted].sum())
    stake = float(audience.stake[campaign.contacted].sum())
    values = pick(campaign.problem.values, campaign.solution.chosen)[campaign.contacted]
    return {
        "share": settings.share,
        "customers": int(held.sum()),
        "power": settings.power,
        "significance": settings.significance,
        "detectable_difference": found.absolute if found else None,
        "detectable_effect": found.relative if found else None,
        "planned_effect": (float(values.sum()) + saved) / stake if stake > 0 else None,
        "forgone_net_profit": _total(campaign.problem, campaign.solution.chosen, held)["expected_net_profit"],
    }


def find_threshold(
    audience: Audience, campaign: Campaign, train: np.ndarray, plan: PlanSettings, seed: int
) -> ThresholdCurve | None:
    """Return profit against threshold over the training customers who could be contacted; None if nobody could.

    Each is contacted with the offer that is worth most to them. A threshold that the user has set plays no
    part: the curve is there to judge it.

    Parameters
    ----------
    audience : Audience
        With known labels.
    campaign : Campaign
    train : ndarray of bool, shape (n,)
    plan : PlanSettings
    seed : int
    """
    who = train & audience.eligible.any(axis=1)
    if not who.any():
        return None
    customers, money = audience.customers[who], plan.money
    values = np.where(audience.eligible[who], campaign.problem.values[who], -np.inf)
    best = values.argmax(axis=1)
    full_stake = customers[PROFIT].to_numpy(dtype=float) * money.horizon_months * money.loss_share.value
    declined = customers[TARGET].to_numpy(dtype=float)
    realised = compute_realised(declined, full_stake, audience.effects[best], pick(audience.costs[who], best))
    return compute_curve(
        customers[PROBABILITY].to_numpy(dtype=float),
        realised,
        steps=plan.threshold.steps,
        resamples=plan.threshold.resamples,
        confidence=plan.confidence,
        rng=np.random.default_rng([seed, 3]),
    )


def choose_threshold(curve: ThresholdCurve | None, plan: PlanSettings) -> float | None:
    """Return the threshold in use: the user's own, else the one that money suggests."""
    if plan.threshold.value is not None:
        return plan.threshold.value
    return None if curve is None else curve.best


def _describe_threshold(curve: ThresholdCurve | None, plan: PlanSettings) -> dict[str, Any]:
    described: dict[str, Any] = {
        "value": choose_threshold(curve, plan),
        "set_by": "money" if plan.threshold.value is None else "user",
    }
    if curve is None:
        return {**described, "suggested": None, "curve": []}
    columns = ("thresholds", "profit", "low", "high", "contacts")
    rows = zip(*(getattr(curve, name).tolist() for name in columns), strict=True)
    return {
        **described,
        "suggested": {"value": curve.best, "low": curve.best_low, "high": curve.best_high},
        "customers": int(curve.contacts[0]),
        "curve": [dict(zip(("threshold", *columns[1:]), row, strict=True)) for row in rows],
    }
