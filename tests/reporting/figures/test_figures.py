"""Figures against the artifacts that they are drawn from."""

from typing import Any

import pandas as pd
import pytest

from retention.reporting.chapter import write_chapter
from retention.reporting.charts.figure import Figure
from retention.reporting.figures.model import judge_difference, show_calibration, show_comparison, show_roc
from retention.reporting.figures.plan import show_offers, show_rules, show_threshold, tabulate_sensitivity
from retention.reporting.figures.quality import count_excluded
from retention.reporting.figures.search import show_trials, tabulate_families
from retention.reporting.figures.segments import describe_segment, show_overlap, show_profit, show_risk
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.reporting.trust import find_leaks


def values_of(figure: Figure) -> list[dict[str, Any]]:
    found = (
        [row for rows in figure.chart.spec["datasets"].values() for row in rows]
        if "datasets" in figure.chart.spec
        else []
    )
    layers = [figure.chart.spec, *figure.chart.spec.get("layer", [])]
    return found + [row for layer in layers for row in layer.get("data", {}).get("values", [])]


@pytest.fixture
def figures(sources: Sources, voice: Voice, features: tuple[str, ...]) -> list[Figure]:
    chapter = write_chapter(sources.exploration, find_leaks(sources.exploration["leaks"], features), voice)
    found = sources.segments["segments"]
    shown = [
        chapter.leaks,
        chapter.effects,
        *(item.figure for item in chapter.histograms),
        *chapter.categories,
        chapter.growth,
        chapter.months,
        chapter.phik,
        show_offers(sources.plan, voice),
        show_rules(sources.plan, voice),
        show_threshold(sources.plan["threshold"], voice),
        show_risk(found, sources.segments["population"], voice),
        show_profit(found, voice),
        show_overlap(found, sources.segments["overlap"], voice),
        show_comparison(sources.metrics, voice),
        show_roc(sources.curves["roc"], voice),
        show_calibration(sources.curves["calibration"], 0.05, voice),
        show_trials(sources.trials, voice),
    ]
    return [figure for figure in shown if figure is not None]


def test_every_axis_is_named(figures: list[Figure]) -> None:
    for figure in figures:
        named = figure.chart.x or figure.chart.y or figure.chart.key
        assert named, figure.key


def test_every_figure_has_words_and_a_table(figures: list[Figure]) -> None:
    for figure in figures:
        assert figure.title
        assert figure.description
        assert figure.table.rows, figure.key
        assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}, figure.key


def test_a_chart_carries_its_data_and_no_address(figures: list[Figure]) -> None:
    for figure in figures:
        assert values_of(figure), figure.key
        assert '"url"' not in str(figure.chart.spec)


def test_histograms_show_shares_of_each_class(sources: Sources, english: Voice, features: tuple[str, ...]) -> None:
    chapter = write_chapter(sources.exploration, find_leaks(sources.exploration["leaks"], features), english)
    for histogram in chapter.histograms:
        rows = values_of(histogram.figure)
        for series in {row["series"] for row in rows}:
            total = sum(row["share"] for row in rows if row["series"] == series)
            assert total <= 1.0 + 1e-9
            assert total >= 0.98


def test_the_plan_is_compared_before_the_control_group_is_taken(plan: dict[str, Any], english: Voice) -> None:
    table = show_rules(plan, english).table
    assert list(table.rows[0]) == ["This plan", "44", "10", "33.4"]
    assert table.rows[1][0] == "Everyone (over the limits)"


def test_sensitivity_is_told_in_order_with_the_plan_between(plan: dict[str, Any], english: Voice) -> None:
    rows = tabulate_sensitivity(plan, english).rows
    assert [row[0] for row in rows] == ["× 0.5", "× 1.0", "× 2.0"]
    assert rows[1][1] == rows[1][2] == "33.4"


def test_a_plan_without_offers_has_no_figure(plan: dict[str, Any], english: Voice) -> None:
    plan["offers"][0]["customers"] = 0
    assert show_offers(plan, english) is None
    assert show_threshold({"curve": [], "suggested": None}, english) is None


def test_too_few_customers_are_said_in_words(segments: dict[str, Any], plan: dict[str, Any], voice: Voice) -> None:
    small = segments["segments"][1]
    card = describe_segment(small, plan["segments"][1], {"discount": "Скидка"}, segments["actionable"], voice)
    assert card.too_few
    assert (list(card.facts), card.drivers, card.categories, card.differs) == ([], None, None, None)
    figure = show_risk(segments["segments"], segments["population"], voice)
    assert figure is not None
    assert set(figure.table.rows[1][3:]) == {voice.say("common.too_few")}


def test_a_category_with_too_few_customers_shows_no_revenue(
    segments: dict[str, Any], plan: dict[str, Any], voice: Voice
) -> None:
    card = describe_segment(
        segments["segments"][0], plan["segments"][0], {"discount": "x"}, segments["actionable"], voice
    )
    assert card.categories is not None
    assert set(card.categories.rows[0][3:]) == {voice.say("common.too_few")}


def test_overlap_is_a_share_of_the_row(segments: dict[str, Any], english: Voice) -> None:
    cells = {
        (row["row"][0], row["column"]): row["value"]
        for row in values_of(show_overlap(segments["segments"], segments["overlap"], english))
    }
    assert cells == {("1", "1"): 1.0, ("1", "2"): 0.07, ("2", "1"): 1.0, ("2", "2"): 1.0}


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.01, 0.05, "better"), (-0.05, -0.01, "worse"), (-0.01, 0.05, "unclear")]
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, verdict: str) -> None:
    assert judge_difference({"value": 0.0, "low": low, "high": high}) == verdict


def test_a_study_that_gives_no_probability_has_no_brier_score(metrics: dict[str, Any], english: Voice) -> None:
    del metrics["baselines"]["study_a"]["brier"]
    assert show_comparison(metrics, english).table.rows[1][-1] == "gives no probability"


def test_families_come_best_first(sources: Sources, english: Voice) -> None:
    rows = tabulate_families(sources.trials, english).rows
    assert [list(row) for row in rows] == [
        ["my_own", "1", "1", "0.9000"],
        ["decision tree", "2", "1", "0.8000"],
    ]


NUMBERS = (
    "pages_per_visit",
    "promo_share",
    "revenue_before_previous",
    "revenue_previous",
    "revenue_current",
    "monthly_profit",
)


def test_it_is_said_what_was_done_about_outliers(
    sources: Sources, english: Voice, features: tuple[str, ...], customers: pd.DataFrame
) -> None:
    leaks = find_leaks(sources.exploration["leaks"], features)
    said = write_chapter(sources.exploration, leaks, english, count_excluded(sources.quality, "outlier")).outliers
    numbers = customers.select_dtypes("float64")
    quartiles = numbers.quantile([0.25, 0.75])
    reach = 1.5 * (quartiles.loc[0.75] - quartiles.loc[0.25])
    outside = ((numbers < quartiles.loc[0.25] - reach) | (numbers > quartiles.loc[0.75] + reach)).sum()
    assert "1\u00a0customer," in said
    assert f": {outside.max()}." in said
    assert "No outliers remain" not in said
