"""Values over a numeric axis or over named steps."""

from collections.abc import Sequence

import altair as alt

from retention.reporting.charts.marks import TOOLTIP, Point, inline
from retention.reporting.charts.palette import KEPT, NEUTRAL
from retention.reporting.charts.style import Chart, draw_rule, tell_apart, to_spec

Formats = tuple[str, str]
Span = tuple[float, float]
_LOOSE = alt.Scale(zero=False)


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
    base = alt.Chart(inline(points)).encode(x=_axis("x:Q", format[0], scale))
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT) if intervals else False)
    layers = [line.encode(y=_axis("y:Q", format[1], scale), tooltip=TOOLTIP)]
    if intervals:
        bounds = base.mark_rule(color=KEPT, strokeWidth=2)
        layers.append(bounds.encode(y=_axis("low:Q", format[1], scale), y2="high:Q"))
    if diagonal:
        ends = alt.Chart(alt.InlineData(values=[{"x": place, "y": place} for place in span]))
        dashed = ends.mark_line(color=NEUTRAL, strokeDash=[4, 3], strokeWidth=1)
        layers.insert(0, dashed.encode(x=_axis("x:Q", format[0], scale), y=_axis("y:Q", format[1], scale)))
    return Chart(to_spec(alt.layer(*layers).properties(width="container", height=280)), x, y)


def draw_band(
    points: Sequence[Point], x: str, y: str, *, format: Formats, rule: float | None = None, height: int = 240
) -> Chart:
    """Draw a line with a band around it, and a vertical line at `rule`."""
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(inline(points)).encode(x=_axis("x:Q", format[0], scale))
    layers = [
        base.mark_area(opacity=0.2, color=KEPT).encode(y=_axis("low:Q", format[1], alt.Scale()), y2="high:Q"),
        base.mark_line(color=KEPT, strokeWidth=2).encode(y="y:Q"),
        base.mark_point(opacity=0, size=120).encode(y="y:Q", tooltip=TOOLTIP),
    ]
    if rule is not None:
        layers.append(draw_rule(rule, scale))
    return Chart(to_spec(alt.layer(*layers).properties(width="container", height=height)), x, y)


def draw_steps(points: Sequence[Point], order: list[str], y: str, *, format: str) -> Chart:
    """Draw a line a series over a few named steps."""
    x = alt.X("x:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=False))
    series = tell_apart(points)
    base = alt.Chart(inline(points)).encode(x=x, y=_axis("y:Q", format, _LOOSE), color=series.colour, tooltip=TOOLTIP)
    layers = alt.layer(base.mark_line(), base.mark_point(filled=True, size=60).encode(shape=series.shape))
    return Chart(to_spec(layers.properties(width="container", height=280)), y=y, legend=series.legend)


def draw_points(points: Sequence[Point], x: str, y: str, *, format: Formats) -> Chart:
    """Draw a dot a point."""
    series = tell_apart(points)
    chart = alt.Chart(inline(points)).mark_point(filled=True, size=60, opacity=0.85)
    drawn = chart.encode(
        x=_axis("x:Q", format[0], _LOOSE),
        y=_axis("y:Q", format[1], _LOOSE),
        color=series.colour,
        shape=series.shape,
        tooltip=TOOLTIP,
    )
    return Chart(to_spec(drawn.properties(width="container", height=280)), x, y, series.legend)


def _axis(field: str, format: str, scale: alt.Scale) -> alt.X | alt.Y:
    kind = alt.X if field.startswith("x:") else alt.Y
    return kind(field, scale=scale, axis=alt.Axis(format=format, tickCount=5, title=None))
