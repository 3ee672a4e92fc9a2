"""What all charts share: marks with their colours, the report's style, axes, and how several series are told apart.

Axis titles and legends stand beside the drawing as HTML, where they wrap on a phone and are never cut off.
Drawings are hidden from screen readers: each figure has a description and a table for them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from itertools import cycle
from typing import Literal, Self

import altair as alt

from retention.estimate import Estimate
from retention.reporting.charts.figure import Chart, Entry

Colour = Literal["kept", "declined", "neutral"]
# Told apart by colour-blind readers and in grey print.
KEPT = "#2f6690"
DECLINED = "#c8553d"
NEUTRAL = "#6b7785"
INK = "#1d2733"
SERIES = ("#2f6690", "#c8553d", "#8a6d1f", "#4f7f52", "#7a5195", "#6b7785", "#b08bbf", "#1b998b")
"""Colours of several lines or families; they also differ in shape or dash wherever they are used."""
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


@dataclass(frozen=True)
class Mark:
    """What is drawn in a row of a table: a bar, or a dot with its interval."""

    value: float
    colour: Colour = "kept"
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, estimate: Estimate, against: float | None = None) -> Self:
        """Return a dot with its interval, red or blue where that lies above or below `against`, grey where across."""
        side: Colour = "neutral"
        if against is None or estimate.high < against:
            side = "kept"
        elif estimate.low > against:
            side = "declined"
        return cls(estimate.value, side, estimate.low, estimate.high)


@dataclass(frozen=True)
class Point:
    """A place on a line or in a cloud; `x` is the name of a step where the axis has steps."""

    x: float | str
    y: float
    label: str
    text: str
    series: str = ""
    low: float | None = None
    high: float | None = None


TOOLTIP = [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title="  ")]
"""A mark's own words, in the report's language."""


def inline(points: Sequence[Point]) -> alt.InlineData:
    """Return points as data that travels inside the specification."""
    return alt.InlineData(
        values=[{key: value for key, value in asdict(point).items() if value is not None} for point in points]
    )


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
