"""The manager's summary where a shop has something special about it; `test_totals` recomputes its figures."""

from dataclasses import replace

from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.reporting.summary import show_cards, summarise_headline, tell


def say(sources: Sources, voice: Voice) -> dict[str, str]:
    return {part.key: " ".join(part.sentences) for part in tell(sources, voice)}


def with_plan(sources: Sources, **changed: object) -> Sources:
    return replace(sources, plan=sources.plan.model_copy(update=changed))


def test_a_segment_with_too_few_customers_is_not_the_riskiest(sources: Sources) -> None:
    riskiest = max(sources.segments.segments, key=lambda segment: segment.profit_at_risk or 0.0)
    assert summarise_headline(sources).riskiest == riskiest
    hidden = riskiest.model_copy(update={"too_few": True, "profit_at_risk": None})
    segments = sources.segments.model_copy(update={"segments": (hidden,)})
    assert summarise_headline(replace(sources, segments=segments)).riskiest is None


def test_a_rule_that_breaks_the_budget_is_not_compared_with(sources: Sources) -> None:
    best = max(sources.plan.baselines, key=lambda rule: rule.expected_net_profit)
    assert best.over_budget
    assert summarise_headline(sources).best_rule not in (None, best)


def test_what_is_not_known_is_said(sources: Sources, english: Voice) -> None:
    said = say(sources, english)["trust"]
    assert "Still assumed: the offers’ effects" in said
    assert "do not say when the decline was observed" in said
    assert "One campaign is not enough" in said


def test_an_empty_plan_is_said_in_words(sources: Sources, english: Voice) -> None:
    idle = tuple(offer.model_copy(update={"customers": 0}) for offer in sources.plan.offers)
    said = say(with_plan(sources, offers=idle, contacts=0), english)
    assert "contacts nobody" in said["propose"]
    assert "brings" not in said


def test_no_limit_on_the_budget_is_said_in_words(sources: Sources, english: Voice) -> None:
    assert "no limit" in say(with_plan(sources, budget=None), english)["brings"]


def test_measured_effects_are_not_called_assumed(sources: Sources, english: Voice) -> None:
    measured = with_plan(sources, effects="measured", assumed=("costs",))
    said = say(measured, english)["trust"]
    assert "effects were measured" in said
    assert "assumed: what the offers cost." in said
    assert [card.note for card in show_cards(measured, english)][-1].startswith("effects measured")
