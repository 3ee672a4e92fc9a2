"""Segments: side by side, and each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention.numbers import HARD_SPACE
from retention.reporting.charts.cells import draw_matrix
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.palette import DECLINED, KEPT
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.figures.found import tell_stability
from retention.reporting.figures.reasons import tabulate_drivers, tell_reasons
from retention.reporting.language.voice import Voice

Segment = Mapping[str, Any]
CATEGORY = "favourite_category"
MONTHS = ("before_previous", "previous", "current")
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


def show_risk(segments: Sequence[Segment], population: Segment, voice: Voice) -> Figure | None:
    """Show the decline rate of every segment large enough."""
    known = sorted((s for s in segments if not s["too_few"]), key=lambda item: -item["decline_rate"]["value"])
    if not known:
        return None
    overall = population["decline_rate"]["value"]
    rows = [
        {
            "label": _label(s, voice),
            **s["decline_rate"],
            "colour": DECLINED if s["decline_rate"]["low"] > overall else KEPT,
            "text": voice.estimate(s["decline_rate"]),
        }
        for s in known
    ]
    top = known[0]
    return Figure(
        "segment-risk",
        voice.say("segments.risk_title"),
        voice.say(
            "segments.risk_description",
            segment=voice.pick(top["name"]),
            rate=voice.percent(top["decline_rate"]["value"]),
            overall=voice.percent(overall),
        ),
        draw_intervals(rows, voice.say("segments.risk_axis"), format=".0%", domain=(0, 1), rule=overall),
        tabulate_segments(segments, voice),
    )


def show_profit(segments: Sequence[Segment], voice: Voice) -> Figure | None:
    """Show the profit at risk of every segment large enough."""
    known = sorted((s for s in segments if not s["too_few"]), key=lambda item: -item["profit_at_risk"])
    if not known:
        return None
    unit = voice.money_unit[voice.language]
    rows = [
        {
            "label": _label(s, voice),
            "value": s["profit_at_risk"],
            "colour": KEPT,
            "text": voice.money(s["profit_at_risk"]),
        }
        for s in known
    ]
    table = Table(
        voice.say("segments.profit_title"),
        [voice.say("segments.head.segment"), voice.say("segments.head.at_risk", unit=unit)],
        [[_name(s, voice), voice.measure(s["profit_at_risk"])] for s in known],
    )
    return Figure(
        "segment-profit",
        voice.say("segments.profit_title"),
        voice.say(
            "segments.profit_description",
            segment=voice.pick(known[0]["name"]),
            profit=voice.money(known[0]["profit_at_risk"]),
        ),
        draw_bars(rows, voice.say("segments.profit_axis", unit=unit), format=",~r"),
        table,
    )


def _label(segment: Segment, voice: Voice) -> str:
    """Return a segment's name with its size; a found one has a sign before it."""
    return f"{_name(segment, voice)}{HARD_SPACE}({voice.number(segment['support'])})"


def _name(segment: Segment, voice: Voice) -> str:
    return (FOUND if segment["stability"] else "") + voice.pick(segment["name"])


def tabulate_segments(segments: Sequence[Segment], voice: Voice) -> Table:
    """Tabulate every segment; a small one says "too few" instead of its figures."""
    unit = voice.money_unit[voice.language]
    names = ("segment", "support", "share", "rate", "probability", "profit", "at_risk", "consent")
    head = [voice.say(f"segments.head.{name}", unit=unit) for name in names]
    return Table(voice.say("segments.table"), head, [_row(s, voice) for s in segments])


def _row(segment: Segment, voice: Voice) -> list[str]:
    start = [
        _name(segment, voice),
        voice.number(segment["support"]),
        voice.percent(segment["share"]),
    ]
    if segment["too_few"]:
        return [*start, *[voice.say("common.too_few")] * 5]
    return [
        *start,
        voice.estimate(segment["decline_rate"]),
        voice.estimate(segment["mean_probability"]),
        voice.estimate(segment["monthly_profit"], "measure"),
        voice.measure(segment["profit_at_risk"]),
        voice.percent(segment["consent_share"]),
    ]


def show_overlap(segments: Sequence[Segment], overlap: Mapping[str, Any], voice: Voice) -> Figure:
    """Show which share of each segment belongs to each other one; columns are named by the rows' numbers."""
    names = {s["key"]: _name(s, voice) for s in segments}
    ordered = [names[key] for key in overlap["keys"]]
    numbered = [f"{place}. {name}" for place, name in enumerate(ordered, start=1)]
    rows = []
    for i, line in enumerate(overlap["customers"]):
        for j, both in enumerate(line):
            share = both / max(1, line[i])
            rows.append(
                {
                    "row": i,
                    "column": j,
                    "value": share,
                    "mark": voice.percent(share, 0),
                    "label": f"{ordered[i]} → {ordered[j]}",
                    "text": f"{voice.percent(share, 0)} ({voice.count(both, 'customer')})",
                }
            )
    legend = voice.say("segments.overlap_legend")
    table = [
        [name, *(voice.number(n) for n in line)] for name, line in zip(numbered, overlap["customers"], strict=True)
    ]
    return Figure(
        "overlap",
        voice.say("segments.overlap_title"),
        voice.say("segments.overlap_description"),
        draw_matrix(rows, ordered, legend, format=".0%", step=48),
        Table(
            voice.say("segments.overlap_table"),
            [voice.say("segments.head.segment"), *(str(n) for n in range(1, len(ordered) + 1))],
            table,
        ),
        wide=True,
    )


def describe_segment(
    segment: Segment,
    planned: Mapping[str, Any],
    offer_names: Mapping[str, str],
    actionable: Mapping[str, bool],
    voice: Voice,
) -> SegmentCard:
    """Prepare one segment's card.

    Parameters
    ----------
    segment : mapping
        From ``segments.json``.
    planned : mapping
        What the plan does in this segment, from ``plan.json``.
    offer_names : mapping of str to str
        Key of an offer to its name.
    actionable : mapping of str to bool
        Whether the shop can act on a column.
    voice : Voice
        The language.
    """
    few = segment["too_few"]
    head = tabulate_segments([segment], voice)
    return SegmentCard(
        key=segment["key"],
        name=voice.pick(segment["name"]),
        text=voice.pick(segment["text"]),
        purpose=voice.pick(segment["purpose"]),
        support=voice.count(segment["support"], "customer"),
        too_few=few,
        stability=tell_stability(segment["stability"], voice) if segment["stability"] else "",
        facts=[] if few else list(zip(head.head[1:], head.rows[0][1:], strict=True)),
        offers=_tell_offers(segment, planned, offer_names, voice),
        reasons=tell_reasons(segment, actionable, voice),
        categories=None if few else _tabulate_categories(segment, voice),
        drivers=None if few else tabulate_drivers(segment, actionable, voice),
        differs=None if few else _tabulate_differences(segment, voice),
    )


def _tell_offers(segment: Segment, planned: Mapping[str, Any], names: Mapping[str, str], voice: Voice) -> str:
    """Say what the plan offers here, the most frequent first; else what could be offered."""
    given = sorted(((n, key) for key, n in planned["offers"].items() if n), key=lambda item: (-item[0], item[1]))
    if given:
        return voice.say(
            "segments.planned",
            contacts=voice.count(planned["contacts"], "customer_with"),
            net=voice.money(planned["expected_net_profit"]),
            offers=", ".join(f"{voice.quote(names[key])} ({voice.number(n)})" for n, key in given),
        )
    fitting = sorted(segment["eligible"], key=lambda key: (-segment["eligible"][key], key))
    if not fitting:
        return voice.say("segments.offer_none")
    return voice.say("segments.not_planned", offers=", ".join(voice.quote(names[key]) for key in fitting))


def _tabulate_categories(segment: Segment, voice: Voice) -> Table:
    unit = voice.unit("revenue_current")
    revenue = {item["key"]: item for item in segment["revenue_by_category"]}
    head = [
        voice.say("common.head.category"),
        voice.say("common.head.customers"),
        voice.say("common.head.share"),
        *(f"{voice.say(f'common.month.{month}')}, {unit}" for month in MONTHS),
        voice.say("segments.head.change"),
    ]
    rows = [
        [
            voice.value(CATEGORY, item["key"]),
            voice.number(item["count"]),
            voice.percent(item["share"], 0),
            *_say_revenue(revenue[item["key"]]["revenue"], voice),
        ]
        for item in segment["favourite_categories"]
    ]
    whole = _say_revenue(segment["revenue_by_month"], voice)
    rows.append([voice.say("segments.whole"), voice.number(segment["support"]), voice.percent(1, 0), *whole])
    return Table(voice.say("segments.categories"), head, rows)


def _say_revenue(revenue: Mapping[str, Any] | None, voice: Voice) -> list[str]:
    if revenue is None:
        return [voice.say("common.too_few")] * (len(MONTHS) + 1)
    return [*(voice.number(revenue[month]) for month in MONTHS), voice.estimate(revenue["change"], "signed")]


def _tabulate_differences(segment: Segment, voice: Voice) -> Table | None:
    """Tabulate what is told apart from chance; columns that define the segment differ by construction."""
    found = [
        item
        for item in segment["differs"]
        if not item["by_definition"] and item["p_adjusted"] is not None and item["p_adjusted"] < SIGNIFICANT
    ]
    if not found:
        return None
    head = [voice.say(f"segments.head.{name}") for name in ("driver", "inside", "outside", "effect", "p")]
    rows = [
        [
            voice.column_with_unit(item["column"]),
            *_say_sides(item, voice),
            voice.say(f"segments.measure.{item['measure']}", effect=voice.number(item["effect"], 2)),
            voice.p_value(item["p_adjusted"]),
        ]
        for item in found[:SHOWN]
    ]
    return Table(voice.say("segments.differs"), head, rows)


def _say_sides(difference: Mapping[str, Any], voice: Voice) -> list[str]:
    """Return the means inside and outside, or for a category which value is more frequent inside."""
    if difference["more"] is not None:
        more = voice.value(difference["column"], difference["more"])
        return [voice.say("segments.more_often", value=more), ""]
    return [voice.measure(difference["inside"]), voice.measure(difference["outside"])]
