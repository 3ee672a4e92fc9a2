"""What stands on a chart: one frozen record a mark, with its name, its own words for the tooltip, and its colour."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Self

import altair as alt

from retention.estimate import Estimate

Colour = Literal["kept", "declined", "neutral"]
# Told apart by colour-blind readers and in grey print.
KEPT = "#2f6690"
DECLINED = "#c8553d"
NEUTRAL = "#6b7785"
INK = "#1d2733"
SERIES = ("#2f6690", "#c8553d", "#8a6d1f", "#4f7f52", "#7a5195", "#6b7785", "#b08bbf", "#1b998b")
"""Colours of several lines or families; they also differ in shape or dash wherever they are used."""


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
