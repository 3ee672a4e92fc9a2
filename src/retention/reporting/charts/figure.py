"""A figure of the report: a chart, the words that stand for it, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.reporting.charts.style import Chart


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
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})


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
