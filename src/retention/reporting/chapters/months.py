"""Measures month by month: of all customers, and of each favourite category, or of each class where there are none."""

from retention.exploration.series import Series, Trend
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_steps
from retention.reporting.charts.marks import DECLINED, KEPT, NEUTRAL, SERIES, Mark, Point
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

_COLOURS = {"ahead": KEPT, "behind": DECLINED, "unclear": NEUTRAL}


def _list_groups(series: Series, category: str | None, voice: Voice) -> dict[str, Trend]:
    """Return the groups that a measure is told of by name, the largest first."""
    if category is None:
        return {voice.say(f"common.class.{part}"): trend for part, trend in series.by_class.items()}
    return {voice.value(category, key): trend for key, trend in series.by_category.items()}


def show_months(measure: str, series: Series, category: str | None, voice: Voice) -> Figure:
    """Show the mean a customer by month, of each group and of all; the chart holds the largest groups."""
    trends = {voice.say("exploration.all_customers"): series.overall} | _list_groups(series, category, voice)
    months = {name: voice.month(name) for name in series.columns}
    drawn = sorted(trends, key=lambda name: -trends[name].customers)[: len(SERIES)]
    points = [
        Point(months[month], value, f"{name}, {months[month].lower()}", voice.measure(value), name)
        for name, trend in trends.items()
        for month, value in trend.mean.items()
        if value is not None and name in drawn
    ]
    table = [
        [name, voice.number(trend.customers), *(voice.measure(trend.mean[month]) for month in months)]
        for name, trend in trends.items()
    ]
    name, unit = voice.measure_name(series.columns), voice.unit(series.columns[-1])
    title = voice.say(f"exploration.months_title_{'class' if category is None else 'category'}", measure=name)
    change, span = voice.change(series.overall.change), voice.count_months(len(months))
    first = voice.say("common.head.group") if category is None else voice.column(category)
    return Figure(
        f"months-{measure}",
        title,
        voice.say("exploration.months_description", change=change, months=span),
        draw_steps(
            points, [*months.values()], voice.with_unit(voice.say("exploration.months_axis"), unit), format=",~r"
        ),
        Table(
            title,
            [first, voice.say("common.head.customers"), *(voice.with_unit(m, unit) for m in months.values())],
            table,
        ),
    )


def show_growth(measure: str, series: Series, category: str | None, voice: Voice) -> Figure | None:
    """Show each group's change over the months, and whether it keeps up with the rest; None with fewer than two."""
    groups = _list_groups(series, category, voice)
    known = [(name, trend, trend.change) for name, trend in groups.items() if trend.change]
    known.sort(key=lambda item: -item[2].value)
    if len(known) < 2:
        return None
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
    overall, best, worst = series.overall.change, known[0], known[-1]
    said = {"high": voice.change(best[2]), "low": voice.change(worst[2])}
    span = voice.count_months(len(series.columns))
    title = voice.say("exploration.growth_title", measure=voice.measure_name(series.columns), months=span)
    first = voice.say("common.head.group") if category is None else voice.column(category)
    head = [first, *voice.heads("exploration", "change", "rest", "standing", months=span)]
    return Figure(
        f"growth-{measure}",
        title,
        voice.say("exploration.growth_description", best=best[0], worst=worst[0], **said),
        draw_intervals(
            marks, voice.say("exploration.growth_axis"), format="+.0%", rule=overall.value if overall else None
        ),
        Table(title, head, table, frozenset({0, 3})),
    )
