"""What the page says about found segments, and about what the shop can act on."""

from typing import Any

from retention.reporting.figures.found import tabulate_search, tell_search, tell_stability
from retention.reporting.figures.reasons import tabulate_drivers, tell_actionable, tell_reasons
from retention.reporting.figures.segments import show_risk
from retention.reporting.language.voice import Voice


def test_the_search_is_told(segments: dict[str, Any], english: Voice) -> None:
    found = segments["found"]
    assert tell_search(found, english)[-1].endswith("looked at closely: 1, stable ones: 1.")
    assert tabulate_search(found, english).rows == [  # type: ignore[union-attr]
        ["Pages a visit < 8", "stable", "95%", "80%", "2.3 (2.3 to 2.3)", "70.0% (68.0% to 72.0%)"]
    ]


def test_it_says_so_when_nothing_is_stable(segments: dict[str, Any], voice: Voice) -> None:
    found = segments["found"]
    found["rules"][0] |= {"kept": False, "share": 0.4}
    told = tell_search(found, voice)[-1]
    assert voice.percent(0.4, 0) in told and ("No stable" in told or "Устойчивых сегментов не найдено" in told)
    found["rules"].clear()
    assert len(tell_search(found, voice)) == 1 and tabulate_search(found, voice) is None


def test_a_found_segment_is_marked_with_its_stability(
    segments: dict[str, Any], stability: dict[str, Any], voice: Voice
) -> None:
    segments["segments"][0]["stability"] = stability
    figure = show_risk(segments["segments"], segments["population"], voice)
    assert figure is not None and "◆" in str(figure.chart.spec)
    assert voice.percent(0.95, 0) in tell_stability(stability, voice)
    stability["test"] = {"support": 5, "decline_rate": None}
    assert voice.percent(0.7) not in tell_stability(stability, voice)


def test_reasons_are_split_into_what_the_shop_can_act_on(segments: dict[str, Any], english: Voice) -> None:
    segment, actionable = segments["segments"][0], segments["actionable"]
    segment["reasons"].append({"column": "favourite_category", "customers": 20, "share": 0.2})
    act, given = tell_reasons(segment, actionable, english)
    assert "the shop can act on: “Pages a visit” (100%)" in act
    assert "not in the shop’s hands: “Favourite category” (20%)" in given
    assert [row[3] for row in tabulate_drivers(segment, actionable, english).rows] == ["yes", "no"]


def test_the_whole_contribution_is_split(explanation: dict[str, Any], segments: dict[str, Any], english: Voice) -> None:
    said = tell_actionable(explanation["importance"], segments["actionable"], english)
    assert said[0].startswith("What the shop can act on (70% of") and "“Favourite category”" in said[1]
