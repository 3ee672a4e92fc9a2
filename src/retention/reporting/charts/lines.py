"""Values over a numeric axis or over named steps."""

from collections.abc import Sequence
from math import hypot

import altair as alt

from retention.reporting.charts.figure import Chart
from retention.reporting.charts.marks import (
    DECLINED,
    INK,
    KEPT,
    NEUTRAL,
    TOOLTIP,
    Point,
    build_axis,
    draw_rule,
    finish,
    inline,
    tell_apart,
)

Formats = tuple[str, str]
"""Of both axes, for d3."""
Span = tuple[float, float]
_LOOSE = alt.Scale(zero=False)
_HEIGHT = 280  # pixels
_PHONE = 290  # pixels of the narrowest drawing
_SIDES = ((14, 0), (-14, 0), (0, -14), (0, 14), (12, -12), (-12, -12), (12, 12), (-12, 12))


def draw_curve(
    points: Sequence[Point], x: str, y: str, *, format: Formats, span: Span, diagonal: bool = False
) -> Chart:
    """Draw a line, with intervals if the points have them, and a dashed `diagonal`; `span` is that of both axes."""
    scale, intervals = alt.Scale(domain=list(span)), points[0].low is not None
    across, up = alt.X("x:Q", scale=scale, axis=build_axis(format[0])), build_axis(format[1])
    base = alt.Chart(inline(points)).encode(x=across)
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT) if intervals else False)
    layers = [line.encode(y=alt.Y("y:Q", scale=scale, axis=up), tooltip=TOOLTIP)]
    if intervals:
        bounds = base.mark_rule(color=KEPT, strokeWidth=2)
        layers.append(bounds.encode(y=alt.Y("low:Q", scale=scale, axis=up), y2="high:Q"))
    if diagonal:
        ends = alt.Chart(alt.InlineData(values=[{"x": place, "y": place} for place in span]))
        dashed = ends.mark_line(color=NEUTRAL, strokeDash=[4, 3], strokeWidth=1)
        layers.insert(0, dashed.encode(x=across, y=alt.Y("y:Q", scale=scale, axis=up)))
    return finish(layers, _HEIGHT, x, y)


def draw_band(
    points: Sequence[Point], x: str, y: str, *, format: Formats, rule: float | None = None, height: int = 240
) -> Chart:
    """Draw a line with a band around it, and a vertical line at `rule`."""
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(inline(points)).encode(x=alt.X("x:Q", scale=scale, axis=build_axis(format[0])))
    low = alt.Y("low:Q", scale=alt.Scale(), axis=build_axis(format[1]))
    layers = [
        base.mark_area(opacity=0.2, color=KEPT).encode(y=low, y2="high:Q"),
        base.mark_line(color=KEPT, strokeWidth=2).encode(y="y:Q"),
        base.mark_point(opacity=0, size=120).encode(y="y:Q", tooltip=TOOLTIP),
    ]
    if rule is not None:
        layers.append(draw_rule(rule, scale))
    return finish(layers, height, x, y)


def draw_steps(points: Sequence[Point], order: list[str], y: str, *, format: str) -> Chart:
    """Draw a line a series over named steps; where their names have no room, some are left out."""
    colour, shape, legend = tell_apart(points)
    x = alt.X("x:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
    up = alt.Y("y:Q", scale=_LOOSE, axis=build_axis(format))
    base = alt.Chart(inline(points)).encode(x=x, y=up, color=colour, tooltip=TOOLTIP)
    layers = [base.mark_line(), base.mark_point(filled=True, size=60).encode(shape=shape)]
    return finish(layers, _HEIGHT, y=y, legend=legend)


def draw_path(points: Sequence[Point], here: Point, x: str, y: str, *, format: Formats) -> Chart:
    """Draw a rising line and on it one place, named above to the left or below to the right: never across it."""
    above = 2 * float(here.x) > max(float(point.x) for point in points)
    low = here.y < 0.15 * max(point.y for point in points)  # below it there is the axis
    base = alt.Chart(inline(points)).encode(x=alt.X("x:Q", axis=build_axis(format[0])))
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT, size=24))
    spot = alt.Chart(inline([here])).encode(x="x:Q", y="y:Q")
    room = alt.Scale(domainMax=1.15 * max(point.y for point in points))
    name = {"align": "right", "dx": -4, "dy": -14} if above else {"align": "left", "dx": 16, "dy": 0 if low else 20}
    layers = [
        line.encode(y=alt.Y("y:Q", axis=build_axis(format[1]), scale=room), tooltip=TOOLTIP),
        spot.mark_point(filled=True, size=140, color=DECLINED, opacity=1),
        spot.mark_text(fontSize=13, fontWeight="bold", color=INK, **name).encode(text="label:N"),
    ]
    return finish(layers, 230, x, y)


def draw_map(points: Sequence[Point], x: str, y: str, *, format: Formats) -> Chart:
    """Draw a dot a point with its series, a short number, on that side of it where there is room on a phone too."""
    base = alt.Chart(inline(points)).encode(
        x=alt.X("x:Q", axis=build_axis(format[0])), y=alt.Y("y:Q", axis=build_axis(format[1]))
    )
    layers = [base.mark_point(filled=True, size=90, color=KEPT, opacity=0.9).encode(tooltip=TOOLTIP)]
    for side, names in _choose_sides(points).items():
        dx, dy = side
        text = base.mark_text(dx=dx, dy=dy, fontSize=12, fontWeight="bold", color=INK).encode(text="series:N")
        layers.append(text.transform_filter(alt.FieldOneOfPredicate("series", oneOf=names)))
    return finish(layers, _HEIGHT, x, y)


def _choose_sides(points: Sequence[Point]) -> dict[tuple[int, int], list[str]]:
    """Return the names by where they stand: each in turn as far as it gets from all dots and the names before it."""
    reach = [max(float(getattr(point, axis)) for point in points) or 1.0 for axis in ("x", "y")]
    dots = [(float(p.x) / reach[0] * _PHONE, -p.y / reach[1] * _HEIGHT) for p in points]
    taken, sides = list(dots), dict[tuple[int, int], list[str]]()
    for point, (left, top) in zip(points, dots, strict=True):
        others = [spot for spot in taken if spot != (left, top)]

        def room(side: tuple[int, int], left: float = left, top: float = top, others: Sequence[Span] = others) -> float:
            return min((hypot(left + side[0] - a, top + side[1] - b) for a, b in others), default=0.0)

        best = max(_SIDES, key=room)
        taken.append((left + best[0], top + best[1]))
        sides.setdefault(best, []).append(point.series)
    return sides
