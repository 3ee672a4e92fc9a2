"""Each column by itself: histograms by class, categories, moments and outliers."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.reporting.charts.cells import draw_histogram
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import Bin, Mark
from retention.reporting.charts.palette import DECLINED, KEPT
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

Columns = Mapping[str, NumericColumn | CategoricalColumn]
CLASSES = ("kept", "declined")


@dataclass(frozen=True)
class Histogram:
    """A histogram and the sentence on what lies beyond its edges, empty where nothing does."""

    figure: Figure
    outside: str


def list_numeric(columns: Columns) -> dict[str, NumericColumn]:
    """Return the numeric columns."""
    return {name: column for name, column in columns.items() if isinstance(column, NumericColumn)}


def show_histograms(columns: Columns, voice: Voice) -> list[Histogram]:
    """Show each numeric column's distribution by class."""
    return [_show_histogram(name, column, voice) for name, column in list_numeric(columns).items()]


def _show_histogram(name: str, column: NumericColumn, voice: Voice) -> Histogram:
    names = {part: voice.say(f"common.class.{part}") for part in CLASSES}
    found, title = column.histogram, voice.column(name)
    edges = list(pairwise(found.edges))
    shares = {part: [count / max(1, column.by_class[part].count) for count in found.counts[part]] for part in CLASSES}
    labels = [_bin_label(low, high, voice) for low, high in edges]
    bins = [
        Bin(low, high, share, names[part], label, f"{names[part]}: {voice.percent(share)}")
        for part in CLASSES
        for (low, high), share, label in zip(edges, shares[part], labels, strict=True)
    ]
    beyond = sum(found.below.values()) + sum(found.above.values())
    axis, unit = voice.say("exploration.histogram_axis"), voice.column_with_unit(name)
    table = [[label, *map(voice.percent, pair)] for label, *pair in zip(labels, *shares.values(), strict=True)]
    figure = Figure(
        f"histogram-{name.replace('_', '-')}",
        title,
        voice.say(
            "exploration.histogram_description",
            **{part: voice.measure(column.by_class[part].mean) for part in CLASSES},
        ),
        draw_histogram(bins, unit, axis, {names["kept"]: KEPT, names["declined"]: DECLINED}, format=",~r"),
        Table(title, [unit, *names.values()], table),
    )
    return Histogram(figure, voice.say("exploration.outside", count=voice.number(beyond)) if beyond else "")


def _bin_label(low: float, high: float, voice: Voice) -> str:
    """Name a bin; one that is centred on a whole number by that number."""
    if high - low == 1 and low % 1 == 0.5:
        return voice.number(low + 0.5)
    return voice.span(low, high)


def tabulate_columns(columns: Columns, voice: Voice) -> Table:
    """Tabulate moments, range, skew and outliers of the numeric columns."""
    rows = [
        [
            voice.column_with_unit(name),
            voice.number(column.missing),
            voice.measure(column.mean),
            voice.measure(column.sd),
            voice.measure(column.quantiles["0.5"]),
            voice.span(column.quantiles["0"], column.quantiles["1"]),
            voice.number(column.skew, 2),
            voice.say("exploration.not_counted")
            if column.outliers.low_fence is None
            else voice.number(column.outliers.below + column.outliers.above),
        ]
        for name, column in list_numeric(columns).items()
    ]
    head = voice.heads("exploration", "missing", "mean", "sd", "median", "range", "skew", "outliers")
    return Table(voice.say("exploration.columns_title"), [voice.say("common.head.column"), *head], rows)


def show_categories(columns: Columns, overall: float, voice: Voice) -> list[Figure]:
    """Show the decline rate of each category of each categorical column."""
    categorical = {name: column for name, column in columns.items() if isinstance(column, CategoricalColumn)}
    return [_show_category(name, column, overall, voice) for name, column in categorical.items()]


def _show_category(name: str, column: CategoricalColumn, overall: float, voice: Voice) -> Figure:
    items = sorted(column.categories, key=lambda item: -item.decline_rate.value)
    marks = [
        Mark.of(
            f"{voice.value(name, item.key)} ({voice.number(item.count)})",
            item.decline_rate,
            voice.estimate(item.decline_rate),
            DECLINED if item.decline_rate.low > overall else KEPT,
        )
        for item in items
    ]
    table = [
        [voice.value(name, item.key), voice.number(item.count), voice.percent(item.share), mark.text]
        for item, mark in zip(items, marks, strict=True)
    ]
    title = voice.say("exploration.categories_title", column=voice.column(name))
    head = [voice.column(name), *voice.heads("common", "customers", "share"), *voice.heads("exploration", "rate")]
    return Figure(
        f"categories-{name.replace('_', '-')}",
        title,
        voice.say(
            "exploration.categories_description",
            first=voice.value(name, items[0].key),
            rate=voice.percent(items[0].decline_rate.value),
            effect=voice.estimate(column.effect, "number", 2),
        ),
        draw_intervals(marks, voice.say("exploration.categories_axis"), format=".0%", rule=overall),
        Table(title, head, table),
    )
