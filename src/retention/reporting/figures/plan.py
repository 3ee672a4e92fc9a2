"""The plan: offers, and the plan beside simple rules."""

from collections.abc import Mapping
from typing import Any

from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_band
from retention.reporting.charts.palette import KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_bars
from retention.reporting.language.voice import Voice


def show_offers(plan: Mapping[str, Any], voice: Voice) -> Figure | None:
    """Show what each offer of the plan is expected to bring; None where the plan holds no offer."""
    used = sorted((o for o in plan["offers"] if o["customers"] > 0), key=lambda item: -item["expected_value"])
    if not used:
        return None
    unit = voice.money_unit[voice.language]
    rows = [
        {
            "label": voice.pick(offer["name"]),
            "value": offer["expected_value"],
            "colour": KEPT,
            "text": f"{voice.money(offer['expected_value'])}; {voice.count(offer['customers'], 'customer')}",
        }
        for offer in used
    ]
    return Figure(
        "offers",
        voice.say("plan.offers_title"),
        voice.say("plan.offers_description", first=rows[0]["label"], value=voice.money(used[0]["expected_value"])),
        draw_bars(rows, voice.say("plan.offers_axis", unit=unit), format=",~r"),
        tabulate_offers(plan, voice),
    )


def tabulate_offers(plan: Mapping[str, Any], voice: Voice) -> Table:
    """Tabulate every offer of the plan."""
    unit = voice.money_unit[voice.language]
    head = [
        voice.say("plan.head.offer"),
        voice.say("plan.head.customers"),
        voice.say("plan.head.cost", unit=unit),
        voice.say("plan.head.value", unit=unit),
        voice.say("plan.head.eligible"),
        voice.say("plan.head.effect"),
        voice.say("plan.head.status"),
        voice.say("plan.head.break_even"),
    ]
    rows = [
        [
            voice.pick(offer["name"]),
            voice.number(offer["customers"]),
            voice.measure(offer["cost"]),
            voice.measure(offer["expected_value"]),
            voice.number(offer["eligible"]),
            voice.percent(offer["effect"]["value"]),
            voice.say(f"common.status.{offer['effect']['status']}"),
            voice.percent(offer["break_even_effect"]),
        ]
        for offer in plan["offers"]
    ]
    return Table(voice.say("plan.offers_title"), head, rows, frozenset({0, 6}))


def show_rules(plan: Mapping[str, Any], voice: Voice) -> Figure:
    """Show the plan's net profit beside that of simple rules, all before a control group is set aside."""
    unit = voice.money_unit[voice.language]
    rules = sorted(plan["baselines"], key=lambda item: -item["expected_net_profit"])
    entries = [(voice.say("plan.ours"), plan["planned"]), *((_name_rule(rule, voice), rule) for rule in rules)]
    rows = [
        {
            "label": name,
            "value": entry["expected_net_profit"],
            "colour": NEUTRAL if place else KEPT,
            "text": f"{voice.money(entry['expected_net_profit'])}; {voice.count(round(entry['contacts']), 'customer')}",
        }
        for place, (name, entry) in enumerate(entries)
    ]
    head = [
        voice.say("plan.head.rule"),
        voice.say("plan.head.contacts"),
        voice.say("plan.head.cost", unit=unit),
        voice.say("plan.head.net", unit=unit),
    ]
    table = [
        [
            name,
            voice.number(entry["contacts"]),
            voice.measure(entry["spent"]),
            voice.measure(entry["expected_net_profit"]),
        ]
        for name, entry in entries
    ]
    title = voice.say("plan.rules_title")
    best = next((rule for rule in rules if not rule["over_budget"]), plan["planned"])
    return Figure(
        "rules",
        title,
        voice.say(
            "plan.rules_description",
            plan=voice.money(entries[0][1]["expected_net_profit"]),
            rule=voice.pick(best["name"]) if "name" in best else voice.say("plan.ours"),
            net=voice.money(best["expected_net_profit"]),
        ),
        draw_bars(rows, voice.say("plan.rules_axis", unit=unit), format=",~r"),
        Table(title, head, table),
    )


def _name_rule(rule: Mapping[str, Any], voice: Voice) -> str:
    name = voice.pick(rule["name"])
    return voice.say("plan.over_budget", rule=name) if rule["over_budget"] else name


def tabulate_sensitivity(plan: Mapping[str, Any], voice: Voice) -> Table:
    """Tabulate what the plan brings if every effect is smaller or larger than assumed."""
    unit = voice.money_unit[voice.language]
    head = [voice.say(f"plan.head.{key}", unit=unit) for key in ("factor", "same", "anew", "contacts", "cost")]
    known = {"factor": 1.0, "same_plan": plan["planned"]["expected_net_profit"], **plan["planned"]}
    rows = [
        [
            voice.say("plan.times", factor=voice.number(other["factor"], 1)),
            voice.measure(other["same_plan"]),
            voice.measure(other["expected_net_profit"]),
            voice.number(other["contacts"]),
            voice.measure(other["spent"]),
        ]
        for other in sorted([*plan["sensitivity"], known], key=lambda item: item["factor"])
    ]
    return Table(voice.say("plan.sensitivity_title"), head, rows)


def show_threshold(threshold: Mapping[str, Any], voice: Voice) -> Figure | None:
    """Show the profit of contacting everyone above a threshold; None where nobody could be contacted."""
    if not threshold["curve"]:
        return None
    unit = voice.money_unit[voice.language]
    title, x, y = (voice.say(f"plan.threshold_{part}", unit=unit) for part in ("title", "x", "y"))
    rows = [
        {
            "x": point["threshold"],
            "y": point["profit"],
            "low": point["low"],
            "high": point["high"],
            "label": voice.number(point["threshold"], 2),
            "text": f"{voice.money(point['profit'])}; {voice.count(point['contacts'], 'customer')}",
        }
        for point in threshold["curve"]
    ]
    table = [
        [
            voice.number(point["threshold"], 2),
            voice.estimate({**point, "value": point["profit"]}, "measure"),
            voice.number(point["contacts"]),
        ]
        for point in threshold["curve"][:: max(1, len(threshold["curve"]) // 20)]
    ]
    return Figure(
        "threshold",
        title,
        voice.say("plan.threshold_description", threshold=voice.estimate(threshold["suggested"], "number", 2)),
        draw_band(rows, x, y, format=(".1f", ",~r"), rule=threshold["suggested"]["value"]),
        Table(title, [x, y, voice.say("plan.head.contacts")], table, frozenset()),
    )
