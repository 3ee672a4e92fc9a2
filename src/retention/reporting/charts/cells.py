"""Histograms and matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import altair as alt

from retention.reporting.charts.figure import Chart, Entry
from retention.reporting.charts.marks import INK, KEPT, PALE, TOOLTIP, Bin, Cell, inline
from retention.reporting.charts.style import NARROW, build_axis, finish, to_spec

_LINE = 46  # characters of a name


def draw_histogram(bins: Sequence[Bin], x: str, y: str, classes: Mapping[str, str], *, format: str) -> Chart:
    """Draw overlaid histograms of classes.

    Parameters
    ----------
    bins : sequence of Bin
    x, y : str
        The titles of the axes, with their units.
    classes : mapping of str to str
        Name of a class to its colour.
    format : str
        A d3 format of the x axis.
    """
    scale = alt.Scale(domain=list(classes), range=list(classes.values()))
    bars = alt.Chart(inline(bins)).mark_bar(opacity=0.5, binSpacing=0)
    chart = bars.encode(
        x=alt.X("low:Q", bin="binned", axis=build_axis(format)),
        x2="high:Q",
        y=alt.Y("share:Q", stack=None, axis=build_axis(".0%", 4)),
        color=alt.Color("series:N", scale=scale, legend=None),
        tooltip=TOOLTIP,
    )
    legend = tuple(Entry(name, colour, "■") for name, colour in classes.items())
    return finish(chart, 170, x, y, legend)


def draw_matrix(cells: Sequence[Cell], names: Sequence[str], legend: str, *, format: str, step: int) -> Chart:
    """Draw a square matrix whose rows and columns carry the same names, the columns by number.

    Parameters
    ----------
    cells : sequence of Cell
    names : sequence of str
        The names in order.
    legend : str
        What the colour means.
    format : str
        A d3 format of the legend.
    step : int
        The width of a cell in pixels.
    """
    numbers = [str(place) for place in range(1, len(names) + 1)]
    numbered = [f"{number}. {name}" for number, name in zip(numbers, names, strict=True)]
    rows = [asdict(cell) | {"row": numbered[cell.row], "column": numbers[cell.column]} for cell in cells]
    # Two lines: the condition of a found segment that comes last stands below the others.
    last = "lastindexof(datum.label, ', ')"
    lines = f"[substring(datum.label, 0, {last} + 1), substring(datum.label, {last} + 2)]"
    long = f"length(datum.label) > {_LINE} && {last} > 0 ? {lines} : datum.label"
    short = f"windowSize()[0] < {NARROW} ? split(datum.label, '.')[0] : {long}"
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("column:N", sort=numbers, axis=alt.Axis(labelAngle=0, labelOverlap=False, orient="top", title=None)),
        y=alt.Y(
            "row:N",
            sort=numbered,
            axis=alt.Axis(labelLimit=320, labelOverlap=False, labelExpr=short, title=None),
        ),
    )
    bar = alt.Legend(title=legend, orient="bottom", direction="horizontal", format=format, gradientLength=160)
    fill = alt.Color("value:Q", scale=alt.Scale(domain=[0, 1], range=[PALE, KEPT]), legend=bar)
    ink = alt.condition("datum.value > 0.55", alt.value("white"), alt.value(INK))
    layers = alt.layer(
        base.mark_rect(stroke="white").encode(color=fill, tooltip=TOOLTIP),
        base.mark_text(fontSize=10).encode(text="mark:N", color=ink),
    )
    sized = layers.properties(width=alt.Step(step), height=alt.Step(step * 0.75))
    return Chart(to_spec(sized, fit=False), key=tuple(names))
