"""What all charts share: a chart with its axis titles and legend, and the report's style.

Axis titles and legends stand beside the drawing as HTML, where they wrap on a phone and are never cut off.
Drawings are hidden from screen readers: each figure has a description and a table for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from retention.reporting.charts.palette import INK, LINE, NEUTRAL, SERIES

Rows = Sequence[dict[str, Any]]
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
    spec : dict
        The Vega-Lite specification, data included.
    x, y : str
        The titles of the axes, with their units; empty where an axis names its own values.
    legend : tuple of Entry
        Empty where there is one series only.
    key : tuple of str
        The names that numbers on the axes stand for, where the axes are numbered.
    """

    spec: dict[str, Any] = field(repr=False)
    x: str = ""
    y: str = ""
    legend: tuple[Entry, ...] = ()
    key: tuple[str, ...] = ()


def to_spec(chart: alt.TopLevelMixin, *, fit: bool = True) -> dict[str, Any]:
    """Return the specification in the report's style; with `fit` as wide as the place it stands in."""
    spec: dict[str, Any] = chart.to_dict()
    spec["config"] = {
        "aria": False,
        "font": _FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "autosize": {"type": "fit-x", "contains": "padding"} if fit else "pad",
        "axis": {
            "title": None,
            "labelColor": INK,
            "labelFontSize": 12,
            "labelOverlap": True,
            "gridColor": LINE,
            "domainColor": NEUTRAL,
            "tickColor": NEUTRAL,
        },
        "legend": {"labelColor": INK, "labelFontSize": 12, "titleColor": INK, "titleFontWeight": "normal"},
    }
    return spec


def inline(rows: Rows) -> alt.InlineData:
    """Return rows as data that travels inside the specification."""
    return alt.InlineData(values=list(rows))


def tooltip(rows: Rows) -> Any:
    """Return a tooltip with a row's own words, in the report's language, if the rows have them."""
    if "text" not in rows[0]:
        return alt.Undefined
    return [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title="  ")]


def name_series(rows: Rows) -> list[str]:
    """Return the names of the series in their order."""
    return list(dict.fromkeys(row["series"] for row in rows))


def colour_series(rows: Rows) -> alt.Color:
    """Return a colour for each series."""
    names = name_series(rows)
    scale = alt.Scale(domain=names, range=_repeat(SERIES, len(names)))
    return alt.Color("series:N", scale=scale, legend=None)


def shape_series(rows: Rows) -> alt.Shape:
    """Return a shape for each series, for readers who do not tell the colours apart."""
    names = name_series(rows)
    return alt.Shape("series:N", scale=alt.Scale(domain=names, range=_repeat(tuple(_SHAPES), len(names))), legend=None)


def list_series(rows: Rows) -> tuple[Entry, ...]:
    """Return the legend of the series; empty for a single one."""
    names = name_series(rows)
    if len(names) < 2:
        return ()
    colours, signs = _repeat(SERIES, len(names)), _repeat(tuple(_SHAPES.values()), len(names))
    return tuple(Entry(*entry) for entry in zip(names, colours, signs, strict=True))


def _repeat(items: Sequence[str], count: int) -> list[str]:
    return [items[place % len(items)] for place in range(count)]


def draw_rule(place: float, scale: alt.Scale) -> alt.Chart:
    """Return a dashed vertical line at `place`."""
    line = alt.Chart(inline([{"at": place}])).mark_rule(color=NEUTRAL, strokeDash=[4, 3])
    return line.encode(x=alt.X("at:Q", scale=scale))
