"""Each column by itself, one row each: what values it takes in each class, and what it says about the label."""

from collections.abc import Mapping, Sequence

from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.exploration.leaks import Leak
from retention.reporting.charts.figure import Table
from retention.reporting.charts.inline import draw_histograms, draw_marks
from retention.reporting.charts.marks import Mark
from retention.reporting.language.voice import Voice

Columns = Mapping[str, NumericColumn | CategoricalColumn]
CLASSES = ("kept", "declined")


def list_numeric(columns: Columns) -> dict[str, NumericColumn]:
    """Return the numeric columns."""
    return {name: column for name, column in columns.items() if isinstance(column, NumericColumn)}


def tabulate_columns(columns: Columns, leaks: Sequence[Leak], voice: Voice) -> Table:
    """Tabulate every column: its distribution by class, its moments, and how it goes with the label."""
    alone = {leak.column: leak for leak in leaks}
    names = [
        *columns,
        *(name for name in alone if name not in columns),
    ]  # of the order of the rows only a leak is known
    rows = [
        [voice.column_with_unit(name), *_describe(columns.get(name), voice), *_tell_leak(alone.get(name), voice)]
        for name in names
    ]
    head = voice.heads("columns", "missing", "mean", "median", "range", "outliers", "effect", "roc_auc", "verdict")
    shares = [_share(columns.get(name)) for name in names]
    return Table(
        voice.say("columns.title"),
        [voice.say("common.head.column"), *head],
        rows,
        frozenset({0, 8}),
        "columns",
        (draw_histograms(voice.say("columns.head.histogram"), shares),),
    )


def _share(column: NumericColumn | CategoricalColumn | None) -> dict[str, list[float]]:
    """Return the share of each class by bin; of a category the share of all by value."""
    if isinstance(column, NumericColumn):
        counts = {part: column.histogram.counts[part] for part in CLASSES}
        return {part: [count / max(1, column.by_class[part].count) for count in counts[part]] for part in CLASSES}
    return {"neutral": [item.share for item in column.categories] if column else []}


def _describe(column: NumericColumn | CategoricalColumn | None, voice: Voice) -> list[str]:
    if not isinstance(column, NumericColumn):
        effect = voice.estimate(column.effect, "number", 2) if column else ""
        return [voice.number(column.missing) if column else "", "", "", "", "", effect and f"V {effect}"]
    out = column.outliers
    return [
        voice.number(column.missing),
        f"{voice.measure(column.mean)} ± {voice.measure(column.sd)}",
        voice.measure(column.quantiles["0.5"]),
        voice.span(column.quantiles["0"], column.quantiles["1"]),
        voice.say("columns.not_counted") if out.low_fence is None else voice.number(out.below + out.above),
        f"δ {voice.estimate(column.effect, 'number', 2)}" if column.effect else "",
    ]


def _tell_leak(leak: Leak | None, voice: Voice) -> list[str]:
    if leak is None:
        return ["", ""]
    return [voice.number(leak.roc_auc, 2), voice.say(f"columns.verdict.{leak.verdict}")]


def tell_outliers(columns: Columns, excluded: int, voice: Voice) -> str:
    """Say where most outliers are, beside the customers who were `excluded` before as such."""
    counts = {name: item.outliers.below + item.outliers.above for name, item in list_numeric(columns).items()}
    top, left_out = max(counts, key=lambda name: counts[name], default=""), voice.count(excluded, "customer")
    if not counts.get(top):
        return voice.say("columns.outliers_none", excluded=left_out)
    column, count = voice.column(top), voice.number(counts[top])
    return voice.say("columns.outliers_kept", excluded=left_out, column=column, count=count)


def tabulate_categories(columns: Columns, overall: float, voice: Voice) -> list[Table]:
    """Tabulate the decline rate of each category of each categorical column."""
    categorical = {name: column for name, column in columns.items() if isinstance(column, CategoricalColumn)}
    return [_tabulate_category(name, column, overall, voice) for name, column in categorical.items()]


def _tabulate_category(name: str, column: CategoricalColumn, overall: float, voice: Voice) -> Table:
    items = sorted(column.categories, key=lambda item: (voice.place(name, item.key), -item.decline_rate.value))
    rows = [
        [
            voice.value(name, item.key),
            voice.number(item.count),
            voice.percent(item.share),
            voice.estimate(item.decline_rate),
        ]
        for item in items
    ]
    marks = [Mark.of(item.decline_rate, overall) for item in items]
    drawn = draw_marks(voice.say("columns.head.rate"), marks, rule=overall)
    head = [voice.column(name), *voice.heads("common", "customers", "share"), *voice.heads("columns", "rate")]
    title = voice.say("columns.categories_title", column=voice.column(name))
    return Table(title, head, rows, key=f"categories-{name.replace('_', '-')}", drawn=(drawn,))
