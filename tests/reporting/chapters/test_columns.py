"""The picture of which columns go together, against the matrix it is drawn from."""

import json
from typing import Any

import pytest

from retention.exploration.associations import Associations
from retention.paths import Paths
from retention.reporting.chapters.columns import CLEAR, FAINTEST, show_phik
from retention.reporting.charts.figure import Figure
from retention.reporting.charts.lines import KEPT, NEUTRAL
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report
from retention.reporting.sources import Sources


def list_cells(figure: Figure) -> list[dict[str, Any]]:
    (cells,) = json.loads(figure.chart.spec)["datasets"].values()
    return list(cells)


@pytest.fixture
def shown(sources: Sources, english: Voice) -> Figure:
    figure = show_phik(sources.exploration.phik, english)
    assert figure is not None
    return figure


def test_every_pair_is_a_cell_in_the_order_of_the_file(shown: Figure, small_run: Paths, english: Voice) -> None:
    phik = json.loads(small_run.exploration.read_text(encoding="utf-8"))["phik"]
    order, cells = phik["columns"], list_cells(shown)
    numbers = [str(place + 1) for place in range(len(order))]
    assert len(order) > 10
    (layer,) = json.loads(shown.chart.spec)["layer"]
    assert layer["encoding"]["x"]["scale"]["domain"] == numbers
    rows = layer["encoding"]["y"]["scale"]["domain"]
    assert rows == [f"{number}\u2002{english.column(name)}" for number, name in zip(numbers, order, strict=True)]
    pairs = {(rows.index(cell["row"]), numbers.index(cell["column"])) for cell in cells}
    assert pairs == {(row, column) for row in range(len(order)) for column in range(row)}
    assert len(pairs) == len(cells)
    for cell in cells:
        row, column = rows.index(cell["row"]), numbers.index(cell["column"])
        clear = phik["significance"][row][column] >= CLEAR
        assert cell["colour"] == (KEPT if clear else NEUTRAL)
        assert cell["strength"] == pytest.approx(0.1 + 0.9 * phik["matrix"][row][column] if clear else FAINTEST)
        assert cell["label"] == f"{english.column(order[row])} × {english.column(order[column])}"
    assert {cell["colour"] for cell in cells} == {KEPT, NEUTRAL}


def test_a_cell_is_as_full_as_the_pair_is_strong_and_faint_where_it_may_be_chance(english: Voice) -> None:
    phik = Associations(
        columns=("pages_per_visit", "tenure_days", "promo_share"),
        matrix=((1.0, 0.5, None), (0.5, 1.0, 0.8), (None, 0.8, 1.0)),
        significance=((50.0, 3.0, None), (3.0, 50.0, 2.9), (None, 2.9, 50.0)),
    )
    figure = show_phik(phik, english)
    assert figure is not None
    clear, chance = list_cells(figure)
    assert (clear["strength"], clear["colour"], clear["text"]) == (0.55, KEPT, "phik 0.50, significance 3.0 σ")
    assert (chance["strength"], chance["colour"], chance["text"]) == (0.1, NEUTRAL, "phik 0.80, significance 2.9 σ")
    assert [row[1:] for row in figure.table.rows] == [["0.80", "2.9"], ["0.50", "3.0"]]


def test_without_a_pair_there_is_no_picture(english: Voice) -> None:
    assert show_phik(Associations(columns=(), matrix=(), significance=()), english) is None
    one = Associations(columns=("promo_share",), matrix=((1.0,),), significance=((50.0,),))
    assert show_phik(one, english) is None


def test_the_page_has_it_in_the_fold_on_columns(report: Report) -> None:
    (figure,) = [one for one in report.figures if one.key == "phik"]
    start = report.html.index('<details id="columns">')
    assert start < report.html.index('id="figure-phik"') < report.html.index('<details id="model">')
    assert 'role="img" aria-label="' + figure.title in report.html
    assert report.tables["phik"].count("\n") == len(figure.table.rows) + 1
