"""The manager's figures against the artifacts, by hand."""

from dataclasses import replace
from typing import Any

import pytest

from retention.reporting.headline import summarise_headline
from retention.reporting.language.voice import Voice
from retention.reporting.narrative import show_cards, tell
from retention.reporting.sources import Sources


def test_every_figure_is_that_of_its_artifact(sources: Sources) -> None:
    found = summarise_headline(sources)
    assert found.customers == 240
    assert found.expected_declines == pytest.approx(240 * 0.5)
    assert found.profit_at_risk == 4.0 * 240
    assert (found.contacts, found.holdout) == (40, 4)
    assert (found.budget, found.spent, found.net_profit) == (10.0, 9.5, 30.25)
    assert found.planned_net_profit == 33.4
    assert (found.detectable_effect, found.planned_effect) == (0.3, 0.1)
    assert found.test_customers == 60
    assert not found.measured


def test_a_segment_with_too_few_customers_is_not_the_riskiest(sources: Sources) -> None:
    found = summarise_headline(sources).riskiest
    assert found is not None
    assert (found.customers, found.profit_at_risk) == (100, 400.0)


def test_a_rule_that_breaks_the_budget_is_not_compared_with(sources: Sources) -> None:
    rule = summarise_headline(sources).best_rule
    assert rule is not None
    assert (rule.name["en"], rule.net_profit) == ("Highest risk first", 28.0)


def test_the_story_tells_the_figures(sources: Sources, english: Voice) -> None:
    said = " ".join(sentence for part in tell(summarise_headline(sources), english) for sentence in part.sentences)
    for figure in ("about 120 of 240", "960 thousand roubles", "Contact 40 customers", "9.50 of a budget of 10"):
        assert figure.replace(" ", "") in said.replace("\u00a0", "").replace(" ", "")
    assert "still assumed" in said
    assert "do not say when the decline was observed" in said
    assert "One campaign is not enough" in said


def test_an_empty_plan_is_said_in_words(sources: Sources, plan: dict[str, Any], english: Voice) -> None:
    plan |= {"contacts": 0, "spent": 0.0, "expected_net_profit": 0.0}
    plan["offers"][0] |= {"customers": 0, "cost": 0.0, "expected_value": 0.0}
    headline = summarise_headline(replace(sources, plan=plan, offers=sources.offers[:0]))
    parts = {part.key: part.sentences for part in tell(headline, english)}
    assert "contacts nobody" in parts["propose"][0]
    assert "brings" not in parts


def test_no_limit_on_the_budget_is_said_in_words(sources: Sources, plan: dict[str, Any], english: Voice) -> None:
    headline = summarise_headline(replace(sources, plan=plan | {"budget": None}))
    said = {part.key: part.sentences for part in tell(headline, english)}["brings"][0]
    assert "no limit" in said


def test_measured_effects_are_not_called_assumed(sources: Sources, plan: dict[str, Any], english: Voice) -> None:
    headline = summarise_headline(replace(sources, plan=plan | {"effects": "measured"}))
    said = " ".join(sentence for part in tell(headline, english) for sentence in part.sentences)
    assert "assumed" not in said
    assert "assumed" not in " ".join(card.note for card in show_cards(headline, english))
