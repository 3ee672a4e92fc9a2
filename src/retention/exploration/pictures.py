"""The exploration as pictures (PNG bytes), in either language."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retention.estimate import Estimate
from retention.exploration.distributions import CategoricalColumn, NumericColumn
from retention.exploration.exploration import ROW_ORDER, Exploration
from retention.png import encode_png
from retention.strict import Language, Text

COLOURS = {"kept": "#3b6ea5", "declined": "#c8553d"}
_DPI = 90
_ACROSS = 3
FAINT = 0.1  # associations that are not worth a number

WORDS = {
    "kept": Text(ru="прежний уровень", en="level kept"),
    "declined": Text(ru="снизилась", en="declined"),
    "customers": Text(ru="клиентов", en="customers"),
    "share": Text(ru="доля класса, %", en="share of the class, %"),
    "rate": Text(ru="доля снизивших активность, %", en="decline rate, %"),
    "phik": Text(ru="связь phik, 0–1", en="phik association, 0–1"),
    "roc_auc": Text(ru="ROC-AUC одного столбца", en="ROC-AUC of the column alone"),
    "change": Text(ru="изменение выручки за три месяца, %", en="change of revenue over the three months, %"),
    "overall": Text(ru="все клиенты", en="all customers"),
    ROW_ORDER: Text(ru="порядок строк", en="row order"),
}


@dataclass(frozen=True)
class Labels:
    """How columns and category values are called in one language."""

    language: Language
    column: Callable[[str], str]
    value: Callable[[str, str], str]

    def word(self, key: str) -> str:
        """Return a word of the pictures themselves."""
        return WORDS[key][self.language]


def draw_pictures(exploration: Exploration, labels: Labels, category: str) -> dict[str, bytes]:
    """Draw every picture; the keys are file names without folder.

    Parameters
    ----------
    exploration : Exploration
        What to draw.
    labels : Labels
        The names, in the language of the pictures.
    category : str
        The column that revenue is split by.
    """
    drawn = {
        "distributions": _draw_distributions(exploration, labels),
        "categories": _draw_categories(exploration, labels),
        "phik": _draw_phik(exploration, labels),
        "leaks": _draw_leaks(exploration, labels),
        "revenue": _draw_revenue(exploration, labels, category),
    }
    return {f"{name}.{labels.language}.png": encode_png(figure, _DPI) for name, figure in drawn.items()}


def _grid(count: int, height: float, left: float = 0.55) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels, each `height` inches high, with `left` inches for the row labels.

    The margins are set by hand: matplotlib's own layout draws everything twice.
    """
    across = min(_ACROSS, count)
    down = math.ceil(count / across)
    width, total = across * (3.5 + left), down * height
    figure = Figure(figsize=(width, total))
    figure.subplots_adjust(
        left=left / width,
        right=1 - 0.15 / width,
        top=1 - 0.3 / total,
        bottom=0.5 / total,
        wspace=(left + 0.2) / 3.3,
        hspace=0.75 / (height - 0.75),
    )
    axes = list(np.atleast_1d(figure.subplots(down, across)).ravel())
    for spare in axes[count:]:
        spare.set_visible(False)
    return figure, axes[:count]


def _rows(count: int) -> tuple[Figure, Axes]:
    """Return a figure for `count` named rows."""
    height = 0.33 * count + 0.9
    figure = Figure(figsize=(8.5, height))
    figure.subplots_adjust(left=0.39, right=0.97, top=1 - 0.2 / height, bottom=0.6 / height)
    return figure, figure.subplots()


def _draw_distributions(exploration: Exploration, labels: Labels) -> Figure:
    numeric = {name: item for name, item in exploration.columns.items() if isinstance(item, NumericColumn)}
    figure, axes = _grid(len(numeric), 2.6)
    for axis, (name, column) in zip(axes, numeric.items(), strict=True):
        for part, counts in column.histogram.counts.items():
            share = 100 * np.array(counts) / max(1, column.by_class[part].count)
            axis.stairs(
                share,
                np.array(column.histogram.edges),
                color=COLOURS[part],
                fill=True,
                alpha=0.45,
                label=labels.word(part),
            )
        axis.set_xlabel(labels.column(name), fontsize=9)
        axis.set_ylabel(labels.word("share"), fontsize=8)
        axis.tick_params(labelsize=8)
    axes[0].legend(fontsize=8)
    return figure


def _draw_categories(exploration: Exploration, labels: Labels) -> Figure:
    columns = {name: c for name, c in exploration.columns.items() if isinstance(c, CategoricalColumn)}
    figure, axes = _grid(len(columns), 3.4, left=2.9)
    for axis, (name, column) in zip(axes, columns.items(), strict=True):
        rows = {f"{labels.value(name, item.key)} ({item.count})": item.decline_rate for item in column.categories}
        _draw_intervals(axis, rows)
        axis.set_title(labels.column(name), fontsize=10)
        axis.set_xlabel(labels.word("rate"), fontsize=9)
    return figure


def _draw_intervals(axis: Axes, rows: dict[str, Estimate]) -> None:
    """Draw named shares with their intervals in per cent, the first on top."""
    for place, found in enumerate(reversed(rows.values())):
        axis.plot([100 * found.low, 100 * found.high], [place, place], color=COLOURS["kept"], linewidth=2)
        axis.plot([100 * found.value], [place], "o", color=COLOURS["kept"])
    axis.set_yticks(range(len(rows)), [*reversed(rows)], fontsize=9)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.grid(axis="x", alpha=0.3)


def _draw_phik(exploration: Exploration, labels: Labels) -> Figure:
    matrix, names = exploration.phik.matrix, [labels.column(name) for name in exploration.phik.columns]
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
    figure.colorbar(image, label=labels.word("phik"), shrink=0.8)
    return figure


def _draw_leaks(exploration: Exploration, labels: Labels) -> Figure:
    leaks = [leak for leak in reversed(exploration.leaks) if leak.roc_auc is not None]
    figure, axis = _rows(len(leaks))
    names = [labels.word(ROW_ORDER) if leak.column == ROW_ORDER else labels.column(leak.column) for leak in leaks]
    colours = [COLOURS["kept"] if leak.verdict == "none" else COLOURS["declined"] for leak in leaks]
    axis.hlines(range(len(leaks)), 0.5, [leak.roc_auc or 0.5 for leak in leaks], colors=colours, linewidth=4)
    axis.set_yticks(range(len(names)), names, fontsize=9)
    for level, style in ((exploration.rules.leak_suspicious, ":"), (exploration.rules.leak_certain, "-")):
        axis.axvline(level, color=COLOURS["declined"], linestyle=style, linewidth=1)
    axis.set_xlim(0.45, 1.0)
    axis.set_xlabel(labels.word("roc_auc"), fontsize=9)
    return figure


def _draw_revenue(exploration: Exploration, labels: Labels, category: str) -> Figure:
    revenue = exploration.revenue
    trends = {labels.word("overall"): revenue.overall}
    trends |= {labels.value(category, key): trend for key, trend in revenue.by_category.items()}
    known = {name: trend.change for name, trend in trends.items() if trend.change}
    figure, axis = _rows(len(known))
    _draw_intervals(axis, known)
    axis.axvline(0, color="#777777", linewidth=1)
    axis.set_xlabel(labels.word("change"), fontsize=9)
    return figure
