"""The columns: each by itself with what it says about the label, the measures by month, and which go together."""

from collections.abc import Mapping, Sequence

from retention.exploration.associations import Associations
from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.exploration.exploration import Series
from retention.exploration.leaks import Leak
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.inline import Colour, Mark, draw_histogram, draw_marks
from retention.reporting.charts.lines import KEPT, NEUTRAL, Cell, draw_matrix
from retention.reporting.language.voice import Voice

Columns = Mapping[str, NumericColumn | CategoricalColumn]
CLASSES = ("kept", "declined")
CLEAR = 3.0  # standard deviations from which an association is told apart from chance
STRONGEST = 6
FAINTEST = 0.1  # how full the colour is where two columns do not go together
_COLOURS: dict[str, Colour] = {"ahead": "kept", "behind": "declined", "unclear": "neutral"}


def list_numeric(columns: Columns) -> dict[str, NumericColumn]:
    """Return the numeric columns."""
    return {name: column for name, column in columns.items() if isinstance(column, NumericColumn)}


def tabulate_columns(columns: Columns, leaks: Sequence[Leak], voice: Voice) -> Table:
    """Tabulate every column: its distribution by class, its moments, and how it goes with the label."""
    alone = {leak.column: leak for leak in leaks}
    names = list(dict.fromkeys([*columns, *alone]))  # of the order of the rows only a leak is known
    rows = [
        [voice.column_with_unit(name), *_describe(name, columns.get(name), voice), *_tell_leak(alone.get(name), voice)]
        for name in names
    ]
    head = voice.heads(
        "columns", "missing", "mean", "skew", "median", "range", "outliers", "effect", "roc_auc", "verdict"
    )
    drawn = {voice.say("columns.head.histogram"): [draw_histogram(_share(columns.get(name))) for name in names]}
    head = [voice.say("common.head.column"), *head]
    return Table(voice.say("columns.title"), head, rows, frozenset({0, 9}), "columns", drawn)


def _share(column: NumericColumn | CategoricalColumn | None) -> dict[str, list[float]]:
    """Return the share of each class by bin; of a category the share of all by value."""
    if isinstance(column, NumericColumn):
        return {part: [n / max(1, column.by_class[part]) for n in column.histogram[part]] for part in CLASSES}
    return {"neutral": [item.share for item in column.categories] if column else []}


def _describe(name: str, column: NumericColumn | CategoricalColumn | None, voice: Voice) -> list[str]:
    if not isinstance(column, NumericColumn):
        effect = voice.estimate(column.effect, "number", 2) if column else ""
        return [voice.number(column.missing) if column else "", *[""] * 5, effect and f"V {effect}"]
    return [
        voice.number(column.missing),
        f"{voice.amount(name, column.mean)} ± {voice.amount(name, column.sd)}",
        voice.number(column.skew, 1),
        voice.amount(name, column.quantiles["0.5"]),
        voice.span(name, column.quantiles["0"], column.quantiles["1"]),
        voice.say("columns.not_counted") if column.outliers is None else voice.number(column.outliers),
        f"δ {voice.estimate(column.effect, 'number', 2)}" if column.effect else "",
    ]


def _tell_leak(leak: Leak | None, voice: Voice) -> list[str]:
    if leak is None:
        return ["", ""]
    return [voice.number(leak.roc_auc, 2), voice.say(f"columns.verdict.{leak.verdict}")]


def tell_outliers(columns: Columns, excluded: int, voice: Voice) -> str:
    """Say where most outliers are, beside the customers who were `excluded` before as such."""
    counts = {name: item.outliers or 0 for name, item in list_numeric(columns).items()}
    top = max(counts, key=lambda name: counts[name], default="")
    key = "columns.outliers_kept" if counts.get(top) else "columns.outliers_none"
    return voice.say(key, excluded=excluded, column=top, count=counts.get(top))


def tabulate_categories(columns: Columns, overall: float, voice: Voice) -> list[Table]:
    """Tabulate the decline rate of each category of each categorical column."""
    categorical = {name: column for name, column in columns.items() if isinstance(column, CategoricalColumn)}
    return [_tabulate_category(name, column, overall, voice) for name, column in categorical.items()]


def _tabulate_category(name: str, column: CategoricalColumn, overall: float, voice: Voice) -> Table:
    items = sorted(column.categories, key=lambda item: (voice.place(name, item.key), -item.decline_rate.value))
    cells = "{count:number}", "{share:percent}", "{decline_rate:estimate}"
    rows = [[voice.value(name, item.key), *(voice.fill(cell, item) for cell in cells)] for item in items]
    marks = [Mark.of(item.decline_rate, overall) for item in items]
    drawn = {voice.say("columns.head.rate"): draw_marks(marks, rule=overall)}
    head = [voice.column(name), *voice.heads("common", "customers", "share"), *voice.heads("columns", "rate")]
    title = voice.say("columns.categories_title", column=name)
    return Table(title, head, rows, key=f"categories-{name.replace('_', '-')}", drawn=drawn)


def tabulate_growth(measure: str, series: Series, category: str | None, voice: Voice) -> Table:
    """Tabulate each group's mean by month, its change, and whether it keeps up with the rest."""
    groups = {voice.say(f"common.class.{part}"): trend for part, trend in series.by_class.items()}
    if category is not None:
        groups = {voice.value(category, key): trend for key, trend in series.by_category.items()}
    ordered = sorted(groups.items(), key=lambda item: -item[1].change.value if item[1].change else float("inf"))
    trends = {voice.say("months.all_customers"): series.overall} | dict(ordered)
    rows = [
        [
            name,
            voice.number(trend.customers),
            *(voice.measure(value) for value in trend.mean.values()),
            voice.estimate(trend.change, "signed_percent"),
            voice.estimate(trend.against_rest, "signed_percent") if place else "",
            voice.say(f"months.standing.{trend.standing}") if place else "",
        ]
        for place, (name, trend) in enumerate(trends.items())
    ]
    span, unit = voice.count_months(len(series.columns)), voice.unit(series.columns[-1])
    first = voice.say("common.head.group") if category is None else voice.column(category)
    head = [first, voice.say("common.head.customers")]
    head += [voice.with_unit(voice.month(name), unit) for name in series.columns]
    head += voice.heads("months", "change", "rest", "standing", months=span)
    marks = [Mark(one.change, _COLOURS[one.standing]) if one.change else None for one in trends.values()]
    overall = series.overall.change
    drawn = {voice.say("months.axis"): draw_marks(marks, rule=overall.value if overall else None)}
    title = voice.say("months.title", measure=voice.measure_name(series.columns), months=span)
    return Table(title, head, rows, frozenset({0, len(head) - 1}), f"growth-{measure}", drawn)


def show_phik(phik: Associations, voice: Voice) -> Figure | None:
    """Show how strongly every two columns go together, in clustered order; faint where that may be chance."""
    names, pairs = [voice.column(name) for name in phik.columns], _list_pairs(phik)
    if not pairs:
        return None
    numbers = [voice.number(place + 1) for place in range(len(names))]
    rows = [f"{number}\u2002{name}" for number, name in zip(numbers, names, strict=True)]
    cells = []
    for row, column, value, sigma in pairs:
        text = voice.say("associations.cell", phik=value, sigma=sigma)
        look = (FAINTEST + (1 - FAINTEST) * value, KEPT) if sigma >= CLEAR else (FAINTEST, NEUTRAL)
        cells.append(Cell(rows[row], numbers[column], f"{names[row]} × {names[column]}", text, *look))
    description = voice.say("associations.phik_description", clear=CLEAR)
    chart = draw_matrix(cells, rows, numbers, voice.say("associations.phik_axis"))
    return Figure("phik", voice.say("associations.phik"), description, chart, _tabulate_phik(pairs, names, voice))


def _list_pairs(phik: Associations) -> list[tuple[int, int, float, float]]:
    """Return of each pair whose phik is known its row, its column before that, phik and its significance."""
    return [
        (row, column, value, phik.significance[row][column] or 0.0)
        for row, values in enumerate(phik.matrix)
        for column, value in enumerate(values[:row])
        if value is not None
    ]


def _tabulate_phik(pairs: Sequence[tuple[int, int, float, float]], names: Sequence[str], voice: Voice) -> Table:
    """Tabulate the strongest associations between two columns."""
    strongest = sorted(pairs, key=lambda pair: (-pair[2], pair[1], pair[0]))[:STRONGEST]
    rows = [
        [f"{names[column]} × {names[row]}", voice.number(value, 2), voice.number(sigma, 1)]
        for row, column, value, sigma in strongest
    ]
    marks = [Mark(value, "kept" if sigma >= CLEAR else "neutral") for *_, value, sigma in strongest]
    head = voice.heads("associations", "pair", "phik", "significance")
    drawn = {voice.say("associations.head.phik"): draw_marks(marks, domain=(0, 1))}
    return Table(voice.say("associations.phik_table"), head, rows, key="phik", drawn=drawn)


def judge_vif(vif: Mapping[str, float | None], high: float, voice: Voice) -> str:
    """Say which columns the others explain, or that none is."""
    poor = [voice.column(name) for name, factor in vif.items() if factor is None or factor >= high]
    if poor:
        return voice.say("associations.vif_poor", high=high, columns=", ".join(poor))
    name = max(vif, key=lambda column: vif[column] or 0.0)
    return voice.say("associations.vif_good", high=high, vif=vif[name], column=name)
