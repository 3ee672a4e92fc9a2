"""Drawings inside a table's rows: a bar or a dot with its interval, a small histogram, a swarm of customers.

Each is a piece of SVG beside the row's name and its figures: it needs no script, and cannot cross a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from retention.estimate import Estimate, Side

Colour = Literal["kept", "declined", "neutral"]
Floats = NDArray[np.float64]
_SIDES: dict[Side, Colour] = {"above": "declined", "below": "kept", "across": "neutral"}
_WIDTH, _HEIGHT = 240, 28  # of a drawing that is scaled as a whole
_STEP, _MOST = 4, 5  # of a swarm: units between stacks of dots, and dots on each side of the middle
_LEVELS = 5  # colours from a low value to a high one


@dataclass(frozen=True)
class Mark:
    """What is drawn in a row of a table: a bar as long as a value, or a dot with its interval."""

    shown: float | Estimate
    colour: Colour = "kept"

    @classmethod
    def of(cls, estimate: Estimate, against: float | None) -> Self:
        """Return a dot with its interval, red or blue where that lies above or below `against`, grey where across."""
        return cls(estimate, "kept" if against is None else _SIDES[estimate.side(against)])

    def span(self, start: float) -> tuple[float, float, float]:
        """Return where it begins, where its value is and where it ends; a bar has one end at `start`."""
        if isinstance(self.shown, Estimate):
            return self.shown.low, self.shown.value, self.shown.high
        return min(start, self.shown), self.shown, max(start, self.shown)


def draw_marks(
    marks: Sequence[Mark | None], *, domain: tuple[float, float] | None = None, rule: float | None = None
) -> list[Markup]:
    """Draw a mark a row: a dot where it has an interval, else a bar from 0 or the start of the axis; None stays empty.

    The axis reaches over `domain` (by default 0 and what the marks need), with a dashed line at `rule`.
    """
    start = domain[0] if domain else 0.0
    ends = [0.0, *(end for mark in marks if mark for end in mark.span(start))]
    low, high = domain or (min(ends), max(ends))
    room = 0.02 * ((high - low) or 1.0)  # for half a dot
    low, high = low - room, high + room

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)

    line = "" if rule is None else f'<line class="rule" x1="{place(rule)}%" x2="{place(rule)}%" y1="0" y2="18"/>'
    svg = '<svg class="bar" width="100%" height="18" aria-hidden="true">{}{}</svg>'
    return [
        Markup(svg.format(line, _draw_mark(mark, *map(place, mark.span(start))))) if mark else Markup()
        for mark in marks
    ]


def _draw_mark(mark: Mark, low: float, at: float, high: float) -> str:
    if not isinstance(mark.shown, Estimate):
        return f'<rect class="{mark.colour}" x="{low}%" y="4" height="10" width="{max(high - low, 0.3):.2f}%"/>'
    line = f'<line class="{mark.colour}" x1="{low}%" x2="{high}%" y1="9" y2="9"/>'
    return f'{line}<circle class="{mark.colour}" cx="{at}%" cy="9" r="4.5"/>'


def draw_histogram(row: Mapping[str, Sequence[float]]) -> Markup:
    """Draw the share of each class, called by its colour, by bin, one class over the other."""
    top = max((share for shares in row.values() for share in shares), default=0.0) or 1.0
    drawn = []
    for colour, shares in row.items():
        width = _WIDTH / max(1, len(shares))
        steps = "".join(f"V{_HEIGHT * (1 - share / top):.1f}h{width:.1f}" for share in shares)
        drawn.append(f'<path class="{colour}" d="M0 {_HEIGHT}{steps}V{_HEIGHT}z"/>')
    return _scale("histogram", "".join(drawn))


def draw_swarms(values: Sequence[Floats], levels: Sequence[Floats]) -> list[Markup]:
    """Draw in each row a dot a customer, all rows on one axis around 0; the colour runs with the column's value.

    Of a row the values, (n,), say where the dots stand, and the levels, (n,), the value's place among all, from 0 to 1,
    NaN where values have no order.
    """
    reach = max((float(np.abs(row).max()) for row in values if len(row)), default=0.0) or 1.0
    return [_draw_swarm(row / reach, level) for row, level in zip(values, levels, strict=True)]


def _draw_swarm(at: Floats, level: Floats) -> Markup:
    x = (np.round((0.02 + 0.48 * (1 + at) * 0.98) * _WIDTH / _STEP) * _STEP).astype(int)
    taken: dict[int, int] = {}
    dots: dict[str, list[str]] = {}
    for place, value in zip(x.tolist(), level.tolist(), strict=True):
        number = taken[place] = taken.get(place, -1) + 1
        if number <= 2 * _MOST:  # a full stack looks no different with more
            y = _HEIGHT / 2 + (number + 1) // 2 * (-1) ** number * (_HEIGHT / 2 - 2) / _MOST
            colour = "level-none" if np.isnan(value) else f"level-{min(int(value * _LEVELS), _LEVELS - 1)}"
            dots.setdefault(colour, []).append(f"M{place} {y:.1f}h0")
    middle = f'<line class="rule" x1="{_WIDTH / 2}" x2="{_WIDTH / 2}" y1="0" y2="{_HEIGHT}"/>'
    paths = [f'<path class="{colour}" d="{"".join(places)}"/>' for colour, places in sorted(dots.items())]
    return _scale("swarm", middle + "".join(paths))


def _scale(kind: str, drawn: str) -> Markup:
    return Markup(f'<svg class="{kind}" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">{drawn}</svg>')
