"""A figure of the report: a chart, the words that stand for it, and the same numbers as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True)
class Chart:
    """A drawing with what stands beside it."""

    spec: str = field(repr=False)  # the Vega-Lite specification as JSON, data included
    x: str = ""
    y: str = ""
    """The titles of the axes, with their units; empty where an axis names its own values."""
    legend: Sequence[tuple[str, str, str]] = ()
    """Of each series its name, colour and sign; empty where there is one series only."""


@dataclass(frozen=True)
class Table:
    """A table of formatted cells; the first of a row is its head."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})
    """Places of the columns that hold words; all others are numbers and stand to the right."""
    key: str = ""  # the name of its CSV file; empty where it has none, or that of its figure
    drawn: Mapping[str, Sequence[Markup]] = field(default_factory=dict)
    """Columns of drawings beside the rows' names: by its head a piece of SVG a row. The CSV file has none of them."""
    note: str = ""  # how to read it, one sentence or two below it


@dataclass(frozen=True)
class Figure:
    """A chart with its caption, and the same numbers as a table."""

    key: str  # unique on the page
    title: str
    description: str
    """What the chart says, for people who do not see it."""
    chart: Chart
    table: Table
