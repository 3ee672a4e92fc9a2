"""A figure of the report: a chart, the words that stand for it, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup


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
    """

    spec: str = field(repr=False)
    x: str = ""
    y: str = ""
    legend: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A column of drawings beside the rows' names: its head, and a piece of SVG a row."""

    head: str
    cells: tuple[Markup, ...] = field(repr=False)


@dataclass(frozen=True)
class Table:
    """A table of formatted cells.

    Parameters
    ----------
    caption : str
        What the table shows.
    head : sequence of str
        The column heads.
    rows : sequence of sequence of str
        The cells, formatted; the first of a row is its head.
    words : frozenset of int
        Places of the columns that hold words; all others are numbers and stand to the right.
    key : str
        The name of its CSV file; empty where it has none, or that of its figure.
    drawn : tuple of Drawn
        Columns of drawings, which the CSV file has not.
    note : str
        How to read it, one sentence or two below it.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})
    key: str = ""
    drawn: tuple[Drawn, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart with its caption, its description in words, and its table.

    Parameters
    ----------
    key : str
        Unique on the page.
    title : str
        The caption.
    description : str
        What the chart says, for people who do not see it.
    chart : Chart
        The drawing, with the titles of its axes and its legend.
    table : Table
        The same numbers.
    """

    key: str
    title: str
    description: str
    chart: Chart
    table: Table
