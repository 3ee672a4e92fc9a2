"""Segments side by side, each by itself, and how those found were searched for."""

from collections.abc import Mapping, Sequence

from retention.audience.discovery.found_segments import FoundRule, FoundSummary
from retention.audience.plan.summary import PlanSummary
from retention.audience.segments.profile import ColumnDifference
from retention.audience.segments.rules import SegmentRules
from retention.audience.segments.summary import GroupSummary, SegmentSummary
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.inline import Mark, draw_marks
from retention.reporting.charts.lines import Point, draw_map
from retention.reporting.language.voice import Cell, Voice
from retention.tables.columns import PROBABILITY

Segments = Sequence[SegmentSummary]
FOUND = "◆ "
COLUMNS = 2  # a sentence
DRIVERS = 2  # a sentence; the others move the output less
ROWS = 3  # of a table; what comes after is weaker
OFFERS = 2  # that are named of those planned in a segment
RARE = 0.1  # a column that is a reason of fewer is left out
SIGNIFICANT = 0.05


def show_map(segments: Segments, voice: Voice) -> Figure | None:
    """Show the mean probability against the monthly profit of every segment large enough, each by its number."""
    known = [
        (str(number), _name(s, voice), s.mean_probability.value, s.monthly_profit.value)
        for number, s in enumerate(segments, 1)
        if s.mean_probability and s.monthly_profit
    ]
    if voice.counts_customers or not known:
        return None
    rows = [[number, voice.percent(risk, 0), voice.measure(profit)] for number, _, risk, profit in known]
    points = [
        Point(risk, profit, f"{number}. {name}", f"{row[1]}; {row[2]}", number)
        for (number, name, risk, profit), row in zip(known, rows, strict=True)
    ]
    x, y = voice.say("segments.head.probability"), voice.say("segments.head.profit")
    title, said = voice.say("segments.map_title"), voice.say("segments.map_description")
    table = Table(title, [voice.say("segments.head.segment"), x, y], rows)
    return Figure("segment-map", title, said, draw_map(points, x, y), table)


def tabulate_segments(segments: Segments, population: GroupSummary, voice: Voice) -> Table:
    """Tabulate every segment; a small one says "too few" instead of its figures."""
    columns: dict[str, Cell] = {
        "segment": lambda one: f"{one[0]}. {_name(one[1], voice)}",
        "support": "{1.support:number} ({1.share:percent 0})",
        "rate": "{1.decline_rate:estimate percent 0}",
        "probability": "{1.mean_probability:estimate percent 0}",
    }
    if not voice.counts_customers:
        columns["profit"] = lambda one: voice.measure(one[1].monthly_profit.value if one[1].monthly_profit else None)
        columns["at_risk"] = "{1.profit_at_risk:measure}"
    if any(s.consent_share is not None for s in segments):
        columns["consent"] = "{1.consent_share:percent 0}"
    head, rows = voice.tabulate("segments", columns, enumerate(segments, 1))
    for s, row in zip(segments, rows, strict=True):
        if s.too_few:
            row[2:] = [voice.say("common.too_few"), *[""] * (len(columns) - 3)]
    overall = population.decline_rate.value if population.decline_rate else None
    risk = [Mark.of(s.decline_rate, overall) if s.decline_rate else None for s in segments]
    drawn = {voice.say("segments.head.risk_bar"): draw_marks(risk, domain=(0, 1), rule=overall)}
    if not voice.counts_customers:
        lost = [None if s.profit_at_risk is None else Mark(s.profit_at_risk) for s in segments]
        drawn[voice.say("segments.head.profit_bar")] = draw_marks(lost)
    note = voice.say("segments.note", overall=overall)
    return Table(voice.say("segments.table"), head, rows, key="segments", drawn=drawn, note=note)


def _name(segment: SegmentSummary, voice: Voice) -> str:
    return (FOUND if segment.stability else "") + voice.pick(segment.name)


def tell_offers(segment: SegmentSummary, plan: PlanSummary, voice: Voice) -> str:
    """Say what the plan offers here, the most frequent first and the rest in one; else what could be offered."""
    names = {offer.key: voice.quote(voice.pick(offer.name)) for offer in plan.offers}
    planned = next(item for item in plan.segments if item.key == segment.key)
    given = sorted(((n, key) for key, n in planned.offers.items() if n), key=lambda item: (-item[0], item[1]))
    if given:
        offers = [f"{names[key]} ({voice.number(n)})" for n, key in given[:OFFERS]]
        if others := sum(n for n, _ in given[OFFERS:]):
            offers.append(voice.say("segments.others", customers=others))
        return voice.say("segments.planned", planned, offers=", ".join(offers))
    fitting = sorted(segment.eligible, key=lambda key: (-segment.eligible[key], key))
    if not fitting:
        return voice.say("segments.offer_none")
    return voice.say("segments.not_planned", offers=", ".join(names[key] for key in fitting))


def tell_reasons(segment: SegmentSummary, actionable: Mapping[str, bool], voice: Voice) -> str:
    """Say what the shop can act on is most often among a segment's reasons; nothing where there is none."""
    parts = [
        voice.say("segments.reason", item, column=voice.quote(voice.column(item.column)))
        for item in segment.reasons
        if item.share >= RARE and actionable.get(item.column, False)
    ]
    return voice.say("segments.reasons_to_act", reasons=", ".join(parts[:COLUMNS])) if parts else ""


def tell_drivers(segment: SegmentSummary, voice: Voice) -> str:
    """Say which columns move the model's output most within a segment; nothing where there are none."""
    names = [voice.quote(voice.column(name)) for name in segment.drivers[:DRIVERS]]
    return voice.say("segments.drivers", drivers=", ".join(names)) if names else ""


def tell_overlap(segment: SegmentSummary, segments: Segments, voice: Voice) -> str:
    """Say which other segment most of a segment's customers are in too, by its number; nothing where there is none."""
    shared = [(segment.overlap.get(other.key, 0), number) for number, other in enumerate(segments, 1)]
    count, number = max(shared, key=lambda item: item[0])
    said = {"number": number, "count": count, "share": count / max(segment.support, 1)}
    return voice.say("segments.overlap", **said) if count else ""


def tabulate_categories(segment: SegmentSummary, category: str, voice: Voice) -> Table:
    """Tabulate the customers of the most frequent favourite categories and how the first measure by month changed."""
    lines = [(voice.value(category, c.key), c.support, c.share, c.months) for c in segment.favourite_categories[:ROWS]]
    lines.append((voice.say("segments.whole"), segment.support, 1.0, segment.months))
    rows = [[name, f"{voice.number(count)} ({voice.percent(share, 0)})"] for name, count, share, _ in lines]
    head = [voice.column(category), voice.say("segments.head.support")]
    few = voice.say("common.too_few")
    for measure, whole in list(segment.months.items())[:1]:
        name, months = voice.measure_name([*whole.means]), voice.count_months(len(whole.means))
        head.append(voice.say("segments.head.change", measure=name, months=months))
        for row, (*_, known) in zip(rows, lines, strict=True):
            by_month = known.get(measure)
            row.append(voice.estimate(by_month.change, "signed_percent") if by_month else few)
    return Table(voice.say("segments.categories"), head, rows)


def tabulate_differences(segment: SegmentSummary, voice: Voice) -> Table:
    """Tabulate what is told apart from chance; columns that define the segment differ by construction."""
    found = [item for item in segment.differs if not item.by_definition and item.p_adjusted < SIGNIFICANT]
    columns: dict[str, Cell] = {
        "column": "{column:column_with_unit}",
        "inside": lambda one: voice.amount(one.column, one.inside) if one.more is None else _say_more(one, voice),
        "outside": lambda one: voice.amount(one.column, one.outside) if one.more is None else "",
        "effect": lambda one: voice.say(f"segments.measure.{one.measure}", one),
    }
    return Table(voice.say("segments.differs"), *voice.tabulate("segments", columns, found[:ROWS]))


def _say_more(difference: ColumnDifference, voice: Voice) -> str:
    return voice.say("segments.more_often", value=voice.value(difference.column, difference.more or ""))


def is_circular(segment: SegmentSummary, rules: SegmentRules) -> bool:
    """Tell whether the probability defines the segment, so that it differs by construction in what the model reads."""
    return any(rule.column == PROBABILITY for rule in rules.segments.get(segment.key, ()))


def tell_search(found: FoundSummary, voice: Voice) -> list[str]:
    """Say how many of the rules looked at are stable, and what stable means."""
    if not (rules := found.rules):
        return [voice.say("found.nothing", found)]
    kept, best = sum(rule.kept for rule in rules), max(rule.share for rule in rules)
    counted = voice.say("found.some" if kept else "found.none", looked=len(rules), kept=kept, best=best)
    return [voice.say("found.how", found), counted]


def tabulate_search(found: FoundSummary, voice: Voice) -> Table:
    """Tabulate the rules that were looked at closely, those turned down as well."""
    few = voice.say("common.too_few")
    columns: dict[str, Cell] = {
        "rule": "{name:pick}",
        "verdict": lambda rule: voice.say("found.kept" if rule.kept else "found.turned_down"),
        "share": "{share:percent 0}",
        "overlap": "{overlap:percent 0}",
        "lift": "{lift:estimate number 1}",
        "test": lambda rule: voice.estimate(rule.test.decline_rate) if rule.test.decline_rate else few,
    }
    return Table(voice.say("found.table"), *voice.tabulate("found", columns, found.rules), frozenset({0, 1}))


def tell_stability(rule: FoundRule, voice: Voice) -> str:
    """Say how a found segment stood its tests."""
    said = voice.say("found.stable_behaviour" if rule.behaviour_only else "found.stable", rule)
    return f"{said} {voice.say('found.checked' if rule.test.decline_rate else 'found.unchecked', rule.test)}"
