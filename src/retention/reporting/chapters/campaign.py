"""The campaign: a card an offer, the plan beside simple rules, and the control group."""

from typing import Literal

from retention.audience.plan.baselines import SimplePlan, Threshold
from retention.audience.plan.problem import Total
from retention.audience.plan.summary import HoldoutSummary, OfferSummary, PlanSummary
from retention.audience.segments.rules import Rule
from retention.numbers import HARD_SPACE
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.inline import Mark, draw_marks
from retention.reporting.charts.lines import Point, draw_band
from retention.reporting.language.voice import Cell, Voice
from retention.reporting.sources import Sources
from retention.tables.months.periods import move_month

SIGNS = {"any_of": "=≠", "at_least": "≥<", "at_most": "≤>", "above": ">≤", "below": "<≥"}
"""Of each test of a rule: where it holds, and where it does not."""
SHOWN = 5  # equal parts of a curve between the rows of its table
Power = Literal["none", "never", "pooled", "enough"]


def judge_power(holdout: HoldoutSummary) -> Power:
    """Tell what the control group can show: nothing, with many campaigns too, with some together, or by itself."""
    if not holdout.customers or holdout.detectable_effect is None:
        return "none"
    if holdout.design.power >= holdout.design.target:
        return "enough"
    return "never" if holdout.design.campaigns is None else "pooled"


def tell_power(holdout: HoldoutSummary, voice: Voice) -> str:
    """Say in short what the control group can show, or that there is none."""
    return voice.say(f"decision.power.{judge_power(holdout)}", holdout.design)


def tell_holdout(contacts: int, holdout: HoldoutSummary, voice: Voice) -> list[str]:
    """Say what the control group can show at length, or that there is none."""
    if (power := judge_power(holdout)) == "none":
        return [tell_power(holdout, voice)]
    told, design = [voice.say("campaign.holdout", holdout, contacts=contacts)], holdout.design
    if power != "enough":
        told += [voice.say("campaign.holdout_small", design), voice.say(f"campaign.holdout_{power}", design)]
    return [*told, voice.say("campaign.price", holdout)]


def tell_dates(plan: PlanSummary, month: str, voice: Voice) -> list[str]:
    """Say when the campaign of a month starts, how long nobody of it is touched again, and when its result is known.

    Nothing of a plan without contacts; a launched one starts no more.
    """
    told = [] if plan.launched or not plan.contacts else [voice.say("campaign.start", start=move_month(month, 1))]
    return told if judge_power(plan.holdout) == "none" else [*told, voice.say("campaign.reading", plan.holdout.design)]


def show_template(offer: OfferSummary, voice: Voice) -> str:
    """Return the message with the names of what is filled in, in brackets."""
    name = voice.pick(offer.parameter) if offer.parameter else ""
    return voice.pick(offer.message).format(parameter=f"[{name}]", until=f"[{voice.say('campaign.until')}]")


def _say_whom(offer: OfferSummary, sources: Sources, voice: Voice) -> str:
    """Name the segments that an offer is meant for, then what else must hold."""
    names = {segment.key: voice.pick(segment.name) for segment in sources.segments.segments}
    rules = sources.rules.offers.get(offer.key)
    told = [(rule, side) for side, some in enumerate((rules.where, rules.exclude) if rules else ()) for rule in some]
    said = "; ".join(_say_rule(rule, SIGNS[rule.test][side], voice) for rule, side in told)
    if not offer.segments:
        return voice.say("campaign.everyone_with", rules=said) if said else voice.say("campaign.everyone")
    return "; ".join(filter(None, [", ".join(names.get(key, key) for key in offer.segments), said]))


def _say_rule(rule: Rule, sign: str, voice: Voice) -> str:
    """Say a rule inside a sentence."""
    name, decimals = voice.column(rule.column), len(f"{rule.bound:.10g}".partition(".")[2])
    bound = voice.amount(rule.column, rule.bound) if voice.is_share(rule.column) else voice.number(rule.bound, decimals)
    value = ", ".join(voice.value(rule.column, key) for key in rule.keys) or bound
    name = name if name[1:2].isupper() else name[:1].lower() + name[1:]  # not an abbreviation
    return f"{name} {sign}{HARD_SPACE}{value}"


def list_facts(offer: OfferSummary, sources: Sources, voice: Voice) -> list[tuple[str, str]]:
    """Return the name and value of what is known of an offer."""
    told = {
        "whom": _say_whom(offer, sources, voice),
        "customers": voice.say("campaign.of_eligible", offer),
        "held": voice.number(offer.held_out),
        "channel": voice.name(offer.channel, "campaign.channel"),
        "cost": voice.measure(offer.cost),
        "value": voice.measure(offer.expected_value),
        "effect": voice.say("campaign.effect", offer),
    }
    if not voice.counts_customers:  # costs are not weighed against customers
        told["break_even"] = voice.percent(offer.break_even_effect, 0)
    return [(voice.say(f"campaign.fact.{key}"), value) for key, value in told.items()]


def tabulate_rules(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate the plan's net profit beside that of simple rules, all with the same customers and limits."""
    rules = sorted(plan.baselines, key=lambda rule: -rule.expected_net_profit)
    over = (voice.say("campaign.over_budget", rule) if rule.over_budget else voice.pick(rule.name) for rule in rules)
    entries: list[tuple[str, Total | SimplePlan]] = [(voice.say("campaign.ours"), plan), *zip(over, rules, strict=True)]
    columns = {
        "rule": "{0}",
        "contacts": "{1.contacts:number}",
        "cost": "{1.spent:measure}",
        "net": "{1.expected_net_profit:measure}",
    }
    marks = [Mark(one.expected_net_profit, "neutral" if n else "kept") for n, (_, one) in enumerate(entries)]
    drawn = {voice.say("campaign.head.net"): draw_marks(marks)}
    title, note = voice.say("campaign.rules_title"), voice.say("campaign.rules_note")
    return Table(title, *voice.tabulate("campaign", columns, entries), key="rules", drawn=drawn, note=note)


def tell_unsent(plan: PlanSummary, voice: Voice) -> list[str]:
    """Say of each offer that nobody gets why; nothing of a plan that was launched, which is not made anew."""
    outpriced = "outpriced_budget" if find_price(plan) else "outpriced"
    why: dict[str, list[OfferSummary]] = {"too_few": [], "suits_nobody": [], outpriced: []}
    for offer in plan.offers if not plan.launched else ():
        if offer.too_few:
            why["too_few"].append(offer)
        elif not offer.customers:
            why[outpriced if offer.eligible else "suits_nobody"].append(offer)
    named = {key: ", ".join(voice.quote(voice.pick(one.name)) for one in offers) for key, offers in why.items()}
    return [voice.say(f"campaign.unsent.{key}", plan, offers=names) for key, names in named.items() if names]


def find_price(plan: PlanSummary) -> float:
    """Return what one more unit of budget is worth by the plan's own prices; 0 where it does not bind."""
    return sum(float(one.price) for one in plan.prices if one.limit == "budget")


def tell_bound(plan: PlanSummary, voice: Voice) -> str:
    """Say how far the plan may be from the best one, and what size its offers have where that plays a part."""
    said = voice.say("campaign.bound", plan)
    sized = any(offer.too_few for offer in plan.offers) or any(float(one.price) < 0 for one in plan.prices)
    return f"{said} {voice.say('campaign.bound_less', plan)}" if sized else said


def tabulate_sensitivity(plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate what the plan brings if every effect is smaller or larger than assumed."""
    plans: list[tuple[float, float, Total]] = [(1.0, plan.expected_net_profit, plan)]
    plans += [(other.factor, other.same_plan, other) for other in plan.sensitivity]
    columns: dict[str, Cell] = {
        "factor": lambda one: voice.say("campaign.times", factor=voice.number(one[0], 1)),
        "same": "{1:measure}",
        "anew": "{2.expected_net_profit:measure}",
        "contacts": "{2.contacts:number}",
        "cost": "{2.spent:measure}",
    }
    plans.sort(key=lambda item: item[0])
    table = voice.tabulate("campaign", columns, plans)
    return Table(voice.say("campaign.sensitivity_title"), *table, key="sensitivity")


def show_threshold(threshold: Threshold, voice: Voice) -> Figure:
    """Show the profit of contacting everyone at or above a threshold, with its interval."""
    title, (x, y) = voice.say("campaign.threshold_title"), voice.heads("campaign", "threshold", "net")
    rows, points = [], []
    for at, profit in ((one.threshold, one.profit) for one in threshold.curve):
        value, low, high = (voice.measure(end) for end in (profit.value, profit.low, profit.high))
        label, text = voice.number(at, 2), f"{value} ({voice.interval(low, high)})"
        rows.append([label, text])
        points.append(Point(at, profit.value, label, text, low=profit.low, high=profit.high))
    chart, table = draw_band(points, x, y, up=",~r"), Table(title, [x, y], rows[:: max(1, len(rows) // SHOWN)])
    return Figure("threshold", title, voice.say("campaign.threshold", threshold), chart, table)
