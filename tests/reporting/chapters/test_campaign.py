"""What the page promises of a campaign, in every state of the plan."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from retention.audience.plan.summary import PlanSummary
from retention.reporting.chapters.campaign import tell_bound, tell_dates, tell_unsent
from retention.reporting.chapters.decision import show_budget, tell_approval, tell_doubts, tell_risk
from retention.reporting.chapters.trust import judge_trust, tabulate_trust, tell_why
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report
from retention.reporting.sources import Sources

Change = Callable[..., Sources]


@pytest.fixture
def change(sources: Sources) -> Change:
    """Return the sources with another plan: what its control group can show, or fields of its own."""

    def make(power: float = 0.1, campaigns: int | None = 19, detectable: float | None = 0.5, **plan: object) -> Sources:
        design = sources.plan.holdout.design.model_copy(update={"power": power, "campaigns": campaigns})
        effects = {"planned_effect": 0.2, "detectable_effect": detectable, "customers": 0 if detectable is None else 15}
        holdout = sources.plan.holdout.model_copy(update={"design": design, **effects})
        return replace(sources, plan=sources.plan.model_copy(update={"holdout": holdout, **plan}))

    return make


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, "with a probability of 10%; about 19 of them are needed for an answer"),
        ({"campaigns": None}, "many of them together give no answer"),
        ({"power": 0.8, "campaigns": 1}, "Such a campaign shows whether the offers help"),
        ({"detectable": None}, "There is no control group"),
        ({"launched": True}, "Left without an offer, for comparison: 15"),
    ],
)
def test_the_approval_promises_no_more_than_the_control_group_can_show(
    change: Change, english: Voice, state: dict[str, object], said: str
) -> None:
    made = change(**state)
    assert said in tell_approval(made, english)
    assert ("for comparison" in tell_approval(made, english)) == (made.plan.holdout.customers > 0)
    if "launched" not in state:
        assert any(said in row[2] for row in tabulate_trust(made, 0.8, english).rows)


def test_the_approval_names_the_offer_that_brings_most_and_its_card_is_the_first(
    sources: Sources, report: Report, voice: Voice
) -> None:
    sent = sorted((one for one in sources.plan.offers if one.customers), key=lambda one: -one.expected_value)
    assert voice.pick(sent[0].name) in tell_approval(sources, voice)
    assert re.findall(r'<article id="offer-(\w+)"', report.html) == [one.key for one in sent]


def test_all_that_is_trusted_little_is_a_doubt(sources: Sources, voice: Voice) -> None:
    low = [one for one in judge_trust(sources) if one.grade == "low" and one.what != "effects"]
    assert {one.what for one in low} >= {"known"}
    for one in low:
        assert tell_why(one, sources, voice) in tell_doubts(sources, voice)


def test_what_is_known_already_is_no_forecast(sources: Sources, english: Voice) -> None:
    assert tell_risk(sources, english).startswith("By the model’s estimate, activity drops for ")
    dated = replace(sources, periods=sources.periods.model_copy(update={"acted_on": "2026-09"}))
    assert tell_risk(dated, english).startswith("Activity is expected to drop for ")


def give_nobody(plan: PlanSummary, **more: object) -> PlanSummary:
    """Return the plan with its first offer given to nobody."""
    first, *others = plan.offers
    return plan.model_copy(
        update={"offers": (first.model_copy(update={"customers": 0, "too_few": False, **more}), *others)}
    )


def test_an_offer_that_nobody_gets_has_its_reason(sources: Sources, english: Voice) -> None:
    plan, name = sources.plan, english.pick(sources.plan.offers[0].name)
    free = plan.model_copy(update={"prices": ()})
    binding = [one.model_copy(update={"price": "0.5"}) for one in plan.prices if one.limit == "budget"]
    short = plan.model_copy(update={"prices": tuple(binding)})
    for made, said in (
        (give_nobody(free), "does not pay"),
        (give_nobody(short), "the budget is worth more with others"),
        (give_nobody(plan, eligible=0), "Suits nobody"),
        (give_nobody(plan, too_few=True), "Not sent"),
    ):
        assert [one for one in tell_unsent(made, english) if name in one and said in one]
    assert tell_unsent(give_nobody(plan).model_copy(update={"launched": True}), english) == []


@pytest.mark.parametrize("few", [True, False])
def test_the_bound_says_what_size_offers_have(sources: Sources, english: Voice, few: bool) -> None:
    offers = tuple(one.model_copy(update={"too_few": few}) for one in sources.plan.offers)
    prices = tuple(one.model_copy(update={"price": one.price.strip("-")}) for one in sources.plan.prices)
    said = tell_bound(sources.plan.model_copy(update={"offers": offers, "prices": prices}), english)
    assert ("customers at least, or to nobody" in said) == few and "With these offers and limits" in said


@pytest.mark.parametrize(("times", "said"), [(1.1, "much more does"), (1.0, "A larger budget adds nothing")])
def test_a_budget_that_brings_more_is_not_denied(sources: Sources, english: Voice, times: float, said: str) -> None:
    plan, what_if = sources.plan.model_copy(update={"marginal_value_of_budget": 0.0}), sources.what_if.copy()
    what_if.loc[1:, "net_profit"] = what_if.loc[0, "net_profit"] * times
    figure = show_budget(replace(sources, plan=plan, what_if=what_if), english)
    assert figure is not None and said in figure.description


def test_launch_rest_and_reading_have_their_months(change: Change, english: Voice) -> None:
    plan = change().plan
    design = plan.holdout.design.model_copy(update={"reading": "2027-03"})
    dated = plan.model_copy(update={"holdout": plan.holdout.model_copy(update={"design": design})})
    start, reading = tell_dates(dated, "2026-12", english)
    assert start.startswith("Launch: January 2027,") and "with the exports of March 2027. Until then" in reading
    assert tell_dates(dated.model_copy(update={"launched": True}), "2026-12", english) == [reading]
    alone = change(detectable=None).plan
    assert tell_dates(alone, "2026-12", english) == [start]
    assert tell_dates(alone.model_copy(update={"contacts": 0}), "2026-12", english) == []
