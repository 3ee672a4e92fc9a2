"""Values over a numeric axis or over named steps."""

from collections.abc import Sequence

import altair as alt

from retention.reporting.charts.figure import Chart
from retention.reporting.charts.marks import KEPT, NEUTRAL, TOOLTIP, Point, inline
from retention.reporting.charts.style import build_axis, draw_rule, finish, tell_apart

Formats = tuple[str, str]
Span = tuple[float, float]
_LOOSE = alt.Scale(zero=False)
_HEIGHT = 280  # pixels


def draw_curve(
    points: Sequence[Point], x: str, y: str, *, format: Formats, span: Span, diagonal: bool = False
) -> Chart:
    """Draw a line, with intervals if the points have them.

    Parameters
    ----------
    points : sequence of Point
    x, y : str
        The titles of the axes, with their units.
    format : tuple of str
        d3 formats of both axes.
    span : tuple of float
        The range of both axes.
    diagonal : bool
        Whether the line y = x is drawn, dashed.
    """
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
    """Draw a line a series over a few named steps."""
    colour, shape, legend = tell_apart(points)
    x = alt.X("x:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=False))
    up = alt.Y("y:Q", scale=_LOOSE, axis=build_axis(format))
    base = alt.Chart(inline(points)).encode(x=x, y=up, color=colour, tooltip=TOOLTIP)
    layers = [base.mark_line(), base.mark_point(filled=True, size=60).encode(shape=shape)]
    return finish(layers, _HEIGHT, y=y, legend=legend)


def draw_points(points: Sequence[Point], x: str, y: str, *, format: Formats) -> Chart:
    """Draw a dot a point."""
    colour, shape, legend = tell_apart(points)
    across, up = (build_axis(one) for one in format)
    drawn = alt.Chart(inline(points)).mark_point(filled=True, size=60, opacity=0.85)
    dots = drawn.encode(
        x=alt.X("x:Q", scale=_LOOSE, axis=across),
        y=alt.Y("y:Q", scale=_LOOSE, axis=up),
        color=colour,
        shape=shape,
        tooltip=TOOLTIP,
    )
    return finish(dots, _HEIGHT, x, y, legend)
