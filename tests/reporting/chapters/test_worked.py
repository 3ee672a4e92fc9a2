"""The chapter on campaigns says what ``campaigns.json`` and ``effects.json`` say."""

from dataclasses import replace
from typing import Any

import pytest

from retention.campaigns.effects import Effects, InformativeArm
from retention.campaigns.summary import Campaigns, Soundness
from retention.reporting.chapters import worked
from retention.reporting.language.voice import Voice
from retention.reporting.report import write_report
from retention.reporting.sources import Sources
from retention.settings import Settings

PROMISE = {"avoided": 12.4, "net_profit": 30.0}
SOUND = {
    "sample_ratio": 0.4, "gone_contacted": 3, "gone_held": 1, "attrition": 0.9, "reached": 150, "redeemed": 33,
    "contaminated": 2, "unknown": 4, "alarms": ["contamination"],
}  # fmt: skip
AVOIDED, NET = {"value": 9.1, "low": 2.2, "high": 16.0}, {"value": -4.0, "low": -20.0, "high": 12.0}
POOLED = {
    "contacted": 180, "held": 20, "cost": 25.5, "promise": PROMISE,
    "avoided": {"value": 0.05, "low": 0.01, "high": 0.09}, "avoided_customers": AVOIDED, "relative": None,
    "net_profit": NET, "p_value": 0.01, "method": "regression", "observation": {"value": 0.11, "error": 0.05},
}  # fmt: skip


def measured(month: str, reading: str, **more: Any) -> dict[str, Any]:
    plain = {
        "campaign": month, "month": month, "reading": reading, "readable": False, "contacted": 181, "held": 20,
        "spent": 25.5, "promise": PROMISE, "soundness": None, "pooled": None, "offers": {},
    }  # fmt: skip
    return plain | more


@pytest.fixture
def told(sources: Sources) -> Sources:
    """The report's sources as if one campaign could be read and another were waited for."""
    first = measured("2026-03", "2026-06", readable=True, pooled=POOLED, soundness=SOUND)
    balance = {
        "campaigns": 1, "contacted": 180, "spent": 25.5, "promise": PROMISE, "avoided_customers": AVOIDED,
        "net_profit": NET,
    }  # fmt: skip
    known = Campaigns.model_validate(
        {"campaigns": [first, measured("2026-06", "2026-09")], "balance": balance, "left_this_year": None}
    )
    key = sources.plan.offers[0].key
    learnt = {
        "estimate": {"value": -0.034, "low": -0.08, "high": 0.02}, "campaigns": 1, "contacted": 90, "held": 10,
        "weight": 0.4, "status": "partly_measured", "pays": 0.125, "verdict": "stop",
    }  # fmt: skip
    offers = sources.effects.model_dump()["offers"]
    effects = Effects.model_validate({"offers": offers | {key: offers[key] | learnt}})
    return replace(sources, campaigns=known, effects=effects, resting=frozenset(map(str, range(201))))


def test_the_chapter_is_on_the_page(told: Sources, sources: Sources, voice: Voice, settings: Settings) -> None:
    page, tables = write_report(told, voice, settings.report).html, write_report(told, voice, settings.report).tables
    assert {"campaigns", "campaign_effects"} <= set(tables)
    assert voice.say("worked.none") not in page
    without = write_report(sources, voice, settings.report)
    assert voice.say("worked.none") in without.html
    assert "campaigns" not in without.tables


def test_promised_stands_beside_happened(told: Sources, english: Voice, settings: Settings) -> None:
    table = worked.tabulate_campaigns(told.campaigns.campaigns, english)
    assert [list(row) for row in table.rows] == [
        ["March 2026", "181 / 20", "25.5", "12.4", "+9 (+2\u00a0to\u00a0+16)", "30.0", "−4 (−20\u00a0to\u00a0+12)"],
        ["June 2026", "181 / 20", "25.5", "12.4", "September 2026", "30.0", english.missing()],
    ]
    assert len(table.head) == 7
    assert told.campaigns.balance is not None
    said = worked.tell_balance(told.campaigns.balance, english)
    assert "+9 (+2\u00a0to\u00a0+16)" in said[1] and said[1].startswith("They worked")
    assert said[2].endswith("cannot be told yet.")
    (waiting, resting) = worked.tell_waiting(told.campaigns.campaigns, len(told.resting), english)
    assert "September 2026" in waiting and "201" in resting
    page = write_report(told, english, settings.report).html
    assert page.count("control group were contacted") == 1 == page.count("150 of 181 were reached and 33 took")
    assert page.count("4\xa0customers whom") == 1
    assert page.count("the outcome is known of 180 of 181 contacted and of 20 of 20 left alone") == 1


def test_when_they_were_reached_follows_the_take_up(told: Sources, english: Voice, russian: Voice) -> None:
    one = told.campaigns.campaigns[0]
    assert worked.tell_reached(one, english) == [english.say("worked.reached", one)]
    days = {"customers": 140, "first": "2026-04-03", "median": "2026-04-07", "last": "2026-05-12", "late": 14}

    def tell(voice: Voice, **more: Any) -> str:
        sound = {"soundness": Soundness.model_validate(SOUND | {"reached_on": days | more})}
        return " ".join(worked.tell_reached(one.model_copy(update=sound), voice)[1:]).replace("\xa0", " ")

    assert tell(english) == (
        "The day is known of 140 customers: April 3, 2026 to May 12, 2026, half of them by April 7, 2026. "
        "After April 2026, 14 were reached: they had less time until the result, which makes the effect look smaller."
    )
    once = {"median": "2026-04-03", "last": "2026-04-03", "late": 0}
    assert tell(english, **once) == "The day is known of 140 customers: April 3, 2026."
    assert tell(russian, **once) == "День известен у 140 клиентов: 3 апреля 2026\u202fг."


def test_what_is_known_of_an_offer_stands_beside_what_was_assumed(told: Sources, english: Voice) -> None:
    key = told.plan.offers[0].key
    known = told.effects.offers[key]
    assumed, trial = known.assumed, InformativeArm(customers=240, price=12.5)
    effects = Effects(offers={**told.effects.offers, key: known.model_copy(update={"trial": trial})})
    first, *others = worked.tabulate_effects(effects, told.plan.offers, english).rows
    assert list(first[1:]) == [
        english.percent(assumed), "−3.4% (−8.0\u00a0to\u00a02.0%)", "90 / 10", "40%", "12%", "stop",
        "240\u00a0customers; 12.5\u00a0profit units",
    ]  # fmt: skip
    assert {cell for row in others for cell in row[6:]} == {english.missing()}
