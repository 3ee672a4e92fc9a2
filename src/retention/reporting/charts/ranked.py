"""A named row for each value: bars, or dots with intervals.

The names stand above their marks instead of beside the axis, so that the chart reads the same on a phone.
"""

from textwrap import wrap
from typing import Any

import altair as alt

from retention.reporting.charts.palette import INK
from retention.reporting.charts.style import Chart, Rows, draw_rule, inline, to_spec, tooltip

_ROW = 40  # pixels
_NARROW = 700  # pixels of the window below which a long name takes two lines
_LINE = 46  # characters of such a line
_COLOUR = alt.Color("colour:N", scale=None)


def draw_intervals(
    rows: Rows, axis: str, *, format: str, domain: tuple[float, float] | None = None, rule: float | None = None
) -> Chart:
    """Draw a dot with its interval a row.

    Parameters
    ----------
    rows : sequence of dict
        ``label``, ``value``, ``low``, ``high``, ``colour`` and ``text`` (the tooltip).
    axis : str
        The title of the axis, with its unit.
    format : str
        A d3 format of the axis labels.
    domain : tuple of float, optional
        The range of the axis; by default what the rows need.
    rule : float, optional
        Where a vertical line stands.
    """
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False, nice=True)
    base = alt.Chart(inline(rows)).encode(y=_place(rows), color=_COLOUR)
    low = alt.X("low:Q", scale=scale, axis=alt.Axis(format=format, tickCount=5, title=None))
    layers = [
        base.mark_rule(strokeWidth=2.5).encode(x=low, x2="high:Q"),
        base.mark_point(filled=True, size=75, opacity=1).encode(x=alt.X("value:Q"), tooltip=tooltip(rows)),
    ]
    return _finish(layers, rows, axis, scale, rule)


def draw_bars(
    rows: Rows, axis: str, *, format: str, domain: tuple[float, float] | None = None, rule: float | None = None
) -> Chart:
    """Draw a bar a row, from the start of the axis.

    Parameters
    ----------
    rows : sequence of dict
        ``label``, ``value``, ``colour`` and ``text`` (the tooltip).
    axis : str
        The title of the axis, with its unit.
    format : str
        A d3 format of the axis labels.
    domain : tuple of float, optional
        The range of the axis; by default from 0.
    rule : float, optional
        Where a vertical line stands.
    """
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(nice=True)
    begun = [{**row, "start": domain[0] if domain else 0.0} for row in rows]
    value = alt.X("value:Q", scale=scale, axis=alt.Axis(format=format, tickCount=5, title=None))
    bars = alt.Chart(inline(begun)).mark_bar(size=12)
    layers = [bars.encode(y=_place(rows), x=value, x2="start:Q", color=_COLOUR, tooltip=tooltip(rows))]
    return _finish(layers, rows, axis, scale, rule)


def _finish(layers: list[Any], rows: Rows, axis: str, scale: alt.Scale, rule: float | None) -> Chart:
    lines = [] if rule is None else [draw_rule(rule, scale)]
    chart = alt.layer(*layers, *lines, _name_rows(rows))
    return Chart(to_spec(chart.properties(width="container", height=_ROW * len(rows))), x=axis)


def _place(rows: Rows) -> alt.Y:
    order = [row["label"] for row in rows]
    return alt.Y("label:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.2, paddingOuter=0.3))


def _name_rows(rows: Rows) -> alt.LayerChart:
    """Write each name above its mark; in a narrow window a long one takes two lines."""
    size = alt.expr(f"windowSize()[0] < {_NARROW} ? 11 : 12")
    names = [{"label": row["label"], **_break(row["label"])} for row in rows]
    lines = []
    for line, height, wide in (("first", -20, "''"), ("last", -7, "datum.label")):
        text = alt.Chart(inline(names)).mark_text(
            align="left", baseline="bottom", dy=height, fontSize=size, color=INK, limit=alt.expr("width")
        )
        shown = text.transform_calculate(shown=f"windowSize()[0] < {_NARROW} ? datum.{line} : {wide}")
        lines.append(shown.encode(y=_place(rows), x=alt.value(0), text="shown:N"))
    return alt.layer(*lines)


def _break(label: str) -> dict[str, str]:
    lines = wrap(label, _LINE) or [""]
    return {"first": lines[0] if len(lines) > 1 else "", "last": " ".join(lines[1:] or lines)}
