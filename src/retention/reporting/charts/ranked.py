"""A named row for each value: bars, or dots with intervals.

The names stand above their marks instead of beside the axis, so that the chart reads the same on a phone.
"""

from collections.abc import Sequence
from textwrap import wrap

import altair as alt

from retention.reporting.charts.figure import Chart
from retention.reporting.charts.marks import INK, TOOLTIP, Mark, inline
from retention.reporting.charts.style import NARROW, build_axis, draw_rule, finish

Domain = tuple[float, float]

_ROW = 40  # pixels
_LINE = 46  # characters of a line of a name that takes two in a narrow window
_COLOUR = alt.Color("colour:N", scale=None)


def draw_intervals(
    marks: Sequence[Mark], axis: str, *, format: str, domain: Domain | None = None, rule: float | None = None
) -> Chart:
    """Draw a dot with its interval a row.

    Parameters
    ----------
    marks : sequence of Mark
    axis : str
        The title of the axis, with its unit.
    format : str
        A d3 format of the axis labels.
    domain : tuple of float, optional
        The range of the axis; by default what the marks need.
    rule : float, optional
        Where a vertical line stands.
    """
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False, nice=True)
    base = alt.Chart(inline(marks)).encode(y=_place(marks), color=_COLOUR)
    low = alt.X("low:Q", scale=scale, axis=build_axis(format))
    layers = [
        base.mark_rule(strokeWidth=2.5).encode(x=low, x2="high:Q"),
        base.mark_point(filled=True, size=75, opacity=1).encode(x=alt.X("value:Q"), tooltip=TOOLTIP),
    ]
    return _finish(layers, marks, axis, scale, rule)


def draw_bars(
    marks: Sequence[Mark], axis: str, *, format: str, domain: Domain | None = None, rule: float | None = None
) -> Chart:
    """Draw a bar a row, from the start of the axis; the parameters are those of `draw_intervals`."""
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(nice=True)
    value = alt.X("value:Q", scale=scale, axis=build_axis(format))
    bars = alt.Chart(inline(marks, start=domain[0] if domain else 0.0)).mark_bar(size=12)
    layers = [bars.encode(y=_place(marks), x=value, x2="start:Q", color=_COLOUR, tooltip=TOOLTIP)]
    return _finish(layers, marks, axis, scale, rule)


def _finish(layers: list[alt.Chart], marks: Sequence[Mark], axis: str, scale: alt.Scale, rule: float | None) -> Chart:
    lines = [] if rule is None else [draw_rule(rule, scale)]
    return finish([*layers, *lines, _name_rows(marks)], _ROW * len(marks), axis)


def _place(marks: Sequence[Mark]) -> alt.Y:
    order = [mark.label for mark in marks]
    return alt.Y("label:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.2, paddingOuter=0.3))


def _name_rows(marks: Sequence[Mark]) -> alt.LayerChart:
    """Write each name above its mark; in a narrow window a long one takes two lines."""
    size = alt.expr(f"windowSize()[0] < {NARROW} ? 11 : 12")
    names = alt.InlineData(values=[{"label": mark.label, **_break(mark.label)} for mark in marks])
    lines = []
    for line, height, wide in (("first", -20, "''"), ("last", -7, "datum.label")):
        text = alt.Chart(names).mark_text(
            align="left", baseline="bottom", dy=height, fontSize=size, color=INK, limit=alt.expr("width")
        )
        shown = text.transform_calculate(shown=f"windowSize()[0] < {NARROW} ? datum.{line} : {wide}")
        lines.append(shown.encode(y=_place(marks), x=alt.value(0), text="shown:N"))
    return alt.layer(*lines)


def _break(label: str) -> dict[str, str]:
    lines = wrap(label, _LINE) or [""]
    return {"first": lines[0] if len(lines) > 1 else "", "last": " ".join(lines[1:] or lines)}
