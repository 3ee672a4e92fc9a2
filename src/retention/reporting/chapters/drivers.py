"""What goes with the probability of decline."""

from collections.abc import Mapping, Sequence

from retention.learning.explanation.summary import CategoryPart, ColumnImportance, Explanation, RangePart
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_band
from retention.reporting.charts.marks import DECLINED, KEPT, NEUTRAL, Mark, Point
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

_COLOURS = {"up": DECLINED, "down": KEPT}
_DIRECTIONS = {1: "up", -1: "down", 0: "mixed", None: "by_category"}
SHAPES = 6  # the most important columns; the weaker ones have hardly any shape


def show_importance(explanation: Explanation, voice: Voice) -> Figure:
    """Show each column's share of the whole contribution with its interval, the largest first."""
    table = [_describe(item, voice) for item in explanation.importance]
    marks = [
        Mark(
            column,
            item.share,
            f"{share}; {direction}",
            _COLOURS.get(_DIRECTIONS[item.direction], NEUTRAL),
            item.share_low,
            item.share_high,
        )
        for item, (column, share, *_, direction) in zip(explanation.importance, table, strict=True)
    ]
    title, scale = voice.say("drivers.title"), voice.say(f"drivers.scale.{explanation.explained}")
    head = voice.heads("drivers", "column", "share", "mean", "rank", "refits", "direction", scale=scale)
    return Figure(
        "importance",
        title,
        voice.say(
            "drivers.description",
            first=marks[0].label,
            share=voice.percent(marks[0].value, 0),
            second=marks[1].label,
            refits=voice.number(explanation.refits),
            agreement=voice.number(explanation.agreement, 2),
        ),
        draw_bars(marks, voice.say("drivers.axis"), format=".0%"),
        Table(title, head, table, frozenset({0, 3, 4, 5})),
    )


def _describe(item: ColumnImportance, voice: Voice) -> list[str]:
    interval = voice.interval(voice.percent(item.share_low), voice.percent(item.share_high))
    return [
        voice.column(item.column),
        f"{voice.percent(item.share)} ({interval})",
        voice.number(item.mean_abs, 3),
        _say_ranks(item.first_rank, item.last_rank),
        _say_ranks(item.refit_first_rank, item.refit_last_rank),
        voice.say(f"drivers.direction.{_DIRECTIONS[item.direction]}"),
    ]


def _say_ranks(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def show_shapes(explanation: Explanation, voice: Voice) -> list[Figure]:
    """Show how the contribution of the most important columns depends on their value."""
    names = [item.column for item in explanation.importance[:SHAPES]]
    scale = voice.say(f"drivers.scale.{explanation.explained}")
    return [_show_shape(name, explanation.shapes[name], scale, voice) for name in names]


def _show_shape(name: str, parts: Sequence[CategoryPart | RangePart], scale: str, voice: Voice) -> Figure:
    axis, unit = voice.say("drivers.shape_axis", scale=scale), voice.column_with_unit(name)
    parts = sorted(parts, key=lambda part: voice.place(name, part.value) if isinstance(part, CategoryPart) else 0)
    marks = [
        Mark(
            voice.value(name, part.value) if isinstance(part, CategoryPart) else voice.span(part.start, part.end),
            part.mean,
            f"{voice.number(part.mean, 2)}; {voice.count(part.customers, 'customer')}",
            DECLINED if part.mean > 0 else KEPT,
            part.low,
            part.high,
        )
        for part in parts
    ]
    points = [
        Point((part.start + part.end) / 2, part.mean, mark.label, mark.text, low=part.low, high=part.high)
        for part, mark in zip(parts, marks, strict=True)
        if isinstance(part, RangePart)
    ]
    rows = [[voice.number(part.mean, 3), voice.number(part.customers)] for part in parts]
    table = [[mark.label, *row] for mark, row in zip(marks, rows, strict=True)]
    top = max(marks, key=lambda mark: mark.value)
    return Figure(
        f"shape-{name.replace('_', '-')}",
        voice.column(name),
        voice.say("drivers.shape_description", group=top.label),
        draw_band(points, unit, axis, format=(",~r", ".2~f"), height=190)
        if points
        else draw_intervals(marks, axis, format=".2~f", rule=0),
        Table(voice.column(name), [unit, axis, voice.say("common.head.customers")], table),
    )


def tell_actionable(importance: Sequence[ColumnImportance], actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say how the contribution divides into columns that the shop can act on and others, the strongest first."""
    said = []
    for can_act in (True, False):
        items = [item for item in importance if actionable.get(item.column, False) is can_act]
        if items:
            columns = ", ".join(voice.quote(voice.column(item.column)) for item in items)
            share = voice.percent(sum(item.share for item in items), 0)
            said.append(voice.say("drivers.can_act" if can_act else "drivers.cannot_act", columns=columns, share=share))
    return said
