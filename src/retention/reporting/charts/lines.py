"""Charts of values over a numeric axis, over named steps, or of every two columns.

Axis titles and legends stand beside the drawing as HTML, where they wrap on a phone and are never cut off.
Drawings are hidden from screen readers: each figure has a description and a table for them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from math import hypot

import altair as alt

from retention.reporting.charts.figure import Chart

_HEIGHT = 280  # pixels
_PHONE = 290  # pixels of the narrowest drawing
_SIDES = ((14, 0), (-14, 0), (0, -14), (0, 14), (12, -12), (-12, -12), (12, 12), (-12, 12))
# Told apart by colour-blind readers and in grey print.
KEPT = "#2f6690"
DECLINED = "#c8553d"
NEUTRAL = "#6b7785"
INK = "#1d2733"
_SERIES = (KEPT, "circle", "●"), (DECLINED, "square", "■")
"""Of each line of two its colour, and a shape as well, since not everyone tells colours apart."""
_TOOLTIP = [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title="  ")]
"""A mark's own words, in the report's language."""


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


@dataclass(frozen=True)
class Cell:
    """A pair of a matrix: the names of its row and its column, its own words, and how full its colour is."""

    row: str
    column: str
    label: str
    text: str
    strength: float  # from 0 to 1
    colour: str = KEPT


def draw_curve(points: Sequence[Point], x: str, y: str, *, diagonal: bool) -> Chart:
    """Draw a line of one share over another, with intervals if the points have them, and a dashed `diagonal`."""
    scale, intervals = alt.Scale(domain=[0.0, 1.0]), points[0].low is not None
    across, up = alt.X("x:Q", scale=scale, axis=_axis(".0%")), _axis(".0%")
    base = alt.Chart(_inline(points)).encode(x=across)
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT) if intervals else False)
    layers = [line.encode(y=alt.Y("y:Q", scale=scale, axis=up), tooltip=_TOOLTIP)]
    if intervals:
        bounds = base.mark_rule(color=KEPT, strokeWidth=2)
        layers.append(bounds.encode(y=alt.Y("low:Q", scale=scale, axis=up), y2="high:Q"))
    if diagonal:
        ends = alt.Chart(alt.InlineData(values=[{"x": place, "y": place} for place in (0.0, 1.0)]))
        dashed = ends.mark_line(color=NEUTRAL, strokeDash=[4, 3], strokeWidth=1)
        layers.insert(0, dashed.encode(x=across, y=alt.Y("y:Q", scale=scale, axis=up)))
    return _finish(layers, _HEIGHT, x, y)


def draw_band(points: Sequence[Point], x: str, y: str, numbers: str = ",~r", up: str = ".2~f") -> Chart:
    """Draw a low line with a band around it; `numbers` and `up` are the d3 formats of the axes."""
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(_inline(points)).encode(x=alt.X("x:Q", scale=scale, axis=_axis(numbers)))
    low = alt.Y("low:Q", scale=alt.Scale(), axis=_axis(up))
    layers = [
        base.mark_area(opacity=0.2, color=KEPT).encode(y=low, y2="high:Q"),
        base.mark_line(color=KEPT, strokeWidth=2).encode(y="y:Q"),
        base.mark_point(opacity=0, size=120).encode(y="y:Q", tooltip=_TOOLTIP),
    ]
    return _finish(layers, 130, x, y)


def draw_steps(points: Sequence[Point], order: list[str], y: str) -> Chart:
    """Draw a line of shares for each of at most two series over named steps, some unnamed where there is no room."""
    told = [(name, *one) for name, one in zip(dict.fromkeys(point.series for point in points), _SERIES, strict=False)]
    names, colours, shapes, _ = map(list, zip(*told, strict=True))
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), legend=None)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=shapes), legend=None)
    x = alt.X("x:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
    up = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=_axis(".0%"))
    base = alt.Chart(_inline(points)).encode(x=x, y=up, color=colour, tooltip=_TOOLTIP)
    layers = [base.mark_line(), base.mark_point(filled=True, size=60).encode(shape=shape)]
    legend = [(name, colour, sign) for name, colour, _, sign in told]
    return _finish(layers, _HEIGHT, y=y, legend=legend if len(told) > 1 else ())


def draw_path(points: Sequence[Point], here: Point, x: str, y: str) -> Chart:
    """Draw a rising line and on it one place, named above to the left or below to the right: never across it."""
    above = 2 * float(here.x) > max(float(point.x) for point in points)
    low = here.y < 0.15 * max(point.y for point in points)  # below it there is the axis
    base = alt.Chart(_inline(points)).encode(x=alt.X("x:Q", axis=_axis(",~r")))
    line = base.mark_line(color=KEPT, strokeWidth=2, point=alt.OverlayMarkDef(color=KEPT, size=24))
    spot = alt.Chart(_inline([here])).encode(x="x:Q", y="y:Q")
    room = alt.Scale(domainMax=1.15 * max(point.y for point in points))
    name = {"align": "right", "dx": -4, "dy": -14} if above else {"align": "left", "dx": 16, "dy": 0 if low else 20}
    layers = [
        line.encode(y=alt.Y("y:Q", axis=_axis(",~r"), scale=room), tooltip=_TOOLTIP),
        spot.mark_point(filled=True, size=140, color=DECLINED, opacity=1),
        spot.mark_text(fontSize=13, fontWeight="bold", color=INK, **name).encode(text="label:N"),
    ]
    return _finish(layers, 230, x, y)


def draw_map(points: Sequence[Point], x: str, y: str) -> Chart:
    """Draw a dot a point and its series, a short number, on that side of it where there is room on a phone too."""
    across, up = alt.X("x:Q", axis=_axis(".0%")), alt.Y("y:Q", axis=_axis(",~r"))
    base = alt.Chart(_inline(points)).encode(x=across, y=up)
    layers = [base.mark_point(filled=True, size=90, color=KEPT, opacity=0.9).encode(tooltip=_TOOLTIP)]
    for side, names in _choose_sides(points).items():
        dx, dy = side
        text = base.mark_text(dx=dx, dy=dy, fontSize=12, fontWeight="bold", color=INK).encode(text="series:N")
        layers.append(text.transform_filter(alt.FieldOneOfPredicate("series", oneOf=names)))
    return _finish(layers, _HEIGHT, x, y)


def draw_matrix(cells: Sequence[Cell], rows: list[str], columns: list[str], x: str) -> Chart:
    """Draw a cell a pair, its colour as full as the pair is strong; rows and columns stand in the order given."""
    across = alt.Axis(labelAngle=0, labelSeparation=1, ticks=False, domain=False, title=None)
    room = alt.ExprRef(f"containerSize()[0] < {2 * _PHONE} ? 200 : 300")
    down = alt.Axis(labelFontSize=11, labelLimit=room, labelOverlap=False, ticks=False, domain=False, title=None)
    drawn = alt.Chart(_inline(cells)).mark_rect(stroke=None)
    layer = drawn.encode(
        x=alt.X("column:N", scale=alt.Scale(domain=columns, padding=0.06), axis=across),
        y=alt.Y("row:N", scale=alt.Scale(domain=rows, padding=0.06), axis=down),
        color=alt.Color("colour:N", scale=None),
        opacity=alt.Opacity("strength:Q", scale=None),
        tooltip=_TOOLTIP,
    )
    return _finish([layer], 20 + 17 * len(rows), x)


def _choose_sides(points: Sequence[Point]) -> dict[tuple[int, int], list[str]]:
    """Return the names by where they stand: each in turn as far as it gets from all dots and the names before it."""
    reach = [max(float(getattr(point, axis)) for point in points) or 1.0 for axis in ("x", "y")]
    dots = [(float(p.x) / reach[0] * _PHONE, -p.y / reach[1] * _HEIGHT) for p in points]
    taken, sides = list(dots), dict[tuple[int, int], list[str]]()
    for point, (left, top) in zip(points, dots, strict=True):
        others = [spot for spot in taken if spot != (left, top)]
        rooms = [min((hypot(left + dx - a, top + dy - b) for a, b in others), default=0.0) for dx, dy in _SIDES]
        best = _SIDES[rooms.index(max(rooms))]
        taken.append((left + best[0], top + best[1]))
        sides.setdefault(best, []).append(point.series)
    return sides


def _inline(points: Sequence[Point | Cell]) -> alt.InlineData:
    """Return points or cells as data that travels inside the specification."""
    return alt.InlineData(
        values=[{key: value for key, value in asdict(point).items() if value is not None} for point in points]
    )


def _finish(
    layers: Sequence[alt.Chart], height: int, x: str = "", y: str = "", legend: Sequence[tuple[str, str, str]] = ()
) -> Chart:
    """Return layers in the report's style, `height` pixels high and as wide as the place they stand in."""
    style = json.loads((resources.files("retention.reporting") / "assets" / "charts.json").read_text(encoding="utf-8"))
    spec = alt.layer(*layers).properties(width="container", height=height).to_dict() | {"config": style}
    return Chart(json.dumps(spec, ensure_ascii=False, allow_nan=False, separators=(",", ":")), x, y, legend)


def _axis(format: str) -> alt.Axis:
    """Return an axis of numbers in a d3 format, without a title."""
    return alt.Axis(format=format, tickCount=5, title=None)
