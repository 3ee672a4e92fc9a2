"""Figures and tables against the artifacts that they are drawn from."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from retention.estimate import Estimate
from retention.reporting.chapters.appendix import tabulate_families
from retention.reporting.chapters.columns import list_numeric, tell_outliers
from retention.reporting.chapters.data import count_excluded
from retention.reporting.chapters.model import judge_difference, show_comparison
from retention.reporting.chapters.plan import show_offers, show_rules, show_threshold, tabulate_sensitivity
from retention.reporting.chapters.segments import show_overlap, show_risk
from retention.reporting.charts.figure import Figure
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report
from retention.reporting.sources import Sources


def values_of(figure: Figure) -> list[dict[str, Any]]:
    spec = json.loads(figure.chart.spec)
    layers = [spec, *spec.get("layer", [])]
    return [row for layer in layers for row in layer.get("data", {}).get("values", [])] + [
        row for rows in spec.get("datasets", {}).values() for row in rows
    ]


@pytest.fixture
def figures(report: Report) -> Sequence[Figure]:
    return report.figures


def test_every_figure_has_names_words_a_table_and_its_data(figures: Sequence[Figure]) -> None:
    assert len(figures) > 30
    for figure in figures:
        assert figure.chart.x or figure.chart.y or figure.chart.key, figure.key
        assert figure.title and figure.description
        assert figure.table.rows, figure.key
        assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}, figure.key
        assert values_of(figure), figure.key
        assert '"url"' not in figure.chart.spec


def test_histograms_show_shares_of_each_class(figures: Sequence[Figure]) -> None:
    histograms = [figure for figure in figures if figure.key.startswith("histogram-")]
    assert len(histograms) > 10
    for figure in histograms:
        shares = pd.DataFrame(values_of(figure)).groupby("series")["share"].sum()
        assert shares.between(0.9, 1 + 1e-9).all()  # what lies beyond the edges is missing


def test_the_plan_is_compared_over_the_customers_on_its_list(sources: Sources, english: Voice) -> None:
    table = show_rules(sources.plan, english).table
    assert list(table.rows[0][:2]) == ["This plan", str(len(sources.offers))]
    assert [row[0] for row in table.rows if "over the limits" in row[0]] == [
        "Everyone, whatever it costs (over the limits)"
    ]


def test_sensitivity_is_told_in_order_with_the_plan_between(sources: Sources, english: Voice) -> None:
    rows = tabulate_sensitivity(sources.plan, english).rows
    assert [row[0] for row in rows] == ["× 0.5", "× 1.0", "× 2.0"]
    assert rows[1][1] == rows[1][2] == english.measure(sources.plan.expected_net_profit)


def test_a_plan_without_offers_has_no_figure(sources: Sources, english: Voice) -> None:
    nobody = tuple(offer.model_copy(update={"customers": 0}) for offer in sources.plan.offers)
    assert show_offers(sources.plan.model_copy(update={"offers": nobody}), english) is None
    nothing = sources.plan.threshold.model_copy(update={"curve": (), "suggested": None})
    assert show_threshold(nothing, english) is None


def test_too_few_customers_are_said_in_words(sources: Sources, report: Report, voice: Voice) -> None:
    few = [segment for segment in sources.segments.segments if segment.too_few]
    assert len(few) == 1 and few[0].support < sources.segments.minimum_support
    article = report.html.split(f'id="segment-{few[0].key}"')[1].split("</article>")[0]
    assert voice.count(few[0].support, "customer") in article
    assert not re.search("<dl|<table|<details", article)
    risk = show_risk(sources.segments.segments, sources.segments.population, voice)
    assert risk is not None
    told = [set(row[3:]) for row in risk.table.rows]
    assert told.count({voice.say("common.too_few")}) == 1


def test_a_found_segment_is_marked(sources: Sources, report: Report, voice: Voice) -> None:
    found = [segment.key for segment in sources.segments.segments if segment.origin == "found"]
    marked = re.findall(r'id="segment-(\w+)-title">[^<]* <span class="mark">', report.html)
    assert marked == found != []
    risk = show_risk(sources.segments.segments, sources.segments.population, voice)
    assert risk is not None and risk.chart.spec.count('"label":"◆') > 0


def test_overlap_is_a_share_of_the_row(sources: Sources, english: Voice, small_run: Any) -> None:
    members = pd.read_parquet(small_run.membership).drop(columns="customer_id").astype(int)
    figure = show_overlap(sources.segments.segments, sources.segments.overlap, english)
    assert figure is not None
    cells = values_of(figure)
    names = [segment.key for segment in sources.segments.segments]
    both = members.T @ members
    for cell in cells:
        row, column = (names[int(cell[side].split(".")[0]) - 1] for side in ("row", "column"))
        assert cell["value"] == pytest.approx(both.loc[row, column] / both.loc[row, row])


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.01, 0.05, "better"), (-0.05, -0.01, "worse"), (-0.01, 0.05, "unclear")]
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, verdict: str) -> None:
    assert judge_difference(Estimate(value=0.0, low=low, high=high)) == verdict


def test_a_study_that_gives_no_probability_has_no_brier_score(sources: Sources, english: Voice) -> None:
    told = {row[0]: row[-1] for row in show_comparison(sources.evaluation, True, english).table.rows}
    silent = [name for name, brier in told.items() if brier == "gives no probability"]
    assert [name for name in silent if "SVC" in name or "linear regression" in name] == silent != []


def test_families_come_best_first(english: Voice) -> None:
    trials = pd.DataFrame(
        {
            "state": ["complete", "complete", "pruned"],
            "model": ["tree", "my_own", "tree"],
            "roc_auc": [0.8, 0.9, None],
        }
    )
    rows = [list(row) for row in tabulate_families(trials, english).rows]
    assert rows == [["my_own", "1", "1", "0.9000"], ["decision tree", "2", "1", "0.8000"]]


def test_it_is_said_what_was_done_about_outliers(sources: Sources, english: Voice, small_run: Any) -> None:
    said = tell_outliers(sources.exploration.columns, count_excluded(sources.quality, "outlier"), english)
    counted = [
        name for name, c in list_numeric(sources.exploration.columns).items() if c.outliers.low_fence is not None
    ]
    numbers = pd.read_parquet(small_run.customers)[counted]
    low, high = numbers.quantile(0.25), numbers.quantile(0.75)
    outside = ((numbers < low - 1.5 * (high - low)) | (numbers > high + 1.5 * (high - low))).sum()
    assert f": {outside.max()}." in said
    assert "1\u00a0customer," in said
