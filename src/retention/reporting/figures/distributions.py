"""Each column by itself: histograms by class, categories, moments and outliers."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from retention.reporting.charts.cells import draw_histogram
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.palette import DECLINED, KEPT
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

Column = Mapping[str, Any]
CLASSES = ("kept", "declined")


@dataclass(frozen=True)
class Histogram:
    """A histogram and the sentence on what lies beyond its edges, empty where nothing does."""

    figure: Figure
    outside: str


def show_histograms(columns: Mapping[str, Column], voice: Voice) -> list[Histogram]:
    """Show each numeric column's distribution by class."""
    return [_show_histogram(name, c, voice) for name, c in columns.items() if c["kind"] == "numeric"]


def _show_histogram(name: str, column: Column, voice: Voice) -> Histogram:
    names = {part: voice.say(f"common.class.{part}") for part in CLASSES}
    edges, counts = column["histogram"]["edges"], column["histogram"]["counts"]
    sizes = {part: max(1, column["by_class"][part]["count"]) for part in CLASSES}
    labels = [_bin_label(low, high, voice) for low, high in pairwise(edges)]
    rows = [
        {
            "low": edges[place],
            "high": edges[place + 1],
            "share": counts[part][place] / sizes[part],
            "series": names[part],
            "label": labels[place],
            "text": f"{names[part]}: {voice.percent(counts[part][place] / sizes[part])}",
        }
        for part in CLASSES
        for place in range(len(labels))
    ]
    beyond = sum(sum(column["histogram"][side].values()) for side in ("below", "above"))
    means = {part: voice.measure(column["by_class"][part]["mean"]) for part in CLASSES}
    title = voice.column(name)
    table = [
        [label, *(voice.percent(counts[part][place] / sizes[part]) for part in CLASSES)]
        for place, label in enumerate(labels)
    ]
    figure = Figure(
        f"histogram-{name.replace('_', '-')}",
        title,
        voice.say("exploration.histogram_description", **means),
        draw_histogram(
            rows,
            voice.column_with_unit(name),
            voice.say("exploration.histogram_axis"),
            {names["kept"]: KEPT, names["declined"]: DECLINED},
            format=",~r",
        ),
        Table(title, [voice.column_with_unit(name), *names.values()], table),
    )
    return Histogram(figure, voice.say("exploration.outside", count=voice.number(beyond)) if beyond else "")


def _bin_label(low: float, high: float, voice: Voice) -> str:
    """Name a bin; one that is centred on a whole number by that number."""
    if high - low == 1 and low % 1 == 0.5:
        return voice.number(low + 0.5)
    return voice.span(low, high)


def tabulate_columns(columns: Mapping[str, Column], voice: Voice) -> Table:
    """Tabulate moments, range, skew and outliers of the numeric columns."""
    keys = ("missing", "mean", "sd", "median", "range", "skew", "outliers")
    head = [voice.say("common.head.column"), *(voice.say(f"exploration.head.{key}") for key in keys)]
    rows = [
        [
            voice.column_with_unit(name),
            voice.number(column["missing"]),
            *(voice.measure(x) for x in (column["mean"], column["sd"])),
            voice.measure(column["quantiles"]["0.5"]),
            voice.span(column["quantiles"]["0"], column["quantiles"]["1"]),
            voice.number(column["skew"], 2),
            _outliers(column["outliers"], voice),
        ]
        for name, column in columns.items()
        if column["kind"] == "numeric"
    ]
    return Table(voice.say("exploration.columns_title"), head, rows)


def _outliers(outliers: Mapping[str, Any], voice: Voice) -> str:
    if outliers["low_fence"] is None:
        return voice.say("exploration.not_counted")
    return voice.number(outliers["below"] + outliers["above"])


def show_categories(columns: Mapping[str, Column], overall: float, voice: Voice) -> list[Figure]:
    """Show the decline rate of each category of each categorical column."""
    return [_show_category(name, c, overall, voice) for name, c in columns.items() if c["kind"] == "categorical"]


def _show_category(name: str, column: Column, overall: float, voice: Voice) -> Figure:
    items = sorted(column["categories"], key=lambda item: -item["decline_rate"]["value"])
    rows = [
        {
            "label": f"{voice.value(name, item['key'])} ({voice.number(item['count'])})",
            **item["decline_rate"],
            "colour": DECLINED if item["decline_rate"]["low"] > overall else KEPT,
            "text": voice.estimate(item["decline_rate"]),
        }
        for item in items
    ]
    title = voice.say("exploration.categories_title", column=voice.column(name))
    head = [
        voice.column(name),
        voice.say("common.head.customers"),
        voice.say("common.head.share"),
        voice.say("exploration.head.rate"),
    ]
    table = [
        [
            voice.value(name, item["key"]),
            voice.number(item["count"]),
            voice.percent(item["share"]),
            voice.estimate(item["decline_rate"]),
        ]
        for item in items
    ]
    return Figure(
        f"categories-{name.replace('_', '-')}",
        title,
        voice.say(
            "exploration.categories_description",
            first=voice.value(name, items[0]["key"]),
            rate=voice.percent(items[0]["decline_rate"]["value"]),
            effect=voice.estimate(column["effect"], "number", 2),
        ),
        draw_intervals(rows, voice.say("exploration.categories_axis"), format=".0%", rule=overall),
        Table(title, head, table),
    )
