"""Segments that a search found: how stable they are, in words and as a table."""

from retention.audience.discovery.found_summary import FoundRule, FoundSummary
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice


def tell_search(found: FoundSummary, voice: Voice) -> list[str]:
    """Say how many of the rules looked at are stable, and what stable means."""
    rules = found.rules
    kept = sum(rule.kept for rule in rules)
    searched = voice.count(found.searched, "customer_of")
    if not rules:
        return [voice.say("found.nothing", searched=searched)]
    how = voice.say(
        "found.how",
        searched=searched,
        halves=voice.count(found.halves, "half_in"),
        overlap=voice.percent(found.overlap, 0),
        required=voice.percent(found.required, 0),
    )
    if not kept:
        best = voice.percent(max(rule.share for rule in rules), 0)
        return [how, voice.say("found.none", looked=voice.number(len(rules)), best=best)]
    return [how, voice.say("found.some", looked=voice.number(len(rules)), kept=voice.number(kept))]


def tabulate_search(found: FoundSummary, voice: Voice) -> Table | None:
    """Tabulate the rules that were looked at closely, those turned down as well."""
    if not found.rules:
        return None
    rows = [
        [
            voice.pick(rule.name),
            voice.say("found.kept" if rule.kept else "found.turned_down"),
            voice.percent(rule.share, 0),
            voice.percent(rule.overlap, 0),
            _say_lift(rule, voice),
            voice.estimate(rule.test.decline_rate) if rule.test.decline_rate else voice.say("common.too_few"),
        ]
        for rule in found.rules
    ]
    head = voice.heads("found", "rule", "verdict", "share", "overlap", "lift", "test")
    return Table(voice.say("found.table"), head, rows, frozenset({0, 1}))


def tell_stability(rule: FoundRule, voice: Voice) -> str:
    """Say how a found segment stood its tests."""
    said = voice.say(
        "found.stable_behaviour" if rule.behaviour_only else "found.stable",
        share=voice.percent(rule.share, 0),
        halves=voice.count(rule.halves, "half_in"),
        overlap=voice.percent(rule.overlap, 0),
        lift=_say_lift(rule, voice),
    )
    customers, rate = voice.count(rule.test.support, "customer"), rule.test.decline_rate
    if rate is None:
        return f"{said} {voice.say('found.unchecked', customers=customers)}"
    return f"{said} {voice.say('found.checked', customers=customers, rate=voice.estimate(rate))}"


def _say_lift(rule: FoundRule, voice: Voice) -> str:
    return voice.estimate(rule.lift, "number", 1)
