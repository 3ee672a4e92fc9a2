"""Revenue by month and category: which sag, which grow."""

from collections.abc import Mapping
from typing import Any

from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_steps
from retention.reporting.charts.palette import DECLINED, KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

CATEGORY = "favourite_category"
_COLOURS = {"ahead": KEPT, "behind": DECLINED, "unclear": NEUTRAL}


def show_months(revenue: Mapping[str, Any], voice: Voice) -> Figure:
    """Show mean revenue a customer by month, of each category and of all."""
    trends = {voice.say("exploration.all_customers"): revenue["overall"]}
    trends |= {voice.value(CATEGORY, key): trend for key, trend in revenue["by_category"].items()}
    months = {month: voice.say(f"common.month.{month}") for month in revenue["months"]}
    rows = [
        {
            "step": months[month],
            "y": value,
            "series": name,
            "label": f"{name}, {months[month].lower()}",
            "text": voice.number(value),
        }
        for name, trend in trends.items()
        for month, value in trend["mean"].items()
        if value is not None
    ]
    unit = voice.unit("revenue_current")
    title = voice.say("exploration.months_title")
    head = [
        voice.say("common.head.category"),
        voice.say("common.head.customers"),
        *(f"{name}, {unit}" for name in months.values()),
    ]
    table = [
        [name, voice.number(trend["customers"]), *(voice.number(trend["mean"][month]) for month in months)]
        for name, trend in trends.items()
    ]
    return Figure(
        "months",
        title,
        voice.say(
            "exploration.months_description",
            change=voice.signed_percent(revenue["overall"]["change"]["value"]),
        ),
        draw_steps(rows, list(months.values()), voice.say("exploration.months_axis", unit=unit), format=",~r"),
        Table(title, head, table),
    )


def show_growth(revenue: Mapping[str, Any], voice: Voice) -> Figure:
    """Show each category's change over the three months, and whether it keeps up with the rest."""
    known = {key: t for key, t in revenue["by_category"].items() if t["change"]}
    order = sorted(known, key=lambda key: -known[key]["change"]["value"])
    names = {key: voice.value(CATEGORY, key) for key in order}
    rows = [
        {
            "label": f"{names[key]} ({voice.number(known[key]['customers'])})",
            **known[key]["change"],
            "colour": _COLOURS[known[key]["standing"]],
            "text": voice.estimate(known[key]["change"], "signed"),
        }
        for key in order
    ]
    title = voice.say("exploration.growth_title")
    head = [
        voice.say("common.head.category"),
        *(voice.say(f"exploration.head.{key}") for key in ("change", "rest", "standing")),
    ]
    table = [
        [
            names[key],
            voice.estimate(known[key]["change"], "signed"),
            voice.estimate(known[key]["against_rest"], "signed"),
            voice.say(f"exploration.standing.{known[key]['standing']}"),
        ]
        for key in order
    ]
    overall = revenue["overall"]["change"]["value"]
    best, worst = known[order[0]]["change"]["value"], known[order[-1]]["change"]["value"]
    return Figure(
        "growth",
        title,
        voice.say(
            "exploration.growth_description",
            best=names[order[0]],
            high=voice.signed_percent(best),
            worst=names[order[-1]],
            low=voice.signed_percent(worst),
        ),
        draw_intervals(rows, voice.say("exploration.growth_axis"), format="+.0%", rule=overall),
        Table(title, head, table, frozenset({0, 3})),
    )
