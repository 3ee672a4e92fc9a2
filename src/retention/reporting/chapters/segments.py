"""Segments: side by side, and each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retention.audience.plan.summary import PlanSummary, SegmentPlan
from retention.audience.segments.differences import ColumnDifference
from retention.audience.segments.membership import Overlap
from retention.audience.segments.profile import MONTHS, MonthlyRevenue
from retention.audience.segments.summary import GroupSummary, SegmentsSummary, SegmentSummary
from retention.numbers import HARD_SPACE
from retention.reporting.chapters.found import tabulate_search, tell_search, tell_stability
from retention.reporting.chapters.reasons import tabulate_drivers, tell_reasons
from retention.reporting.chapters.revenue import CATEGORY
from retention.reporting.charts.cells import draw_matrix
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import Cell, Mark
from retention.reporting.charts.palette import DECLINED, KEPT
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

Segments = Sequence[SegmentSummary]
SHOWN = 8  # rows of a segment's tables; what comes after is weaker
SIGNIFICANT = 0.05
FOUND = "◆ "


@dataclass(frozen=True)
class SegmentCard:
    """What the page says about one segment; tables are None where there are too few customers."""

    key: str
    name: str
    text: str
    purpose: str
    support: str
    too_few: bool
    stability: str
    facts: Sequence[tuple[str, str]]
    offers: str
    reasons: Sequence[str]
    categories: Table | None
    drivers: Table | None
    differs: Table | None


@dataclass(frozen=True)
class SegmentsChapter:
    """The chapter; what needs segments is None without them."""

    risk: Figure | None
    profit: Figure | None
    cards: Sequence[SegmentCard]
    search: Sequence[str]
    rules: Table | None
    overlap: Figure | None


def write_segments(summary: SegmentsSummary, plan: PlanSummary, voice: Voice) -> SegmentsChapter:
    """Prepare the chapter."""
    segments = summary.segments
    names = {offer.key: voice.pick(offer.name) for offer in plan.offers}
    planned = {item.key: item for item in plan.segments}
    return SegmentsChapter(
        show_risk(segments, summary.population, voice),
        show_profit(segments, voice),
        [describe_segment(s, planned[s.key], names, summary.actionable, voice) for s in segments],
        tell_search(summary.found, voice),
        tabulate_search(summary.found, voice),
        show_overlap(segments, summary.overlap, voice) if len(segments) > 1 else None,
    )


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
    return Figure(
        "segment-risk",
        voice.say("segments.risk_title"),
        voice.say(
            "segments.risk_description",
            segment=voice.pick(top.name),
            rate=voice.percent(rate.value),
            overall=voice.percent(overall),
        ),
        draw_intervals(marks, voice.say("segments.risk_axis"), format=".0%", domain=(0, 1), rule=overall),
        tabulate_segments(segments, voice),
    )


def show_profit(segments: Segments, voice: Voice) -> Figure | None:
    """Show the profit at risk of every segment large enough."""
    known = [(s, s.profit_at_risk) for s in segments if s.profit_at_risk is not None]
    if not known:
        return None
    known.sort(key=lambda item: -item[1])
    marks = [Mark(_label(s, voice), profit, voice.money(profit)) for s, profit in known]
    unit, title = voice.unit_of_money, voice.say("segments.profit_title")
    top = {"segment": voice.pick(known[0][0].name), "profit": voice.money(known[0][1])}
    return Figure(
        "segment-profit",
        title,
        voice.say("segments.profit_description", **top),
        draw_bars(marks, voice.say("segments.profit_axis", unit=unit), format=",~r"),
        Table(
            title,
            voice.heads("segments", "segment", "at_risk", unit=unit),
            [[_name(s, voice), voice.measure(profit)] for s, profit in known],
        ),
    )


def _label(segment: SegmentSummary, voice: Voice) -> str:
    """Return a segment's name with its size; a found one has a sign before it."""
    return f"{_name(segment, voice)}{HARD_SPACE}({voice.number(segment.support)})"


def _name(segment: SegmentSummary, voice: Voice) -> str:
    return (FOUND if segment.stability else "") + voice.pick(segment.name)


def tabulate_segments(segments: Segments, voice: Voice) -> Table:
    """Tabulate every segment; a small one says "too few" instead of its figures."""
    rows = [
        [_name(s, voice), voice.number(s.support), voice.percent(s.share), *_say_figures(s, voice)] for s in segments
    ]
    unit = voice.unit_of_money
    head = voice.heads(
        "segments", "segment", "support", "share", "rate", "probability", "profit", "at_risk", "consent", unit=unit
    )
    return Table(voice.say("segments.table"), head, rows)


def _say_figures(segment: SegmentSummary, voice: Voice) -> list[str]:
    if segment.too_few:
        return [voice.say("common.too_few")] * 5
    return [
        voice.estimate(segment.decline_rate),
        voice.estimate(segment.mean_probability),
        voice.estimate(segment.monthly_profit, "measure"),
        voice.measure(segment.profit_at_risk),
        voice.percent(segment.consent_share),
    ]


def show_overlap(segments: Segments, overlap: Overlap, voice: Voice) -> Figure:
    """Show which share of each segment belongs to each other one; columns are named by the rows' numbers."""
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
    table = [
        [f"{place}. {name}", *map(voice.number, line)]
        for place, (name, line) in enumerate(zip(names, overlap.customers, strict=True), start=1)
    ]
    head = [voice.say("segments.head.segment"), *(str(place) for place in range(1, len(names) + 1))]
    return Figure(
        "overlap",
        voice.say("segments.overlap_title"),
        voice.say("segments.overlap_description"),
        draw_matrix(cells, names, voice.say("segments.overlap_legend"), format=".0%", step=48),
        Table(voice.say("segments.overlap_table"), head, table),
        wide=True,
    )


def describe_segment(
    segment: SegmentSummary,
    planned: SegmentPlan,
    offer_names: Mapping[str, str],
    actionable: Mapping[str, bool],
    voice: Voice,
) -> SegmentCard:
    """Prepare one segment's card.

    Parameters
    ----------
    segment : SegmentSummary
    planned : SegmentPlan
        What the plan does in this segment.
    offer_names : mapping of str to str
        Key of an offer to its name.
    actionable : mapping of str to bool
        Whether the shop can act on a column.
    voice : Voice
        The language.
    """
    few = segment.too_few
    figures = tabulate_segments([segment], voice)
    return SegmentCard(
        key=segment.key,
        name=voice.pick(segment.name),
        text=voice.pick(segment.text),
        purpose=voice.pick(segment.purpose),
        support=voice.count(segment.support, "customer"),
        too_few=few,
        stability=tell_stability(segment.stability, voice) if segment.stability else "",
        facts=[] if few else list(zip(figures.head[1:], figures.rows[0][1:], strict=True)),
        offers=_tell_offers(segment, planned, offer_names, voice),
        reasons=tell_reasons(segment, actionable, voice),
        categories=None if few else _tabulate_categories(segment, voice),
        drivers=None if few else tabulate_drivers(segment, actionable, voice),
        differs=None if few else _tabulate_differences(segment, voice),
    )


def _tell_offers(segment: SegmentSummary, planned: SegmentPlan, names: Mapping[str, str], voice: Voice) -> str:
    """Say what the plan offers here, the most frequent first; else what could be offered."""
    given = sorted(((n, key) for key, n in planned.offers.items() if n), key=lambda item: (-item[0], item[1]))
    if given:
        return voice.say(
            "segments.planned",
            contacts=voice.count(planned.contacts, "customer_with"),
            net=voice.money(planned.expected_net_profit),
            offers=", ".join(f"{voice.quote(names[key])} ({voice.number(n)})" for n, key in given),
        )
    fitting = sorted(segment.eligible, key=lambda key: (-segment.eligible[key], key))
    if not fitting:
        return voice.say("segments.offer_none")
    return voice.say("segments.not_planned", offers=", ".join(voice.quote(names[key]) for key in fitting))


def _tabulate_categories(segment: SegmentSummary, voice: Voice) -> Table:
    unit = voice.unit("revenue_current")
    revenue = {item.key: item.revenue for item in segment.revenue_by_category}
    head = [
        *voice.heads("common", "category", "customers", "share"),
        *(f"{voice.say(f'common.month.{month}')}, {unit}" for month in MONTHS),
        voice.say("segments.head.change"),
    ]
    lines = [(voice.value(CATEGORY, c.key), c.count, c.share, revenue[c.key]) for c in segment.favourite_categories]
    lines.append((voice.say("segments.whole"), segment.support, 1.0, segment.revenue_by_month))
    rows = [
        [name, voice.number(count), voice.percent(share, 0), *_say_revenue(months, voice)]
        for name, count, share, months in lines
    ]
    return Table(voice.say("segments.categories"), head, rows)


def _say_revenue(revenue: MonthlyRevenue | None, voice: Voice) -> list[str]:
    if revenue is None:
        return [voice.say("common.too_few")] * (len(MONTHS) + 1)
    return [*(voice.number(getattr(revenue, month)) for month in MONTHS), voice.estimate(revenue.change, "signed")]


def _tabulate_differences(segment: SegmentSummary, voice: Voice) -> Table | None:
    """Tabulate what is told apart from chance; columns that define the segment differ by construction."""
    found = [item for item in segment.differs if not item.by_definition and item.p_adjusted < SIGNIFICANT]
    if not found:
        return None
    rows = [
        [
            voice.column_with_unit(item.column),
            *_say_sides(item, voice),
            voice.say(f"segments.measure.{item.measure}", effect=voice.number(item.effect, 2)),
            voice.p_value(item.p_adjusted),
        ]
        for item in found[:SHOWN]
    ]
    head = voice.heads("segments", "driver", "inside", "outside", "effect", "p")
    return Table(voice.say("segments.differs"), head, rows)


def _say_sides(difference: ColumnDifference, voice: Voice) -> list[str]:
    """Return the means inside and outside, or for a category which value is more frequent inside."""
    if difference.more is not None:
        more = voice.value(difference.column, difference.more)
        return [voice.say("segments.more_often", value=more), ""]
    return [voice.measure(difference.inside), voice.measure(difference.outside)]
