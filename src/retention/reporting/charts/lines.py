"""Values over a numeric axis or over named steps."""

import altair as alt

from retention.reporting.charts.palette import KEPT, NEUTRAL
from retention.reporting.charts.style import (
    Chart,
    Rows,
    colour_series,
    draw_rule,
    inline,
    list_series,
    shape_series,
    to_spec,
    tooltip,
)

Formats = tuple[str, str]
Span = tuple[float, float]
_LOOSE = alt.Scale(zero=False)


def draw_curve(rows: Rows, x: str, y: str, *, format: Formats, span: Span, diagonal: bool = False) -> Chart:
    """Draw a line, with intervals if the rows have them.

    Parameters
    ----------
    rows : sequence of dict
        ``x``, ``y``, ``label``, ``text``; with ``low`` and ``high`` a rule shows the interval.
    x, y : str
        The titles of the axes, with their units.
    format : tuple of str
        d3 formats of both axes.
    span : tuple of float
        The range of both axes.
    diagonal : bool
        Whether the line y = x is drawn, dashed.
    """
    scale, intervals = alt.Scale(domain=list(span)), "low" in rows[0]
    base = alt.Chart(inline(rows)).encode(x=_axis("x:Q", format[0], scale))
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT) if intervals else False)
    layers = [line.encode(y=_axis("y:Q", format[1], scale), tooltip=tooltip(rows))]
    if intervals:
        bounds = base.mark_rule(color=KEPT, strokeWidth=2)
        layers.append(bounds.encode(y=_axis("low:Q", format[1], scale), y2="high:Q"))
    if diagonal:
        ends = alt.Chart(inline([{"x": place, "y": place} for place in span]))
        dashed = ends.mark_line(color=NEUTRAL, strokeDash=[4, 3], strokeWidth=1)
        layers.insert(0, dashed.encode(x=_axis("x:Q", format[0], scale), y=_axis("y:Q", format[1], scale)))
    return Chart(to_spec(alt.layer(*layers).properties(width="container", height=280)), x, y)


def draw_band(rows: Rows, x: str, y: str, *, format: Formats, rule: float | None = None, height: int = 240) -> Chart:
    """Draw a line with a band around it; the rows hold ``x``, ``y``, ``low``, ``high``, ``label``, ``text``."""
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(inline(rows)).encode(x=_axis("x:Q", format[0], scale))
    layers = [
        base.mark_area(opacity=0.2, color=KEPT).encode(y=_axis("low:Q", format[1], alt.Scale()), y2="high:Q"),
        base.mark_line(color=KEPT, strokeWidth=2).encode(y="y:Q"),
        base.mark_point(opacity=0, size=120).encode(y="y:Q", tooltip=tooltip(rows)),
    ]
    if rule is not None:
        layers.append(draw_rule(rule, scale))
    return Chart(to_spec(alt.layer(*layers).properties(width="container", height=height)), x, y)


def draw_steps(rows: Rows, order: list[str], y: str, *, format: str) -> Chart:
    """Draw lines over a few named steps; the rows hold ``step``, ``y``, ``series``, ``label``, ``text``."""
    x = alt.X("step:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=False))
    base = alt.Chart(inline(rows)).encode(
        x=x, y=_axis("y:Q", format, _LOOSE), color=colour_series(rows), tooltip=tooltip(rows)
    )
    layers = alt.layer(base.mark_line(), base.mark_point(filled=True, size=60).encode(shape=shape_series(rows)))
    return Chart(to_spec(layers.properties(width="container", height=280)), y=y, legend=list_series(rows))


def draw_points(rows: Rows, x: str, y: str, *, format: Formats) -> Chart:
    """Draw a dot a row; the rows hold ``x``, ``y``, ``series``, ``label``, ``text``."""
    points = alt.Chart(inline(rows)).mark_point(filled=True, size=60, opacity=0.85)
    chart = points.encode(
        x=_axis("x:Q", format[0], _LOOSE),
        y=_axis("y:Q", format[1], _LOOSE),
        color=colour_series(rows),
        shape=shape_series(rows),
        tooltip=tooltip(rows),
    )
    return Chart(to_spec(chart.properties(width="container", height=280)), x, y, list_series(rows))


def _axis(field: str, format: str, scale: alt.Scale) -> alt.X | alt.Y:
    kind = alt.X if field.startswith("x:") else alt.Y
    return kind(field, scale=scale, axis=alt.Axis(format=format, tickCount=5, title=None))
