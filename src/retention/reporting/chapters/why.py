"""What goes with the probability of decline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from retention.estimate import Estimate
from retention.learning.explanation.summary import CategoryPart, ColumnImportance, Explanation, RangePart
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.inline import Colour, Mark, draw_marks, draw_swarms
from retention.reporting.charts.lines import Point, draw_band
from retention.reporting.language.voice import Cell, Voice
from retention.reporting.sources import Sources

DOTS = 150  # customers of a swarm; more cannot be told apart
_COLOURS: dict[int | None, Colour] = {1: "declined", -1: "kept", 0: "neutral", None: "neutral"}
_DIRECTIONS = {1: "up", -1: "down", 0: "mixed", None: "by_category"}
LISTED = 4  # columns of a sentence
STEADY = 0.8  # a rank correlation between refits from which on the order is called the same
SHAPES = 6  # the most important columns; the weaker ones have hardly any shape


def tell_leading(explanation: Explanation, voice: Voice) -> str:
    """Say which columns lead, and whether the order is that of models fitted without a part of the data."""
    if len(explanation.importance) < 2:
        return voice.say("why.only", explanation)
    order = "steady" if explanation.agreement >= STEADY else "loose"
    refitted = [voice.say(f"why.order.{order}", explanation)] if explanation.refits > 1 else []
    return " ".join([voice.say("why.leading", explanation), *refitted])


def tabulate_importance(sources: Sources, voice: Voice) -> Table:
    """Tabulate each column's share of the whole contribution, its direction and a dot a customer, the largest first."""
    explanation = sources.explanation
    names = [item.column for item in explanation.importance]
    columns: dict[str, Cell] = {
        "column": "{column:column}",
        "share": lambda one: voice.estimate(_share(one)),
        "mean": "{mean_abs:number 3}",
        "rank": lambda one: _say_ranks(one.first_rank, one.last_rank),
        "refits": lambda one: _say_ranks(one.refit_first_rank, one.refit_last_rank),
        "direction": lambda one: voice.say(f"why.direction.{_DIRECTIONS[one.direction]}"),
    }
    marks = [Mark(_share(item), _COLOURS[item.direction]) for item in explanation.importance]
    shown = sources.attributions.iloc[:: max(1, len(sources.attributions) // DOTS)]
    values = [shown[name].to_numpy(dtype=float) for name in names]
    levels = [_rank(sources.customers[name].loc[shown.index]) for name in names]
    scale = voice.say(f"why.scale.{explanation.explained}")
    table = voice.tabulate("why", columns, explanation.importance, scale=scale)
    drawn = {
        voice.say("why.head.bars"): draw_marks(marks),
        voice.say("why.head.swarm"): draw_swarms(values, levels),
    }
    return Table(voice.say("why.title"), *table, frozenset({0, 5}), "importance", drawn)


def _share(item: ColumnImportance) -> Estimate:
    return Estimate(value=item.share, low=item.share_low, high=item.share_high)


def _rank(values: pd.Series) -> NDArray[np.float64]:
    """Return each value's place among all, from 0 to 1; NaN where values have no order."""
    if not is_numeric_dtype(values):
        return np.full(len(values), np.nan)
    return np.asarray(values.rank(pct=True), dtype=np.float64)


def _say_ranks(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def show_shapes(explanation: Explanation, voice: Voice) -> list[Figure | Table]:
    """Show how the contribution of the most important columns depends on their value."""
    names = [item.column for item in explanation.importance[:SHAPES]]
    scale = voice.say(f"why.scale.{explanation.explained}")
    return [_show_shape(name, explanation.shapes[name], scale, voice) for name in names]


def _show_shape(name: str, parts: Sequence[CategoryPart | RangePart], scale: str, voice: Voice) -> Figure | Table:
    axis, unit = voice.say("why.shape_axis", scale=scale), voice.column_with_unit(name)
    parts = sorted(parts, key=lambda part: voice.place(name, part.value) if isinstance(part, CategoryPart) else 0)
    labels = [
        voice.value(name, part.value) if isinstance(part, CategoryPart) else voice.span(name, part.start, part.end)
        for part in parts
    ]
    rows = [
        [label, voice.number(part.mean, 2), voice.number(part.customers)]
        for label, part in zip(labels, parts, strict=True)
    ]
    key = f"shape-{name.replace('_', '-')}"
    table = Table(voice.column(name), [unit, axis, voice.say("common.head.customers")], rows)
    points = [
        Point((part.start + part.end) / 2, part.mean, row[0], f"{row[1]}; {row[2]}", low=part.low, high=part.high)
        for part, row in zip(parts, rows, strict=True)
        if isinstance(part, RangePart)
    ]
    if not points:
        marks = [Mark.of(Estimate(value=part.mean, low=part.low, high=part.high), 0.0) for part in parts]
        return replace(table, key=key, drawn={voice.say("why.head.sides"): draw_marks(marks, rule=0)})
    top = labels[max(range(len(parts)), key=lambda place: parts[place].mean)]
    chart = draw_band(points, unit, axis, ".0%" if voice.is_share(name) else ",~r")
    return Figure(key, voice.column(name), voice.say("why.shape_description", group=top), chart, table)


def tell_actionable(importance: Sequence[ColumnImportance], actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say how the contribution divides into columns that the shop can act on and others, the strongest first."""
    said = []
    for can_act in (True, False):
        items = [item for item in importance if actionable.get(item.column, False) is can_act]
        if items:
            columns = ", ".join(voice.quote(voice.column(item.column)) for item in items[:LISTED])
            share = sum(item.share for item in items)
            said.append(voice.say("why.can_act" if can_act else "why.cannot_act", columns=columns, share=share))
    return said
