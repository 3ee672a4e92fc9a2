"""Segments that a search found: how stable they are, in words and as a table."""

from collections.abc import Mapping
from typing import Any

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

Found = Mapping[str, Any]


def tell_search(found: Found, voice: Voice) -> list[str]:
    """Say how many of the rules looked at are stable, and what stable means."""
    rules = found["rules"]
    kept = sum(rule["kept"] for rule in rules)
    searched = voice.count(found["searched"], "customer_of")
    if not rules:
        return [voice.say("found.nothing", searched=searched)]
    how = voice.say(
        "found.how",
        searched=searched,
        halves=voice.count(found["halves"], "half_in"),
        overlap=voice.percent(found["overlap"], 0),
        required=voice.percent(found["required"], 0),
    )
    if not kept:
        best = voice.percent(max(rule["share"] for rule in rules), 0)
        return [how, voice.say("found.none", looked=voice.number(len(rules)), best=best)]
    return [how, voice.say("found.some", looked=voice.number(len(rules)), kept=voice.number(kept))]


def tabulate_search(found: Found, voice: Voice) -> Table | None:
    """Tabulate the rules that were looked at closely, those turned down as well."""
    if not found["rules"]:
        return None
    names = ("rule", "verdict", "share", "overlap", "lift", "test")
    head = [voice.say(f"found.head.{name}") for name in names]
    rows = [
        [
            voice.pick(rule["name"]),
            voice.say("found.kept" if rule["kept"] else "found.turned_down"),
            voice.percent(rule["share"], 0),
            voice.percent(rule["overlap"], 0),
            _say_lift(rule, voice),
            _say_test(rule, voice),
        ]
        for rule in found["rules"]
    ]
    return Table(voice.say("found.table"), head, rows, frozenset({0, 1}))


def tell_stability(stability: Found, voice: Voice) -> str:
    """Say how a found segment stood its tests."""
    said = voice.say(
        "found.stable_behaviour" if stability["behaviour_only"] else "found.stable",
        share=voice.percent(stability["share"], 0),
        halves=voice.count(stability["halves"], "half_in"),
        overlap=voice.percent(stability["overlap"], 0),
        lift=_say_lift(stability, voice),
    )
    test = stability["test"]
    customers = voice.count(test["support"], "customer")
    if test["decline_rate"] is None:
        return f"{said} {voice.say('found.unchecked', customers=customers)}"
    return f"{said} {voice.say('found.checked', customers=customers, rate=voice.estimate(test['decline_rate']))}"


def _say_lift(rule: Found, voice: Voice) -> str:
    return voice.estimate(rule["lift"], "number", 1)


def _say_test(rule: Found, voice: Voice) -> str:
    rate = rule["test"]["decline_rate"]
    return voice.estimate(rate) if rate else voice.say("common.too_few")
