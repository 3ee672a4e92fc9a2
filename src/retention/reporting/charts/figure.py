"""A figure of the report: a chart, the words that stand for it, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field


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
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})
    key: str = ""


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
    wide : bool
        Whether the chart has a width of its own and scrolls inside its frame on a narrow screen.
    """

    key: str
    title: str
    description: str
    chart: Chart
    table: Table
    wide: bool = False
