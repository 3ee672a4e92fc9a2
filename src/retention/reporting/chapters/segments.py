"""Segments side by side: their risk, their profit at risk, how they overlap, and how those found were searched for."""

from collections.abc import Callable, Sequence

from retention.audience.discovery.found_segments import FoundRule, FoundSummary
from retention.audience.segments.rules import Overlap
from retention.audience.segments.summary import GroupSummary, SegmentSummary
from retention.numbers import HARD_SPACE
from retention.reporting.charts.cells import draw_matrix
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import DECLINED, KEPT, Cell, Mark
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

Segments = Sequence[SegmentSummary]
FOUND = "◆ "


def show_risk(segments: Segments, population: GroupSummary, voice: Voice) -> Figure | None:
    """Show the decline rate of every segment large enough."""
    known = sorted(((s, s.decline_rate) for s in segments if s.decline_rate), key=lambda item: -item[1].value)
    if not known or population.decline_rate is None:
        return None
    overall, (top, rate) = population.decline_rate.value, known[0]
    marks = [
        Mark.of(_label(s, voice), rate, voice.estimate(rate), DECLINED if rate.low > overall else KEPT)
        for s, rate in known
    ]
    rates = {"rate": voice.percent(rate.value), "overall": voice.percent(overall)}
    return Figure(
        "segment-risk",
        voice.say("segments.risk_title"),
        voice.say("segments.risk_description", segment=voice.pick(top.name), **rates),
        draw_intervals(marks, voice.say("segments.risk_axis"), format=".0%", domain=(0, 1), rule=overall),
        tabulate_segments(segments, voice),
    )


def show_profit(segments: Segments, voice: Voice) -> Figure | None:
    """Show the profit at risk of every segment large enough."""
    known = [(s, s.profit_at_risk) for s in segments if s.profit_at_risk is not None]
    if not known:
        return None
    known.sort(key=lambda item: -item[1])
    marks = [Mark(_label(s, voice), profit, voice.worth(profit)) for s, profit in known]
    unit, title = voice.unit_of_cost, voice.say("segments.profit_title")
    top = {"segment": voice.pick(known[0][0].name), "profit": voice.worth(known[0][1])}
    rows = [[_name(s, voice), voice.measure(profit)] for s, profit in known]
    return Figure(
        "segment-profit",
        title,
        voice.say("segments.profit_description", **top),
        draw_bars(marks, voice.say("segments.profit_axis", unit=unit), format=",~r"),
        Table(title, voice.heads("segments", "segment", "at_risk", unit=unit), rows),
    )


def _label(segment: SegmentSummary, voice: Voice) -> str:
    """Return a segment's name with its size; a found one has a sign before it."""
    return f"{_name(segment, voice)}{HARD_SPACE}({voice.number(segment.support)})"


def _name(segment: SegmentSummary, voice: Voice) -> str:
    return (FOUND if segment.stability else "") + voice.pick(segment.name)


def tabulate_segments(segments: Segments, voice: Voice) -> Table:
    """Tabulate every segment; a small one says "too few" instead of its figures."""
    figures: dict[str, Callable[[SegmentSummary], str]] = {
        "rate": lambda s: voice.estimate(s.decline_rate),
        "probability": lambda s: voice.estimate(s.mean_probability),
    }
    if not voice.counts_customers:
        figures["profit"] = lambda s: voice.estimate(s.monthly_profit, "measure")
        figures["at_risk"] = lambda s: voice.measure(s.profit_at_risk)
    if any(s.consent_share is not None for s in segments):
        figures["consent"] = lambda s: voice.percent(s.consent_share)
    few = voice.say("common.too_few")
    rows = [
        [
            _name(s, voice),
            voice.number(s.support),
            voice.percent(s.share),
            *(few if s.too_few else say(s) for say in figures.values()),
        ]
        for s in segments
    ]
    head = voice.heads("segments", "segment", "support", "share")
    head += [voice.say(f"segments.head.{key}", unit=voice.unit_of_cost) for key in figures]
    return Table(voice.say("segments.table"), head, rows)


def show_overlap(segments: Segments, overlap: Overlap, voice: Voice) -> Figure | None:
    """Show which share of each segment belongs to each other one; None where there is only one.

    Columns are named by the rows' numbers.
    """
    if len(segments) < 2:
        return None
    named = {segment.key: _name(segment, voice) for segment in segments}
    names = [named[key] for key in overlap.keys]
    cells = [
        Cell(
            row,
            column,
            share := both / max(1, line[row]),
            mark := voice.percent(share, 0),
            f"{names[row]} → {names[column]}",
            f"{mark} ({voice.count(both, 'customer')})",
        )
        for row, line in enumerate(overlap.customers)
        for column, both in enumerate(line)
    ]
    numbered = [f"{place}. {name}" for place, name in enumerate(names, start=1)]
    rows = [[name, *map(voice.number, line)] for name, line in zip(numbered, overlap.customers, strict=True)]
    head = [voice.say("segments.head.segment"), *(str(place) for place in range(1, len(names) + 1))]
    return Figure(
        "overlap",
        voice.say("segments.overlap_title"),
        voice.say("segments.overlap_description"),
        draw_matrix(cells, names, voice.say("segments.overlap_legend"), format=".0%", step=48),
        Table(voice.say("segments.overlap_table"), head, rows),
        wide=True,
    )


def tell_search(found: FoundSummary, voice: Voice) -> list[str]:
    """Say how many of the rules looked at are stable, and what stable means."""
    rules, searched = found.rules, voice.count(found.searched, "customer_of")
    if not rules:
        return [voice.say("found.nothing", searched=searched)]
    how = voice.say(
        "found.how",
        searched=searched,
        halves=voice.count(found.halves, "half_in"),
        overlap=voice.percent(found.overlap, 0),
        required=voice.percent(found.required, 0),
    )
    looked, kept = voice.number(len(rules)), sum(rule.kept for rule in rules)
    if not kept:
        best = voice.percent(max(rule.share for rule in rules), 0)
        return [how, voice.say("found.none", looked=looked, best=best)]
    return [how, voice.say("found.some", looked=looked, kept=voice.number(kept))]


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
            voice.estimate(rule.lift, "number", 1),
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
        lift=voice.estimate(rule.lift, "number", 1),
    )
    customers, rate = voice.count(rule.test.support, "customer"), rule.test.decline_rate
    if rate is None:
        return f"{said} {voice.say('found.unchecked', customers=customers)}"
    return f"{said} {voice.say('found.checked', customers=customers, rate=voice.estimate(rate))}"
