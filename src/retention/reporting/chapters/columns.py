"""Each column by itself: what values it takes in each class, and what it says about the label."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.exploration.leaks import Leak
from retention.reporting.charts.cells import draw_histogram
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import DECLINED, KEPT, NEUTRAL, Bin, Mark
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

Columns = Mapping[str, NumericColumn | CategoricalColumn]
CHANCE = 0.5
CLASSES = {"kept": KEPT, "declined": DECLINED}


def list_numeric(columns: Columns) -> dict[str, NumericColumn]:
    """Return the numeric columns."""
    return {name: column for name, column in columns.items() if isinstance(column, NumericColumn)}


def show_histograms(columns: Columns, voice: Voice) -> list[Figure]:
    """Show each numeric column's distribution by class."""
    return [_show_histogram(name, column, voice) for name, column in list_numeric(columns).items()]


def _show_histogram(name: str, column: NumericColumn, voice: Voice) -> Figure:
    found, title, unit = column.histogram, voice.column(name), voice.column_with_unit(name)
    classes = {voice.say(f"common.class.{part}"): colour for part, colour in CLASSES.items()}
    shares = [[count / max(1, column.by_class[part].count) for count in found.counts[part]] for part in CLASSES]
    edges = list(pairwise(found.edges))
    labels = [_bin_label(low, high, voice) for low, high in edges]
    bins = [
        Bin(low, high, share, part, label, f"{part}: {voice.percent(share)}")
        for part, of_class in zip(classes, shares, strict=True)
        for (low, high), share, label in zip(edges, of_class, labels, strict=True)
    ]
    table = [[label, *map(voice.percent, pair)] for label, *pair in zip(labels, *shares, strict=True)]
    means = {part: voice.measure(column.by_class[part].mean) for part in CLASSES}
    return Figure(
        f"histogram-{name.replace('_', '-')}",
        title,
        voice.say("exploration.histogram_description", **means),
        draw_histogram(bins, unit, voice.say("exploration.histogram_axis"), classes, format=",~r"),
        Table(title, [unit, *classes], table),
    )


def _bin_label(low: float, high: float, voice: Voice) -> str:
    """Name a bin; one that is centred on a whole number by that number."""
    centred = high - low == 1 and low % 1 == 0.5
    return voice.number(low + 0.5) if centred else voice.span(low, high)


def tell_outside(column: NumericColumn, voice: Voice) -> str:
    """Say how many customers lie beyond the edges of the histogram; nothing where none does."""
    beyond = sum(column.histogram.below.values()) + sum(column.histogram.above.values())
    return voice.say("exploration.outside", count=voice.number(beyond)) if beyond else ""


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
    head.insert(0, voice.say("common.head.column"))
    return Table(voice.say("exploration.columns_title"), head, rows, key="columns")


def tell_outliers(columns: Columns, excluded: int, voice: Voice) -> str:
    """Say where most outliers are, beside the customers who were `excluded` before as such."""
    counts = {name: item.outliers.below + item.outliers.above for name, item in list_numeric(columns).items()}
    top, left_out = max(counts, key=lambda name: counts[name], default=""), voice.count(excluded, "customer")
    if not counts.get(top):
        return voice.say("exploration.outliers_none", excluded=left_out)
    column, count = voice.column(top), voice.number(counts[top])
    return voice.say("exploration.outliers_kept", excluded=left_out, column=column, count=count)


def show_categories(columns: Columns, overall: float, voice: Voice) -> list[Figure]:
    """Show the decline rate of each category of each categorical column."""
    categorical = {name: column for name, column in columns.items() if isinstance(column, CategoricalColumn)}
    return [_show_category(name, column, overall, voice) for name, column in categorical.items()]


def _show_category(name: str, column: CategoricalColumn, overall: float, voice: Voice) -> Figure:
    items = sorted(column.categories, key=lambda item: (voice.place(name, item.key), -item.decline_rate.value))
    table = [
        [
            voice.value(name, item.key),
            voice.number(item.count),
            voice.percent(item.share),
            voice.estimate(item.decline_rate),
        ]
        for item in items
    ]
    marks = [
        Mark.of(f"{value} ({count})", item.decline_rate, rate, DECLINED if item.decline_rate.low > overall else KEPT)
        for item, (value, count, _, rate) in zip(items, table, strict=True)
    ]
    title = voice.say("exploration.categories_title", column=voice.column(name))
    head = [voice.column(name), *voice.heads("common", "customers", "share"), *voice.heads("exploration", "rate")]
    top = max(items, key=lambda item: item.decline_rate.value)
    said = {"first": voice.value(name, top.key), "rate": voice.percent(top.decline_rate.value)}
    effect = voice.estimate(column.effect, "number", 2)
    return Figure(
        f"categories-{name.replace('_', '-')}",
        title,
        voice.say("exploration.categories_description", effect=effect, **said),
        draw_intervals(marks, voice.say("exploration.categories_axis"), format=".0%", rule=overall),
        Table(title, head, table),
    )


def show_leaks(leaks: Sequence[Leak], suspicious: float, voice: Voice) -> Figure:
    """Show how well each column alone predicts the label, and from where on that is suspicious."""
    table = [
        [voice.column(leak.column), voice.number(leak.roc_auc, 3), voice.say(f"exploration.verdict.{leak.verdict}")]
        for leak in leaks
    ]
    marks = [
        Mark(column, max(CHANCE, leak.roc_auc), f"{auc}; {verdict}", KEPT if leak.verdict == "none" else DECLINED)
        for leak, (column, auc, verdict) in zip(leaks, table, strict=True)
        if leak.roc_auc is not None  # below one half is chance, too
    ]
    column, auc, verdict = table[0]
    title, axis = voice.say("exploration.leaks_title"), voice.say("exploration.leaks_axis")
    head = [voice.say("common.head.column"), *voice.heads("exploration", "roc_auc", "verdict")]
    return Figure(
        "leaks",
        title,
        voice.say("exploration.leaks_description", column=column, auc=auc, verdict=verdict),
        draw_bars(marks, axis, format=".2f", domain=(CHANCE, 1.0), rule=suspicious),
        Table(title, head, table, frozenset({0, 2})),
    )


def show_effects(columns: Columns, voice: Voice) -> Figure | None:
    """Show Cliff's delta of each numeric column with its interval, the largest first; None where there is none."""
    known = [(name, column, column.effect) for name, column in list_numeric(columns).items() if column.effect]
    known.sort(key=lambda item: -abs(item[2].value))
    if not known:
        return None
    table = [
        [
            voice.column_with_unit(name),
            voice.estimate(effect, "number", 2),
            *(voice.measure(column.by_class[part].mean) for part in ("declined", "kept")),
            voice.estimate(column.difference, "measure"),
        ]
        for name, column, effect in known
    ]
    colours = [DECLINED if e.low > 0 else KEPT if e.high < 0 else NEUTRAL for _, _, e in known]
    marks = [
        Mark.of(voice.column(name), effect, row[1], colour)
        for (name, _, effect), row, colour in zip(known, table, colours, strict=True)
    ]
    heads = voice.heads("exploration", "effect", "mean_declined", "mean_kept", "difference")
    title, axis = voice.say("exploration.effects_title"), voice.say("exploration.effects_axis")
    return Figure(
        "effects",
        title,
        voice.say("exploration.effects_description", column=marks[0].label, effect=marks[0].text),
        draw_intervals(marks, axis, format=".1f", domain=(-1, 1), rule=0),
        Table(title, [voice.say("common.head.column"), *heads], table),
    )
