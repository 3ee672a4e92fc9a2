"""Reasons and columns split into what the shop can act on and what it cannot."""

from collections.abc import Mapping, Sequence

from retention.audience.segments.summary import SegmentSummary
from retention.learning.explanation.summary import ColumnImportance
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

SHOWN = 4  # columns a sentence
ROWS = 8  # of the table; what comes after is weaker
RARE = 0.1  # a column that is a reason of fewer is left out


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
            said.append(voice.say(key, reasons=", ".join(parts[:SHOWN])))
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


def tell_actionable(importance: Sequence[ColumnImportance], actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say how the contribution divides into columns that the shop can act on and others, the strongest first."""
    said = []
    for can_act in (True, False):
        items = [item for item in importance if actionable.get(item.column, False) is can_act]
        if items:
            columns = ", ".join(voice.quote(voice.column(item.column)) for item in items)
            share = voice.percent(sum(item.share for item in items), 0)
            said.append(voice.say("drivers.can_act" if can_act else "drivers.cannot_act", columns=columns, share=share))
    return said
