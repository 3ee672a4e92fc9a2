"""One segment by itself: what is offered, why its customers are at risk, and how they differ."""

from collections.abc import Mapping

from retention.audience.plan.summary import PlanSummary
from retention.audience.segments.differences import ColumnDifference
from retention.audience.segments.profile import MonthlyMeans
from retention.audience.segments.summary import SegmentSummary
from retention.reporting.chapters.segments import tabulate_segments
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

COLUMNS = 4  # a sentence
ROWS = 8  # of a table; what comes after is weaker
RARE = 0.1  # a column that is a reason of fewer is left out
SIGNIFICANT = 0.05


def list_figures(segment: SegmentSummary, voice: Voice) -> list[tuple[str, str]]:
    """Return the name and value of each of the segment's figures."""
    table = tabulate_segments([segment], voice)
    return list(zip(table.head[1:], table.rows[0][1:], strict=True))


def tell_offers(segment: SegmentSummary, plan: PlanSummary, voice: Voice) -> str:
    """Say what the plan offers here, the most frequent first; else what could be offered."""
    names = {offer.key: voice.quote(voice.pick(offer.name)) for offer in plan.offers}
    planned = next(item for item in plan.segments if item.key == segment.key)
    given = sorted(((n, key) for key, n in planned.offers.items() if n), key=lambda item: (-item[0], item[1]))
    if given:
        return voice.say(
            "segments.planned",
            contacts=voice.count(planned.contacts, "customer_with"),
            net=voice.worth(planned.expected_net_profit),
            offers=", ".join(f"{names[key]} ({voice.number(n)})" for n, key in given),
        )
    fitting = sorted(segment.eligible, key=lambda key: (-segment.eligible[key], key))
    if not fitting:
        return voice.say("segments.offer_none")
    return voice.say("segments.not_planned", offers=", ".join(names[key] for key in fitting))


def tell_reasons(segment: SegmentSummary, actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say which columns are most often among the reasons of a segment's customers, in one sentence for each kind."""
    said = []
    for can_act in (True, False):
        parts = [
            voice.say(
                "segments.reason", column=voice.quote(voice.column(item.column)), share=voice.percent(item.share, 0)
            )
            for item in segment.reasons
            if item.share >= RARE and actionable.get(item.column, False) is can_act
        ]
        if parts:
            key = "segments.reasons_to_act" if can_act else "segments.reasons_given"
            said.append(voice.say(key, reasons=", ".join(parts[:COLUMNS])))
    return said


def tabulate_drivers(segment: SegmentSummary, actionable: Mapping[str, bool], voice: Voice) -> Table:
    """Tabulate what goes with the probability in a segment, and which of it the shop can act on."""
    rows = [
        [
            voice.column(item.column),
            voice.percent(item.share, 0),
            voice.say(f"drivers.direction.{item.direction}"),
            voice.say("segments.act.can" if actionable.get(item.column, False) else "segments.act.cannot"),
        ]
        for item in segment.drivers[:ROWS]
    ]
    head = voice.heads("segments", "driver", "strength", "direction", "act")
    return Table(voice.say("segments.drivers"), head, rows, frozenset({0, 2, 3}))


def tabulate_categories(segment: SegmentSummary, category: str, voice: Voice) -> Table:
    """Tabulate the customers of each favourite category and, month by month, the first measure of the exports."""
    lines = [(voice.value(category, c.key), c.support, c.share, c.months) for c in segment.favourite_categories]
    lines.append((voice.say("segments.whole"), segment.support, 1.0, segment.months))
    rows = [[name, voice.number(count), voice.percent(share, 0)] for name, count, share, _ in lines]
    head = [voice.column(category), *voice.heads("common", "customers", "share")]
    if not segment.months:
        return Table(voice.say("segments.categories"), head, rows)
    measure, whole = next(iter(segment.months.items()))
    head += [voice.with_unit(voice.month(column), voice.unit(column)) for column in whole.means]
    head.append(voice.say("segments.head.change", months=voice.count_months(len(whole.means))))
    for row, (*_, months) in zip(rows, lines, strict=True):
        row += _say_months(months.get(measure), len(whole.means), voice)
    name = voice.measure_name([*whole.means])
    return Table(voice.say("segments.categories_by_month", measure=name), head, rows)


def _say_months(by_month: MonthlyMeans | None, months: int, voice: Voice) -> list[str]:
    if by_month is None:
        return [voice.say("common.too_few")] * (months + 1)
    return [*map(voice.number, by_month.means.values()), voice.estimate(by_month.change, "signed")]


def tabulate_differences(segment: SegmentSummary, voice: Voice) -> Table | None:
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
        for item in found[:ROWS]
    ]
    head = voice.heads("segments", "driver", "inside", "outside", "effect", "p")
    return Table(voice.say("segments.differs"), head, rows)


def _say_sides(difference: ColumnDifference, voice: Voice) -> list[str]:
    """Return the means inside and outside, or for a category which value is more frequent inside."""
    if difference.more is not None:
        more = voice.value(difference.column, difference.more)
        return [voice.say("segments.more_often", value=more), ""]
    return [voice.measure(difference.inside), voice.measure(difference.outside)]
