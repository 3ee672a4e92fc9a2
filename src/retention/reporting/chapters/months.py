"""Measures month by month: of all customers, and of each favourite category, or of each class where there are none."""

from retention.exploration.series import Series, Trend
from retention.reporting.charts.figure import Table
from retention.reporting.charts.inline import draw_marks
from retention.reporting.charts.marks import Colour, Mark
from retention.reporting.language.voice import Voice

_COLOURS: dict[str, Colour] = {"ahead": "kept", "behind": "declined"}


def tabulate_growth(measure: str, series: Series, category: str | None, voice: Voice) -> Table:
    """Tabulate each group's mean by month, its change, and whether it keeps up with the rest."""
    groups = {voice.say(f"common.class.{part}"): trend for part, trend in series.by_class.items()}
    if category is not None:
        groups = {voice.value(category, key): trend for key, trend in series.by_category.items()}
    ordered = sorted(groups.items(), key=lambda item: -item[1].change.value if item[1].change else float("inf"))
    trends = {voice.say("months.all_customers"): series.overall} | dict(ordered)
    rows = [
        [
            name,
            voice.number(trend.customers),
            *(voice.measure(value) for value in trend.mean.values()),
            voice.estimate(trend.change, "signed"),
            voice.estimate(trend.against_rest, "signed") if place else "",
            voice.say(f"months.standing.{trend.standing}") if place else "",
        ]
        for place, (name, trend) in enumerate(trends.items())
    ]
    span, unit = voice.count_months(len(series.columns)), voice.unit(series.columns[-1])
    first = voice.say("common.head.group") if category is None else voice.column(category)
    head = [first, voice.say("common.head.customers")]
    head += [voice.with_unit(voice.month(name), unit) for name in series.columns]
    head += voice.heads("months", "change", "rest", "standing", months=span)
    overall = series.overall.change
    drawn = draw_marks(
        voice.say("months.axis"), [*map(_mark, trends.values())], rule=overall.value if overall else None
    )
    title = voice.say("months.title", measure=voice.measure_name(series.columns), months=span)
    return Table(title, head, rows, frozenset({0, len(head) - 1}), f"growth-{measure}", (drawn,))


def _mark(trend: Trend) -> Mark | None:
    if trend.change is None:
        return None
    return Mark(trend.change.value, _COLOURS.get(trend.standing, "neutral"), trend.change.low, trend.change.high)
