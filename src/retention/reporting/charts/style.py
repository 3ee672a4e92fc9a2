"""What all charts share: a chart with its axis titles and legend, and the report's style.

Axis titles and legends stand beside the drawing as HTML, where they wrap on a phone and are never cut off.
Drawings are hidden from screen readers: each figure has a description and a table for them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import altair as alt

from retention.reporting.charts.marks import Point
from retention.reporting.charts.palette import INK, LINE, NEUTRAL, SERIES

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
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


_CONFIG = {
    "aria": False,
    "font": _FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "title": None,
        "labelColor": INK,
        "labelFontSize": 12,
        "labelOverlap": True,
        "labelSeparation": 4,
        "gridColor": LINE,
        "domainColor": NEUTRAL,
        "tickColor": NEUTRAL,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "titleColor": INK, "titleFontWeight": "normal"},
}


@dataclass(frozen=True)
class Entry:
    """A line of a legend."""

    name: str
    colour: str
    sign: str


@dataclass(frozen=True)
class Chart:
    """A drawing with what stands beside it.

    Parameters
    ----------
    spec : str
        The Vega-Lite specification as JSON, data included.
    x, y : str
        The titles of the axes, with their units; empty where an axis names its own values.
    legend : tuple of Entry
        Empty where there is one series only.
    key : tuple of str
        The names that numbers on the axes stand for, where the axes are numbered.
    """

    spec: str = field(repr=False)
    x: str = ""
    y: str = ""
    legend: tuple[Entry, ...] = ()
    key: tuple[str, ...] = ()


def to_spec(chart: alt.TopLevelMixin, *, fit: bool = True) -> str:
    """Return the specification in the report's style; with `fit` as wide as the place it stands in."""
    autosize = {"type": "fit-x", "contains": "padding"} if fit else "pad"
    spec = chart.to_dict() | {"config": _CONFIG | {"autosize": autosize}}
    return json.dumps(spec, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True)
class Series:
    """How several series are told apart: a colour and a shape each, and the legend, empty for a single one."""

    colour: alt.Color
    shape: alt.Shape
    legend: tuple[Entry, ...]


def tell_apart(points: Sequence[Point]) -> Series:
    """Give each series a colour, and a shape for readers who do not tell the colours apart."""
    names = list(dict.fromkeys(point.series for point in points))
    colours, shapes, signs = (_repeat(items, len(names)) for items in (SERIES, [*_SHAPES], [*_SHAPES.values()]))
    return Series(
        alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), legend=None),
        alt.Shape("series:N", scale=alt.Scale(domain=names, range=shapes), legend=None),
        tuple(map(Entry, names, colours, signs)) if len(names) > 1 else (),
    )


def _repeat(items: Sequence[str], count: int) -> list[str]:
    return [items[place % len(items)] for place in range(count)]


def draw_rule(place: float, scale: alt.Scale) -> alt.Chart:
    """Return a dashed vertical line at `place`."""
    line = alt.Chart(alt.InlineData(values=[{"at": place}])).mark_rule(color=NEUTRAL, strokeDash=[4, 3])
    return line.encode(x=alt.X("at:Q", scale=scale))
