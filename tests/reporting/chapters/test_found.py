"""What the page says about found segments, and about what the shop can act on."""

from retention.reporting.chapters.drivers import tell_actionable
from retention.reporting.chapters.segment import tabulate_drivers, tell_reasons
from retention.reporting.chapters.segments import tabulate_search, tell_search, tell_stability
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources


def test_it_says_how_many_are_stable(sources: Sources, english: Voice) -> None:
    found = sources.segments.found
    assert tell_search(found, english)[-1].endswith("looked at closely: 3, stable ones: 2.")
    poor = tuple(rule.model_copy(update={"kept": False, "share": 0.4}) for rule in found.rules)
    said = tell_search(found.model_copy(update={"rules": poor}), english)[-1]
    assert "No stable" in said and "40%" in said
    nothing = found.model_copy(update={"rules": ()})
    assert len(tell_search(nothing, english)) == 1 and tabulate_search(nothing, english) is None


def test_a_rate_of_too_few_is_not_told(sources: Sources, voice: Voice) -> None:
    rule = sources.segments.found.rules[0]
    unchecked = rule.model_copy(update={"test": rule.test.model_copy(update={"support": 5, "decline_rate": None})})
    table = tabulate_search(sources.segments.found.model_copy(update={"rules": (unchecked,)}), voice)
    assert table is not None and table.rows[0][-1] == voice.say("common.too_few")
    assert tell_stability(unchecked, voice).endswith(voice.say("found.unchecked", customers=voice.count(5, "customer")))


def test_reasons_are_split_into_what_the_shop_can_act_on(sources: Sources, english: Voice) -> None:
    segment = sources.segments.segments[0]
    pages, category = (
        segment.reasons[0].model_copy(update={"column": column, "share": share})
        for column, share in (("pages_per_visit", 1.0), ("favourite_category", 0.2))
    )
    actionable = {"pages_per_visit": True}
    act, given = tell_reasons(segment.model_copy(update={"reasons": (pages, category)}), actionable, english)
    assert "the shop can act on: “Pages a visit” (100%)" in act
    assert "not in the shop’s hands: “Favourite category” (20%)" in given
    drivers = tuple(segment.drivers[0].model_copy(update={"column": item.column}) for item in (pages, category))
    table = tabulate_drivers(segment.model_copy(update={"drivers": drivers}), actionable, english)
    assert [row[3] for row in table.rows] == ["yes", "no"]


def test_the_whole_contribution_is_split(sources: Sources, english: Voice) -> None:
    one, other = (
        sources.explanation.importance[0].model_copy(update={"column": column, "share": share})
        for column, share in (("pages_per_visit", 0.7), ("favourite_category", 0.3))
    )
    said = tell_actionable((one, other), {"pages_per_visit": True}, english)
    assert said[0].startswith("What the shop can act on (70% of") and "“Favourite category”" in said[1]
