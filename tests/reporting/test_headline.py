"""The manager's summary where a shop has something special about it; `test_totals` recomputes its figures."""

from dataclasses import replace

import pytest

from retention.reporting.headline import Headline, summarise_headline
from retention.reporting.language.voice import Voice
from retention.reporting.narrative import show_cards, tell
from retention.reporting.sources import Sources


@pytest.fixture
def headline(sources: Sources) -> Headline:
    return summarise_headline(sources)


def say(headline: Headline, voice: Voice) -> dict[str, str]:
    return {part.key: " ".join(part.sentences) for part in tell(headline, voice)}


def test_a_segment_with_too_few_customers_is_not_the_riskiest(sources: Sources, headline: Headline) -> None:
    riskiest = max(sources.segments.segments, key=lambda segment: segment.profit_at_risk or 0.0)
    assert headline.riskiest is not None and headline.riskiest.name == riskiest.name
    hidden = riskiest.model_copy(update={"too_few": True, "profit_at_risk": None})
    segments = sources.segments.model_copy(update={"segments": (hidden,)})
    assert summarise_headline(replace(sources, segments=segments)).riskiest is None


def test_a_rule_that_breaks_the_budget_is_not_compared_with(sources: Sources, headline: Headline) -> None:
    best = max(sources.plan.baselines, key=lambda rule: rule.expected_net_profit)
    assert best.over_budget
    assert headline.best_rule is not None and headline.best_rule.name != best.name


def test_what_is_not_known_is_said(headline: Headline, english: Voice) -> None:
    said = say(headline, english)["trust"]
    assert "Still assumed: the offers’ effects" in said
    assert "do not say when the decline was observed" in said
    assert "One campaign is not enough" in said


def test_an_empty_plan_is_said_in_words(headline: Headline, english: Voice) -> None:
    said = say(replace(headline, contacts=0, spent=0.0, net_profit=0.0, top_offer=None), english)
    assert "contacts nobody" in said["propose"]
    assert "brings" not in said


def test_no_limit_on_the_budget_is_said_in_words(headline: Headline, english: Voice) -> None:
    assert "no limit" in say(replace(headline, budget=None), english)["brings"]


def test_measured_effects_are_not_called_assumed(headline: Headline, english: Voice) -> None:
    measured = replace(headline, measured=True, assumed=("costs",))
    said = say(measured, english)["trust"]
    assert "effects were measured" in said
    assert "assumed: what the offers cost." in said
    assert [card.note for card in show_cards(measured, english)][-1].startswith("effects measured")
