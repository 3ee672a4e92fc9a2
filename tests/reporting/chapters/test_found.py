"""What the page says about found segments, and about what the shop can act on."""

from retention.reporting.chapters.segments import tabulate_search, tell_reasons, tell_search, tell_stability
from retention.reporting.chapters.why import tell_actionable
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources


def test_it_says_how_many_are_stable(sources: Sources, english: Voice) -> None:
    found = sources.segments.found
    assert tell_search(found, english)[-1].endswith("looked at closely: 3, stable ones: 2.")
    poor = tuple(rule.model_copy(update={"kept": False, "share": 0.4}) for rule in found.rules)
    said = tell_search(found.model_copy(update={"rules": poor}), english)[-1]
    assert "No stable" in said and "40%" in said
    nothing = found.model_copy(update={"rules": ()})
    assert len(tell_search(nothing, english)) == 1 and tabulate_search(nothing, english).rows == []


def test_a_rate_of_too_few_is_not_told(sources: Sources, voice: Voice) -> None:
    rule = sources.segments.found.rules[0]
    unchecked = rule.model_copy(update={"test": rule.test.model_copy(update={"support": 5, "decline_rate": None})})
    table = tabulate_search(sources.segments.found.model_copy(update={"rules": (unchecked,)}), voice)
    assert table.rows[0][-1] == voice.say("common.too_few")
    assert tell_stability(unchecked, voice).endswith(voice.say("found.unchecked", support=5))


def test_only_reasons_that_the_shop_can_act_on_are_told(sources: Sources, english: Voice) -> None:
    segment = sources.segments.segments[0]
    pages, category = (
        segment.reasons[0].model_copy(update={"column": column, "share": share})
        for column, share in (("pages_per_visit", 1.0), ("favourite_category", 0.2))
    )
    told = segment.model_copy(update={"reasons": (pages, category)})
    said = tell_reasons(told, {"pages_per_visit": True}, english)
    assert "To work on: “Pages a visit” (100%)." in said and "Favourite category" not in said
    assert tell_reasons(told, {}, english) == ""


def test_the_whole_contribution_is_split(sources: Sources, english: Voice) -> None:
    one, other = (
        sources.explanation.importance[0].model_copy(update={"column": column, "share": share})
        for column, share in (("pages_per_visit", 0.7), ("favourite_category", 0.3))
    )
    said = tell_actionable((one, other), {"pages_per_visit": True}, english)
    assert (
        said[0].startswith("What the shop works on itself (not proof that it helps) makes 70% of")
        and "“Favourite category”" in said[1]
    )
