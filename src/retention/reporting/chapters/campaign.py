"""The campaign: a card an offer, the plan beside simple rules, and the control group."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.audience.plan.baselines import SimplePlan
from retention.audience.plan.campaign import Replanned
from retention.audience.plan.problem import Total
from retention.audience.plan.summary import HoldoutSummary, OfferSummary, PlanSummary
from retention.audience.segments.summary import SegmentSummary
from retention.estimate import Estimate
from retention.reporting.charts.figure import Table
from retention.reporting.charts.inline import Mark, draw_marks
from retention.reporting.language.voice import Voice


def tell_holdout(contacts: int, holdout: HoldoutSummary, voice: Voice) -> list[str]:
    """Say what the control group can show, or that there is none."""
    if not holdout.customers or holdout.detectable_effect is None:
        return [voice.say("campaign.holdout_none")]
    said = voice.say(
        "campaign.holdout",
        contacts=voice.count(contacts, "customer_with"),
        held=voice.number(holdout.customers),
        detectable=voice.percent(holdout.detectable_effect, 0),
        power=voice.percent(holdout.power, 0),
        expected=voice.percent(holdout.planned_effect, 0),
    )
    told, design = [said], holdout.design
    if holdout.planned_effect is not None and holdout.planned_effect < holdout.detectable_effect:
        told.append(voice.say("campaign.holdout_small", power=voice.percent(design.power, 0)))
        together, target = design.campaigns, voice.percent(design.target, 0)
        if together is None:
            told.append(voice.say("campaign.holdout_never", target=target))
        else:
            told.append(voice.say("campaign.holdout_pooled", campaigns=voice.number(together), target=target))
    told.append(voice.say("campaign.price", price=voice.worth(holdout.forgone_net_profit)))
    return [*told, voice.say("campaign.reading", month=voice.date(design.reading))] if design.reading else told


@dataclass(frozen=True)
class OfferCard:
    """An offer: its name, what is known of it, and a template of the message."""

    key: str
    name: str
    facts: Sequence[tuple[str, str]]
    message: str


def show_offers(plan: PlanSummary, segments: Sequence[SegmentSummary], voice: Voice) -> list[OfferCard]:
    """Return a card for each offer of the plan, the one that most customers get first."""
    names = {segment.key: voice.pick(segment.name) for segment in segments}
    used = sorted((offer for offer in plan.offers if offer.customers > 0), key=lambda offer: -offer.customers)
    return [
        OfferCard(
            offer.key,
            voice.pick(offer.name),
            _list_facts(offer, [names.get(key, key) for key in offer.segments], voice),
            _show_template(offer, voice),
        )
        for offer in used
    ]


def _show_template(offer: OfferSummary, voice: Voice) -> str:
    """Return the message with the names of what is filled in, in brackets."""
    name = voice.pick(offer.parameter) if offer.parameter else ""
    return voice.pick(offer.message).format(parameter=f"[{name}]", until=f"[{voice.say('campaign.until')}]")


def _list_facts(offer: OfferSummary, segments: Sequence[str], voice: Voice) -> list[tuple[str, str]]:
    effect = voice.say(
        "campaign.effect",
        relative=voice.percent(offer.effect.value, 0),
        points=voice.points(offer.planned_difference),
        status=voice.say(f"common.status.{offer.effect.status}"),
    )
    told = {
        "whom": ", ".join(segments) or voice.say("campaign.everyone"),
        "customers": voice.say(
            "campaign.of_eligible", n=voice.number(offer.customers), all=voice.number(offer.eligible)
        ),
        "held": voice.number(offer.held_out),
        "channel": voice.name("campaign.channel", offer.channel),
        "cost": voice.measure(offer.cost),
        "value": voice.measure(offer.expected_value),
        "effect": effect,
    }
    if not voice.counts_customers:  # costs are not weighed against customers
        told["break_even"] = voice.percent(offer.break_even_effect, 0)
    return [(voice.say(f"campaign.fact.{key}"), value) for key, value in told.items()]


def tabulate_rules(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate the plan's net profit beside that of simple rules, all with the same customers and limits."""
    entries: list[tuple[str, Total | SimplePlan]] = [(voice.say("campaign.ours"), plan)]
    for rule in sorted(plan.baselines, key=lambda item: -item.expected_net_profit):
        name = voice.pick(rule.name)
        entries.append((voice.say("campaign.over_budget", rule=name) if rule.over_budget else name, rule))
    rows = [
        [name, voice.number(one.contacts), voice.measure(one.spent), voice.measure(one.expected_net_profit)]
        for name, one in entries
    ]
    marks = [Mark(one.expected_net_profit, "neutral" if n else "kept") for n, (_, one) in enumerate(entries)]
    unit = voice.unit_of_cost
    drawn = draw_marks(voice.say("campaign.head.net", unit=unit), marks)
    head = voice.heads("campaign", "rule", "contacts", "cost", "net", unit=unit)
    return Table(
        voice.say("campaign.rules_title"),
        head,
        rows,
        key="rules",
        drawn=(drawn,),
        note=voice.say("campaign.rules_note"),
    )


def tell_too_few(plan: PlanSummary, voice: Voice) -> str:
    """Say which offers are not sent since too few would get them; nothing where there is none."""
    names = ", ".join(voice.quote(voice.pick(offer.name)) for offer in plan.offers if offer.too_few)
    return voice.say("campaign.too_few", least=voice.number(plan.least_customers), offers=names) if names else ""


def tell_bound(plan: PlanSummary, voice: Voice) -> str:
    """Say what no plan can exceed, and how far below it this one is."""
    return voice.say("campaign.bound", bound=voice.worth(plan.bound), gap=voice.percent(plan.gap, 2))


def tabulate_sensitivity(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate what the plan brings if every effect is smaller or larger than assumed."""
    plans: list[tuple[float, float, Total | Replanned]] = [(1.0, plan.expected_net_profit, plan)]
    plans += [(other.factor, other.same_plan, other) for other in plan.sensitivity]
    rows = [
        [
            voice.say("campaign.times", factor=voice.number(factor, 1)),
            voice.measure(same),
            voice.measure(anew.expected_net_profit),
            voice.number(anew.contacts),
            voice.measure(anew.spent),
        ]
        for factor, same, anew in sorted(plans, key=lambda item: item[0])
    ]
    head = voice.heads("campaign", "factor", "same", "anew", "contacts", "cost", unit=voice.unit_of_cost)
    return Table(voice.say("campaign.sensitivity_title"), head, rows, key="sensitivity")


def tell_threshold(threshold: Estimate, voice: Voice) -> str:
    """Say which threshold on the probability money suggests."""
    return voice.say("campaign.threshold", threshold=voice.estimate(threshold, "number", 2))
