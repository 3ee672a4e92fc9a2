"""SHAP's own pictures of the attributions, named in the report's language."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from retention.png import encode_png
from retention.strict import Language, load_texts
from retention.tables.schema import Column

if TYPE_CHECKING:
    import shap

LEADING = 4  # columns whose dependence is drawn
WIDE = 10  # inches, so that names of columns have room
SHOWN = 16  # columns in the pictures of all of them
EMPTY = "—"
WORDS = load_texts("retention.learning.explanation", "words.yaml")


def name_columns(
    explanation: "shap.Explanation", columns: Mapping[str, Column], language: Language
) -> "shap.Explanation":
    """Return the explanation with columns and categories as people call them."""
    import shap

    described = [columns[name] for name in explanation.feature_names]
    data = np.column_stack(
        [
            [column.values[value][language] if value in column.values else EMPTY for value in values]
            if column.values
            else values
            for column, values in zip(described, explanation.data.T, strict=True)
        ]
    ).astype(object)
    labels = [column.label[language] for column in described]
    return shap.Explanation(explanation.values, explanation.base_values, data, feature_names=labels)


def draw_pictures(explanation: "shap.Explanation", language: Language) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each picture and its PNG.

    They are ``beeswarm``, ``bar``, ``dependence_1`` and on for the leading columns that have cells, and ``waterfall``
    of the customer with the highest output.
    """
    from shap import plots

    all_of_them = {"max_display": SHOWN, "show": False}
    size = np.abs(explanation.values).mean(axis=0)
    output = explanation.base_values + explanation.values.sum(axis=1)
    swarm = partial(plots.beeswarm, explanation, color_bar_label=WORDS["value"][language], **all_of_them)
    yield "beeswarm", _draw(swarm, x=WORDS["contribution"][language], ends=WORDS["ends"][language].split("|"))
    yield "bar", _draw(partial(plots.bar, explanation, **all_of_them), x=WORDS["mean"][language])
    known = [[not (isinstance(cell, float) and np.isnan(cell)) for cell in cells] for cells in explanation.data.T]
    shown = [int(column) for column in np.argsort(-size, kind="stable") if any(known[column])]
    for place, column in enumerate(shown[:LEADING], start=1):  # an empty cell has no place on the axis
        scatter = partial(plots.scatter, explanation[np.array(known[column])][:, column], show=False, hist=False)
        yield f"dependence_{place}", _draw(scatter, y=WORDS["contribution"][language])
    highest = explanation[int(np.argmax(output))]
    yield "waterfall", _draw(partial(plots.waterfall, highest, **all_of_them))


def _draw(plot: Callable[[], object], *, x: str = "", y: str = "", ends: list[str] | None = None) -> bytes:
    """Return what a plot of shap's draws on pyplot's figure; the same bytes every time."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    np.random.seed(0)  # noqa: NPY002 -- some of shap's plots scatter by it
    pyplot.close("all")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)  # of a column without any cells
        plot()
    figure = pyplot.gcf()
    main = figure.axes[0]
    if x:
        main.set_xlabel(x)
    if y:
        main.set_ylabel(y)
    if ends:
        figure.axes[-1].set_yticklabels(ends)
    figure.set_size_inches(WIDE, figure.get_figheight())
    with mpl.rc_context({"savefig.bbox": "tight"}):
        content = encode_png(figure)
    pyplot.close(figure)
    return content
