"""Histograms and matrices."""

from collections.abc import Sequence

import altair as alt

from retention.reporting.charts.palette import INK, KEPT, PALE
from retention.reporting.charts.style import Chart, Entry, Rows, inline, to_spec, tooltip

_LINE = 46  # characters of a name
_NARROW = 700  # pixels of the window below which the rows of a matrix show their numbers only


def draw_histogram(rows: Rows, x: str, y: str, classes: dict[str, str], *, format: str) -> Chart:
    """Draw overlaid histograms of classes.

    Parameters
    ----------
    rows : sequence of dict
        ``low`` and ``high`` edge, ``share`` of the class, ``series`` (a class), ``label``, ``text``.
    x, y : str
        The titles of the axes, with their units.
    classes : dict of str to str
        Name of a class to its colour.
    format : str
        A d3 format of the x axis.
    """
    scale = alt.Scale(domain=list(classes), range=list(classes.values()))
    bars = alt.Chart(inline(rows)).mark_bar(opacity=0.5, binSpacing=0)
    chart = bars.encode(
        x=alt.X("low:Q", bin="binned", axis=alt.Axis(format=format, tickCount=5, title=None)),
        x2="high:Q",
        y=alt.Y("share:Q", stack=None, axis=alt.Axis(format=".0%", tickCount=4, title=None)),
        color=alt.Color("series:N", scale=scale, legend=None),
        tooltip=tooltip(rows),
    )
    legend = tuple(Entry(name, colour, "■") for name, colour in classes.items())
    return Chart(to_spec(chart.properties(width="container", height=170)), x, y, legend)


def draw_matrix(rows: Rows, names: Sequence[str], legend: str, *, format: str, step: int) -> Chart:
    """Draw a square matrix whose rows and columns carry the same names, the columns by number.

    Parameters
    ----------
    rows : sequence of dict
        ``row`` and ``column`` (their places, from 0), ``value`` in [0, 1], ``mark`` (shown in the cell),
        ``label``, ``text``.
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
    cells = [{**row, "row": numbered[row["row"]], "column": numbers[row["column"]]} for row in rows]
    # Two lines: the condition of a found segment that comes last stands below the others.
    last = "lastindexof(datum.label, ', ')"
    lines = f"[substring(datum.label, 0, {last} + 1), substring(datum.label, {last} + 2)]"
    long = f"length(datum.label) > {_LINE} && {last} > 0 ? {lines} : datum.label"
    short = f"windowSize()[0] < {_NARROW} ? split(datum.label, '.')[0] : {long}"
    base = alt.Chart(inline(cells)).encode(
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
        base.mark_rect(stroke="white").encode(color=fill, tooltip=tooltip(rows)),
        base.mark_text(fontSize=10).encode(text="mark:N", color=ink),
    )
    sized = layers.properties(width=alt.Step(step), height=alt.Step(step * 0.75))
    return Chart(to_spec(sized, fit=False), key=tuple(names))
