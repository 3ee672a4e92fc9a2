"""Revenue by month and category: which sag, which grow."""

from retention.exploration.revenue import Revenue
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_steps
from retention.reporting.charts.marks import DECLINED, KEPT, NEUTRAL, Mark, Point
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

CATEGORY = "favourite_category"
_COLOURS = {"ahead": KEPT, "behind": DECLINED, "unclear": NEUTRAL}


def show_months(revenue: Revenue, voice: Voice) -> Figure:
    """Show mean revenue a customer by month, of each category and of all."""
    trends = {voice.say("exploration.all_customers"): revenue.overall}
    trends |= {voice.value(CATEGORY, key): trend for key, trend in revenue.by_category.items()}
    months = {month: voice.say(f"common.month.{month}") for month in revenue.months}
    points = [
        Point(months[month], value, f"{name}, {months[month].lower()}", voice.number(value), name)
        for name, trend in trends.items()
        for month, value in trend.mean.items()
        if value is not None
    ]
    table = [
        [name, voice.number(trend.customers), *(voice.number(trend.mean[month]) for month in months)]
        for name, trend in trends.items()
    ]
    unit, title = voice.unit("revenue_current"), voice.say("exploration.months_title")
    head = [*voice.heads("common", "category", "customers"), *(f"{name}, {unit}" for name in months.values())]
    return Figure(
        "months",
        title,
        voice.say("exploration.months_description", change=voice.change(revenue.overall.change)),
        draw_steps(points, list(months.values()), voice.say("exploration.months_axis", unit=unit), format=",~r"),
        Table(title, head, table),
    )


def show_growth(revenue: Revenue, voice: Voice) -> Figure:
    """Show each category's change over the three months, and whether it keeps up with the rest."""
    known = [(voice.value(CATEGORY, key), t, t.change) for key, t in revenue.by_category.items() if t.change]
    known.sort(key=lambda item: -item[2].value)
    table = [
        [
            name,
            voice.estimate(change, "signed"),
            voice.estimate(trend.against_rest, "signed"),
            voice.say(f"exploration.standing.{trend.standing}"),
        ]
        for name, trend, change in known
    ]
    marks = [
        Mark.of(f"{name} ({voice.number(trend.customers)})", change, row[1], _COLOURS[trend.standing])
        for (name, trend, change), row in zip(known, table, strict=True)
    ]
    overall, best, worst = revenue.overall.change, known[0], known[-1]
    said = {"high": voice.change(best[2]), "low": voice.change(worst[2])}
    title, axis = voice.say("exploration.growth_title"), voice.say("exploration.growth_axis")
    head = [voice.say("common.head.category"), *voice.heads("exploration", "change", "rest", "standing")]
    return Figure(
        "growth",
        title,
        voice.say("exploration.growth_description", best=best[0], worst=worst[0], **said),
        draw_intervals(marks, axis, format="+.0%", rule=overall.value if overall else None),
        Table(title, head, table, frozenset({0, 3})),
    )
