"""Figures and tables against the artifacts that they are drawn from."""

import json
import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.estimate import Estimate
from retention.paths import Paths
from retention.reporting.chapters.campaign import list_facts, tabulate_rules, tabulate_sensitivity
from retention.reporting.chapters.columns import list_numeric, tabulate_columns, tell_outliers
from retention.reporting.chapters.customers import prepare_customers
from retention.reporting.chapters.data import _write_numbers, count_excluded
from retention.reporting.chapters.model import tabulate_comparison, tell_comparison
from retention.reporting.chapters.search import tabulate_families
from retention.reporting.chapters.segments import tabulate_segments, tell_drivers, tell_overlap
from retention.reporting.chapters.why import tell_leading
from retention.reporting.charts.figure import Figure
from retention.reporting.charts.inline import Mark
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
    assert len(figures) > 8
    for figure in figures:
        assert figure.chart.x or figure.chart.y, figure.key
        assert figure.chart.y or not figure.key.startswith("shape-"), figure.key
        assert figure.title and figure.description
        assert figure.table.rows, figure.key
        assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}, figure.key
        assert values_of(figure), figure.key
        assert '"url"' not in figure.chart.spec


def test_the_profit_is_drawn_at_each_threshold_with_its_interval(sources: Sources, figures: Sequence[Figure]) -> None:
    (figure,) = [figure for figure in figures if figure.key == "threshold"]
    drawn = {row["x"]: (row["low"], row["y"], row["high"]) for row in values_of(figure)}
    assert sources.plan.threshold is not None
    curve = sources.plan.threshold.curve
    assert drawn == {at.threshold: (at.profit.low, at.profit.value, at.profit.high) for at in curve}
    assert [row[0] for row in figure.table.rows] in (
        ["0.00", "0.20", "0.40", "0.60", "0.80", "1.00"],
        ["0,00", "0,20", "0,40", "0,60", "0,80", "1,00"],
    )


def test_a_mark_is_grey_where_its_interval_crosses() -> None:
    low, high = Estimate(value=0.2, low=0.1, high=0.3), Estimate(value=0.6, low=0.5, high=0.7)
    assert [Mark.of(one, 0.4).colour for one in (low, high)] == ["kept", "declined"]
    assert Mark.of(high, 0.55).colour == "neutral"


def test_a_row_draws_the_shares_of_both_classes(sources: Sources, english: Voice) -> None:
    found = sources.exploration
    table = tabulate_columns(found.columns, found.leaks, english)
    (drawn,) = table.drawn.values()
    numeric = [cell for cell in drawn if 'class="declined"' in cell]
    assert len(numeric) == len(list_numeric(found.columns)) > 10
    assert len(table.rows) == len(drawn)


def test_a_customer_is_told_as_the_files_have_it(sources: Sources, english: Voice, small_run: Paths) -> None:
    everyone = prepare_customers(sources, 10_000, english)
    planned = pd.read_parquet(small_run.planned).set_index("customer_id")
    probability = pd.read_parquet(small_run.probabilities).set_index("customer_id")["decline_probability"]
    given = pd.read_parquet(small_run.attributions).set_index("customer_id")
    assert {row.id for row in everyone.rows} == {str(one) for one in probability.index} and everyone.left_out == 0
    for row in everyone.rows[::37]:
        one = int(row.id)
        assert row.risk == english.percent(probability[one])
        arm = planned["arm"].get(one, "outside")
        assert everyone.lists[row.list] == {"contacted": "contact", "held": "control group"}.get(arm, "not in the plan")
        *parts, step = row.parts
        assert sum(part or 0 for part in parts) == round(1000 * given.loc[one, "output"])
        assert step is not None
        total = (sum(part or 0 for part in parts) + step) / 1000
        assert 1 / (1 + np.exp(-total)) == pytest.approx(probability[one], abs=2e-4)
    held = prepare_customers(sources, len(planned), english)
    assert {row.id for row in held.rows} == {str(one) for one in planned.index}
    assert held.left_out == len(probability) - len(planned)


def test_the_plan_is_compared_over_the_customers_on_its_list(sources: Sources, english: Voice) -> None:
    table = tabulate_rules(sources.plan, english)
    assert list(table.rows[0][:2]) == ["This plan", str(sources.plan.contacts)]
    told = [one.name.en + " (breaks the conditions)" * one.over_budget for one in sources.plan.baselines]
    assert [row[0] for row in table.rows[1:]] == told and sources.plan.baselines[0].over_budget


def test_sensitivity_is_told_in_order_with_the_plan_between(sources: Sources, english: Voice) -> None:
    rows = tabulate_sensitivity(sources.plan, english).rows
    assert [row[0] for row in rows] == ["× 0.5", "× 1.0", "× 2.0"]
    assert rows[1][1] == rows[1][2] == english.measure(sources.plan.expected_net_profit)


def test_too_few_customers_are_said_in_words(sources: Sources, report: Report, voice: Voice) -> None:
    few = [segment for segment in sources.segments.segments if segment.too_few]
    assert len(few) == 1 and few[0].support < sources.segments.minimum_support
    fold = report.html.split(f'id="segment-{few[0].key}"')[1].split("</details>")[0]
    assert voice.count(few[0].support, "customer") in fold
    assert not re.search("<dl|<table", fold)
    table = tabulate_segments(sources.segments.segments, sources.segments.population, voice)
    assert [row[2] for row in table.rows].count(voice.say("common.too_few")) == 1


def test_a_found_segment_is_marked(sources: Sources, report: Report) -> None:
    found = [segment.key for segment in sources.segments.segments if segment.origin == "found"]
    marked = re.findall(r'id="segment-(\w+)"><summary><strong>[^<]*</strong> <span class="mark">', report.html)
    assert marked == found != []


def test_a_comparison_by_definition_is_called_circular(sources: Sources, report: Report, voice: Voice) -> None:
    said = voice.say("segments.circular")
    for segment in sources.segments.segments:
        fold = report.html.split(f'id="segment-{segment.key}"')[1].split("</details>")[0]
        by_risk = any(rule.column == "decline_probability" for rule in sources.rules.segments.get(segment.key, ()))
        assert (said in fold) == (by_risk and voice.say("segments.differs") in fold), segment.key


def test_a_segment_says_its_drivers_and_whom_it_shares(
    sources: Sources, report: Report, voice: Voice, small_run: Paths
) -> None:
    members, segments = pd.read_parquet(small_run.membership).drop(columns="customer_id"), sources.segments.segments
    places = [segment.key for segment in segments]
    for segment in (one for one in segments if not one.too_few):
        fold = unescape(report.html.split(f'id="segment-{segment.key}"')[1].split("</details>")[0])
        first, second = (voice.quote(voice.column(name)) for name in segment.drivers[:2])
        assert voice.say("segments.drivers", drivers=f"{first}, {second}") in fold
        others = members[members[segment.key]].drop(columns=segment.key).sum()
        assert segment.overlap == {key: count for key, count in others.items() if count}
        count, number = others.max(), places.index(others.idxmax()) + 1
        said = voice.say("segments.overlap", number=number, count=count, share=count / segment.support)
        assert (said in fold) == (count > 0), segment.key
    alone = segments[0].model_copy(update={"overlap": {}, "drivers": ()})
    assert tell_overlap(alone, segments, voice) == tell_drivers(alone, voice) == ""


def test_a_study_that_gives_no_probability_has_no_brier_score(sources: Sources, english: Voice) -> None:
    told = {row[0]: row[-1] for row in tabulate_comparison(sources.evaluation, True, english).rows}
    silent = [name for name, brier in told.items() if brier == "gives no probability"]
    assert [name for name in silent if "SVC" in name or "linear regression" in name] == silent != []


def test_recipes_that_learnt_from_a_sample_are_told(sources: Sources, english: Voice) -> None:
    plain = tell_comparison(sources.evaluation, english)
    sampled = sources.evaluation.model_copy(update={"recipes_fitted_on": 10_000})
    said = "The recipes were fitted on 10,000 training rows, whole customers drawn at random; the model on all of them."
    assert tell_comparison(sampled, english) == f"{plain} {said}"


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
    counted = [name for name, c in list_numeric(sources.exploration.columns).items() if c.outliers is not None]
    numbers = pd.read_parquet(small_run.customers)[counted]
    low, high = numbers.quantile(0.25), numbers.quantile(0.75)
    outside = ((numbers < low - 1.5 * (high - low)) | (numbers > high + 1.5 * (high - low))).sum()
    assert f": {outside.max()}." in said
    assert "(1\u00a0customer);" in said


def test_a_card_says_whom_its_offer_fits(sources: Sources, english: Voice) -> None:
    named = english.say("campaign.fact.whom")
    whom = {offer.key: dict(list_facts(offer, sources, english))[named] for offer in sources.plan.offers}
    usual = f"{sources.rules.offers['stay_longer'].where[0].bound:g}"
    assert whom["stay_longer"] == f"everyone where pages a visit ≤\N{NO-BREAK SPACE}{usual}"
    assert whom["loyalty_discount"].endswith("; share of purchases on promotion <\N{NO-BREAK SPACE}50%")


def test_a_customer_who_counts_several_times_is_said_to(report: Report, sources: Sources, voice: Voice) -> None:
    assert (voice.say("analyst.months") in report.html) == (len(sources.periods.learnt) > 1)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1234 rows of 20000", "1,234 rows of 20,000"),
        ("above 2500.5.", "above 2,500.5."),
        ('clients-2026-05.csv: the period "2026-03" is read as "1234"', None),
        ("the value 0015 stands in all cells of money2.csv", None),
    ],
)
def test_only_numbers_are_written_as_numbers(english: Voice, written: str, shown: str | None) -> None:
    assert _write_numbers(written, english) == (shown or written)


def test_the_order_of_the_columns_is_called_steady_only_where_it_is(sources: Sources, english: Voice) -> None:
    found = sources.explanation
    loose = found.model_copy(update={"agreement": 0.12, "refits": 5})
    one = found.model_copy(update={"importance": found.importance[:1]})
    assert "the order changes: rank correlation no more than 0.12" in tell_leading(loose, english)
    assert "the order stays" in tell_leading(loose.model_copy(update={"agreement": 0.9}), english)
    assert "One column is tied" in tell_leading(one, english)
