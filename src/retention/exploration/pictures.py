"""The exploration as pictures (PNG bytes), in either language."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retention.estimate import Estimate
from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.exploration.exploration import ROW_ORDER, Exploration, Series
from retention.png import encode_png
from retention.strict import Language, load_texts
from retention.tables.schema import Column

COLOURS = {"kept": "#3b6ea5", "declined": "#c8553d"}
_DPI = 90
_ACROSS = 3
FAINT = 0.1  # associations that are not worth a number


class _Labels:
    """How columns, category values and the pictures' own words are called in one language."""

    def __init__(self, columns: Mapping[str, Column], language: Language) -> None:
        self.words = {key: text[language] for key, text in load_texts("retention.exploration", "words.yaml").items()}
        self.columns = {name: column.label[language] for name, column in columns.items()}
        self.values = {(name, key): one[language] for name, of in columns.items() for key, one in of.values.items()}


def draw_pictures(
    exploration: Exploration, columns: Mapping[str, Column], category: str | None, language: Language
) -> dict[str, bytes]:
    """Draw what there is to draw, by name of the file; a series is split by the column `category`, if there is one."""
    labels = _Labels(columns, language)
    numeric = {name: item for name, item in exploration.columns.items() if isinstance(item, NumericColumn)}
    categorical = {name: item for name, item in exploration.columns.items() if isinstance(item, CategoricalColumn)}
    drawn = {
        "distributions": _draw_distributions(numeric, labels) if numeric else None,
        "categories": _draw_categories(categorical, labels) if categorical else None,
        "phik": _draw_phik(exploration, labels),
        "leaks": _draw_leaks(exploration, labels),
    } | {measure: _draw_series(series, labels, category) for measure, series in exploration.series.items()}
    return {f"{name}.{language}.png": encode_png(figure, _DPI) for name, figure in drawn.items() if figure}


def _grid(count: int, height: float, left: float = 0.55) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels, each `height` inches high, with `left` inches for the row labels."""
    across = min(_ACROSS, count)
    down = math.ceil(count / across)
    width, total = across * (3.5 + left), down * height
    figure = Figure(figsize=(width, total))
    # set by hand: matplotlib's own layout draws everything twice
    figure.subplots_adjust(left / width, 0.5 / total, 1 - 0.15 / width, 1 - 0.3 / total)
    figure.subplots_adjust(wspace=(left + 0.2) / 3.3, hspace=0.75 / (height - 0.75))
    axes = list(np.atleast_1d(figure.subplots(down, across)).ravel())
    for spare in axes[count:]:
        spare.set_visible(False)
    return figure, axes[:count]


def _rows(count: int) -> tuple[Figure, Axes]:
    height = 0.33 * count + 0.9
    figure = Figure(figsize=(8.5, height))
    figure.subplots_adjust(left=0.39, right=0.97, top=1 - 0.2 / height, bottom=0.6 / height)
    return figure, figure.subplots()


def _draw_distributions(numeric: Mapping[str, NumericColumn], labels: _Labels) -> Figure:
    figure, axes = _grid(len(numeric), 2.6)
    for axis, (name, column) in zip(axes, numeric.items(), strict=True):
        for part, counts in column.histogram.counts.items():
            share = 100 * np.array(counts) / max(1, column.by_class[part])
            edges, look = np.array(column.histogram.edges), {"color": COLOURS[part], "fill": True, "alpha": 0.45}
            axis.stairs(share, edges, label=labels.words[part], **look)
        axis.set_xlabel(labels.columns[name], fontsize=9)
        axis.set_ylabel(labels.words["share"], fontsize=8)
        axis.tick_params(labelsize=8)
    axes[0].legend(fontsize=8)
    return figure


def _draw_categories(columns: Mapping[str, CategoricalColumn], labels: _Labels) -> Figure:
    figure, axes = _grid(len(columns), 3.4, left=2.9)
    for axis, (name, column) in zip(axes, columns.items(), strict=True):
        rows = {f"{labels.values[name, item.key]} ({item.count})": item.decline_rate for item in column.categories}
        _draw_intervals(axis, rows)
        axis.set_title(labels.columns[name], fontsize=10)
        axis.set_xlabel(labels.words["rate"], fontsize=9)
    return figure


def _draw_intervals(axis: Axes, rows: dict[str, Estimate]) -> None:
    """Draw named shares with their intervals in per cent, the first on top."""
    for place, found in enumerate(reversed(rows.values())):
        axis.plot([100 * found.low, 100 * found.high], [place, place], color=COLOURS["kept"], linewidth=2)
        axis.plot([100 * found.value], [place], "o", color=COLOURS["kept"])
    axis.set_yticks(range(len(rows)), [*reversed(rows)], fontsize=9)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.grid(axis="x", alpha=0.3)


def _draw_phik(exploration: Exploration, labels: _Labels) -> Figure:
    matrix, names = exploration.phik.matrix, [labels.columns[name] for name in exploration.phik.columns]
    figure = Figure(figsize=(11, 9))
    figure.subplots_adjust(left=0.29, right=0.99, top=0.98, bottom=0.27)
    axis = figure.subplots()
    image = axis.imshow(np.array(matrix, dtype=float) if matrix else np.zeros((1, 1)), vmin=0, vmax=1, cmap="Blues")
    axis.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    told = [(x, y, value) for y, line in enumerate(matrix) for x, value in enumerate(line) if value and value >= FAINT]
    for x, y, value in told:
        colour = "white" if value > 0.6 else "#333333"
        axis.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=6, color=colour)
    figure.colorbar(image, label=labels.words["phik"], shrink=0.8)
    return figure


def _draw_leaks(exploration: Exploration, labels: _Labels) -> Figure:
    leaks = [leak for leak in reversed(exploration.leaks) if leak.roc_auc is not None]
    figure, axis = _rows(len(leaks))
    names = [labels.words[ROW_ORDER] if leak.column == ROW_ORDER else labels.columns[leak.column] for leak in leaks]
    colours = [COLOURS["kept"] if leak.verdict == "none" else COLOURS["declined"] for leak in leaks]
    axis.hlines(range(len(leaks)), 0.5, [leak.roc_auc or 0.5 for leak in leaks], colors=colours, linewidth=4)
    axis.set_yticks(range(len(names)), names, fontsize=9)
    for level, style in ((exploration.rules.leak_suspicious, ":"), (exploration.rules.leak_certain, "-")):
        axis.axvline(level, color=COLOURS["declined"], linestyle=style, linewidth=1)
    axis.set_xlim(0.45, 1.0)
    axis.set_xlabel(labels.words["roc_auc"], fontsize=9)
    return figure


def _draw_series(series: Series, labels: _Labels, category: str | None) -> Figure | None:
    """Draw how each favourite category changed; without those, each class."""
    trends = {labels.words["overall"]: series.overall}
    if category is None:
        trends |= {labels.words[part]: trend for part, trend in series.by_class.items()}
    else:
        trends |= {labels.values[category, key]: trend for key, trend in series.by_category.items()}
    known = {name: trend.change for name, trend in trends.items() if trend.change}
    if not known:
        return None
    figure, axis = _rows(len(known))
    _draw_intervals(axis, known)
    axis.axvline(0, color="#777777", linewidth=1)
    axis.set_xlabel(labels.words["change"], fontsize=9)
    return figure
