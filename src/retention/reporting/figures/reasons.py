"""Reasons and columns split into what the shop can act on and what it cannot."""

from collections.abc import Mapping, Sequence
from typing import Any

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

SHOWN = 4  # columns a sentence
ROWS = 8  # of the table; what comes after is weaker
RARE = 0.1  # a column that is a reason of fewer is left out


def tell_reasons(segment: Mapping[str, Any], actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say which columns are most often among the reasons of a segment's customers, in one sentence for each kind."""
    frequent = [item for item in segment["reasons"] if item["share"] >= RARE]
    said = []
    for kind in (True, False):
        parts = [
            voice.say(
                "segments.reason",
                column=voice.quote(voice.column(item["column"])),
                share=voice.percent(item["share"], 0),
            )
            for item in frequent
            if actionable.get(item["column"], False) is kind
        ]
        if parts:
            key = "segments.reasons_to_act" if kind else "segments.reasons_given"
            said.append(voice.say(key, reasons=", ".join(parts[:SHOWN])))
    return said


def tabulate_drivers(segment: Mapping[str, Any], actionable: Mapping[str, bool], voice: Voice) -> Table:
    """Tabulate what goes with the probability in a segment, and which of it the shop can act on."""
    head = [voice.say(f"segments.head.{name}") for name in ("driver", "strength", "direction", "act")]
    rows = [
        [
            voice.column(item["column"]),
            voice.percent(item["share"], 0),
            voice.say(f"drivers.direction.{item['direction']}"),
            voice.say("segments.act.can" if actionable.get(item["column"], False) else "segments.act.cannot"),
        ]
        for item in segment["drivers"][:ROWS]
    ]
    return Table(voice.say("segments.drivers"), head, rows, frozenset({0, 2, 3}))


def tell_actionable(importance: Sequence[Mapping[str, Any]], actionable: Mapping[str, bool], voice: Voice) -> list[str]:
    """Say how the contribution divides into columns that the shop can act on and others, the strongest first."""
    said = []
    for kind in (True, False):
        items = [item for item in importance if actionable.get(item["column"], False) is kind]
        if items:
            columns = ", ".join(voice.quote(voice.column(item["column"])) for item in items)
            share = voice.percent(sum(item["share"] for item in items), 0)
            said.append(voice.say("drivers.can_act" if kind else "drivers.cannot_act", columns=columns, share=share))
    return said
