"""What stands on a chart: one frozen record a mark, with its name, its own words for the tooltip, and its colour."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

import altair as alt

from retention.estimate import Estimate

# Told apart by colour-blind readers and in grey print.
KEPT = "#2f6690"
DECLINED = "#c8553d"
NEUTRAL = "#6b7785"
INK = "#1d2733"
PALE = "#dfe8f0"
SERIES = ("#2f6690", "#c8553d", "#8a6d1f", "#4f7f52", "#7a5195", "#6b7785", "#b08bbf", "#1b998b")
"""Colours of several lines or families; they also differ in shape or dash wherever they are used."""


@dataclass(frozen=True)
class Mark:
    """A named row: a bar, or a dot with its interval."""

    label: str
    value: float
    text: str
    colour: str = KEPT
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, label: str, estimate: Estimate, text: str, colour: str = KEPT) -> Self:
        """Return a dot with the interval of an estimate."""
        return cls(label, estimate.value, text, colour, estimate.low, estimate.high)


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
class Bin:
    """A bar of a histogram: its edges and the share of a class (the series) between them."""

    low: float
    high: float
    share: float
    series: str
    label: str
    text: str


@dataclass(frozen=True)
class Cell:
    """A cell of a matrix: its place from 0, a value in [0, 1], and what is written in it."""

    row: int
    column: int
    value: float
    mark: str
    label: str
    text: str


TOOLTIP = [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title="  ")]
"""A mark's own words, in the report's language."""


def inline(marks: Sequence[Mark | Point | Bin], **more: float) -> alt.InlineData:
    """Return marks as data that travels inside the specification, each with `more`."""
    rows = [{key: value for key, value in asdict(mark).items() if value is not None} for mark in marks]
    return alt.InlineData(values=[row | more for row in rows])
