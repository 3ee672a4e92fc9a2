"""The plan: offers, and the plan beside simple rules."""

from retention.audience.plan.baselines import SimplePlan
from retention.audience.plan.campaign import Replanned
from retention.audience.plan.summary import HoldoutSummary, PlanSummary, ThresholdSummary, Total
from retention.estimate import Estimate
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_band
from retention.reporting.charts.marks import KEPT, NEUTRAL, Mark, Point
from retention.reporting.charts.ranked import draw_bars
from retention.reporting.language.voice import Voice


def tell_holdout(contacts: int, holdout: HoldoutSummary, voice: Voice) -> list[str]:
    """Say what the control group can show, or that there is none."""
    if not holdout.customers or holdout.detectable_effect is None:
        return [voice.say("plan.holdout_none")]
    said = voice.say(
        "plan.holdout",
        contacts=voice.count(contacts, "customer_with"),
        held=voice.number(holdout.customers),
        detectable=voice.percent(holdout.detectable_effect, 0),
        power=voice.percent(holdout.power, 0),
        expected=voice.percent(holdout.planned_effect, 0),
    )
    told, design = [said], holdout.design
    if holdout.planned_effect is not None and holdout.planned_effect < holdout.detectable_effect:
        told.append(voice.say("plan.holdout_small", power=voice.percent(design.power, 0)))
        together, target = design.campaigns, voice.percent(design.target, 0)
        if together is None:
            told.append(voice.say("plan.holdout_never", target=target))
        else:
            told.append(voice.say("plan.holdout_pooled", campaigns=voice.number(together), target=target))
    return [*told, voice.say("plan.reading", month=voice.date(design.reading))] if design.reading else told


def show_offers(plan: PlanSummary, voice: Voice) -> Figure | None:
    """Show what each offer of the plan is expected to bring; None where the plan holds no offer."""
    used = sorted((offer for offer in plan.offers if offer.customers > 0), key=lambda item: -item.expected_value)
    if not used:
        return None
    values = [voice.worth(offer.expected_value) for offer in used]
    marks = [
        Mark(voice.pick(offer.name), offer.expected_value, f"{value}; {voice.count(offer.customers, 'customer')}")
        for offer, value in zip(used, values, strict=True)
    ]
    return Figure(
        "offers",
        voice.say("plan.offers_title"),
        voice.say("plan.offers_description", first=marks[0].label, value=values[0]),
        draw_bars(marks, voice.say("plan.offers_axis", unit=voice.unit_of_cost), format=",~r"),
        tabulate_offers(plan, voice),
    )


def tabulate_offers(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate every offer of the plan."""
    rows = [
        [
            voice.pick(offer.name),
            voice.number(offer.customers),
            voice.measure(offer.cost),
            voice.measure(offer.expected_value),
            voice.number(offer.eligible),
            voice.percent(offer.effect.value),
            voice.say(f"common.status.{offer.effect.status}"),
            *([] if voice.counts_customers else [voice.percent(offer.break_even_effect)]),
        ]
        for offer in plan.offers
    ]
    unit = voice.unit_of_cost
    head = voice.heads(
        "plan", "offer", "customers", "cost", "value", "eligible", "effect", "status", "break_even", unit=unit
    )
    shown = head[:-1] if voice.counts_customers else head  # costs are not weighed against customers
    return Table(voice.say("plan.offers_title"), shown, rows, frozenset({0, 6}))


def show_rules(plan: PlanSummary, voice: Voice) -> Figure:
    """Show the plan's net profit beside that of simple rules, all with the same customers and limits."""
    unit = voice.unit_of_cost
    named = [
        (voice.pick(rule.name), rule) for rule in sorted(plan.baselines, key=lambda item: -item.expected_net_profit)
    ]
    entries: list[tuple[str, Total | SimplePlan]] = [(voice.say("plan.ours"), plan)]
    entries += [(voice.say("plan.over_budget", rule=name) if rule.over_budget else name, rule) for name, rule in named]
    table = [
        [name, voice.number(one.contacts), voice.measure(one.spent), voice.measure(one.expected_net_profit)]
        for name, one in entries
    ]
    customers = [voice.count(round(one.contacts), "customer") for _, one in entries]
    marks = [
        Mark(
            name, one.expected_net_profit, f"{voice.worth(one.expected_net_profit)}; {who}", NEUTRAL if place else KEPT
        )
        for place, ((name, one), who) in enumerate(zip(entries, customers, strict=True))
    ]
    name, best = next((item for item in named if not item[1].over_budget), entries[0])
    title, axis = voice.say("plan.rules_title"), voice.say("plan.rules_axis", unit=unit)
    money = {"plan": voice.worth(plan.expected_net_profit), "net": voice.worth(best.expected_net_profit)}
    return Figure(
        "rules",
        title,
        voice.say("plan.rules_description", rule=name, **money),
        draw_bars(marks, axis, format=",~r"),
        Table(title, voice.heads("plan", "rule", "contacts", "cost", "net", unit=unit), table),
    )


def tabulate_sensitivity(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate what the plan brings if every effect is smaller or larger than assumed."""
    plans: list[tuple[float, float, Total | Replanned]] = [(1.0, plan.expected_net_profit, plan)]
    plans += [(other.factor, other.same_plan, other) for other in plan.sensitivity]
    rows = [
        [
            voice.say("plan.times", factor=voice.number(factor, 1)),
            voice.measure(same),
            voice.measure(anew.expected_net_profit),
            voice.number(anew.contacts),
            voice.measure(anew.spent),
        ]
        for factor, same, anew in sorted(plans, key=lambda item: item[0])
    ]
    head = voice.heads("plan", "factor", "same", "anew", "contacts", "cost", unit=voice.unit_of_cost)
    return Table(voice.say("plan.sensitivity_title"), head, rows, key="sensitivity")


def show_threshold(threshold: ThresholdSummary, voice: Voice) -> Figure | None:
    """Show the profit of contacting everyone above a threshold; None where nobody could be contacted."""
    if threshold.suggested is None:
        return None
    title, x, y = (voice.say(f"plan.threshold_{part}", unit=voice.unit_of_cost) for part in ("title", "x", "y"))
    points = [
        Point(
            at.threshold, at.profit, voice.number(at.threshold, 2), f"{profit}; {customers}", low=at.low, high=at.high
        )
        for at in threshold.curve
        for profit, customers in [(voice.worth(at.profit), voice.count(at.contacts, "customer"))]
    ]
    table = [
        [
            voice.number(at.threshold, 2),
            voice.estimate(Estimate(value=at.profit, low=at.low, high=at.high), "measure"),
            voice.number(at.contacts),
        ]
        for at in threshold.curve[:: max(1, len(threshold.curve) // 20)]
    ]
    return Figure(
        "threshold",
        title,
        voice.say("plan.threshold_description", threshold=voice.estimate(threshold.suggested, "number", 2)),
        draw_band(points, x, y, format=(".1f", ",~r"), rule=threshold.suggested.value),
        Table(title, [x, y, voice.say("plan.head.contacts")], table, frozenset()),
    )
