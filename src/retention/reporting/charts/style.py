"""What all charts share: the report's style, axes, and how several series are told apart.

Axis titles and legends stand beside the drawing as HTML, where they wrap on a phone and are never cut off.
Drawings are hidden from screen readers: each figure has a description and a table for them.
"""

import json
from collections.abc import Sequence
from importlib import resources
from itertools import cycle

import altair as alt

from retention.reporting.charts.figure import Chart, Entry
from retention.reporting.charts.marks import NEUTRAL, SERIES, Point

Layers = Sequence[alt.Chart | alt.LayerChart]
Legend = tuple[Entry, ...]
_SHAPES = {
    "circle": "●",
    "square": "■",
    "cross": "✚",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "triangle-right": "▶",
    "triangle-left": "◀",
}


def to_spec(chart: alt.TopLevelMixin) -> str:
    """Return the specification in the report's style, as wide as the place it stands in."""
    autosize = {"type": "fit-x", "contains": "padding"}
    style = json.loads((resources.files("retention.reporting") / "assets" / "charts.json").read_text(encoding="utf-8"))
    spec = chart.to_dict() | {"config": style | {"autosize": autosize}}
    return json.dumps(spec, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def finish(drawn: alt.Chart | Layers, height: int, x: str = "", y: str = "", legend: Legend = ()) -> Chart:
    """Return a drawing, or layers of them, `height` pixels high and as wide as the place it stands in."""
    whole = drawn if isinstance(drawn, alt.Chart) else alt.layer(*drawn)
    return Chart(to_spec(whole.properties(width="container", height=height)), x, y, legend)


def build_axis(format: str, ticks: int = 5) -> alt.Axis:
    """Return an axis of numbers in a d3 format, without a title."""
    return alt.Axis(format=format, tickCount=ticks, title=None)


def tell_apart(points: Sequence[Point]) -> tuple[alt.Color, alt.Shape, Legend]:
    """Return a colour and a shape a series, since not everyone tells colours apart, and the legend of several."""
    names = list(dict.fromkeys(point.series for point in points))
    told = list(zip(names, cycle(SERIES), cycle(_SHAPES), strict=False))
    colours = alt.Scale(domain=names, range=[colour for _, colour, _ in told])
    shapes = alt.Scale(domain=names, range=[shape for _, _, shape in told])
    legend = tuple(Entry(name, colour, _SHAPES[shape]) for name, colour, shape in told) if len(told) > 1 else ()
    return alt.Color("series:N", scale=colours, legend=None), alt.Shape("series:N", scale=shapes, legend=None), legend


def draw_rule(place: float, scale: alt.Scale) -> alt.Chart:
    """Return a dashed vertical line at `place`."""
    line = alt.Chart(alt.InlineData(values=[{"at": place}])).mark_rule(color=NEUTRAL, strokeDash=[4, 3])
    return line.encode(x=alt.X("at:Q", scale=scale))
