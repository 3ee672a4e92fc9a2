"""The leak audit, and the label against each column."""

from collections.abc import Mapping, Sequence
from typing import Any

from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.palette import DECLINED, KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

CHANCE = 0.5


def show_leaks(leaks: Sequence[Mapping[str, Any]], rules: Mapping[str, float], voice: Voice) -> Figure:
    """Show how well each column alone predicts the label."""
    known = [leak for leak in leaks if leak["roc_auc"] is not None]
    rows = [
        {
            "label": voice.column(leak["column"]),
            "value": max(CHANCE, leak["roc_auc"]),  # below it is chance, too
            "colour": KEPT if leak["verdict"] == "none" else DECLINED,
            "text": f"{voice.number(leak['roc_auc'], 3)}; {voice.say('exploration.verdict.' + leak['verdict'])}",
        }
        for leak in known
    ]
    head = [
        voice.say("common.head.column"),
        voice.say("exploration.head.roc_auc"),
        voice.say("exploration.head.verdict"),
    ]
    table = [
        [
            voice.column(leak["column"]),
            voice.number(leak["roc_auc"], 3),
            voice.say(f"exploration.verdict.{leak['verdict']}"),
        ]
        for leak in leaks
    ]
    title, top = voice.say("exploration.leaks_title"), leaks[0]
    return Figure(
        "leaks",
        title,
        voice.say(
            "exploration.leaks_description",
            column=voice.column(top["column"]),
            auc=voice.number(top["roc_auc"], 3),
            verdict=voice.say(f"exploration.verdict.{top['verdict']}"),
        ),
        draw_bars(
            rows,
            voice.say("exploration.leaks_axis"),
            format=".2f",
            domain=(CHANCE, 1.0),
            rule=rules["leak_suspicious"],
        ),
        Table(title, head, table, frozenset({0, 2})),
    )


def show_effects(columns: Mapping[str, Mapping[str, Any]], voice: Voice) -> Figure:
    """Show Cliff's delta of each numeric column with its interval, the largest first."""
    known = {name: item for name, item in columns.items() if item["kind"] == "numeric" and item["effect"]}
    order = sorted(known, key=lambda name: -abs(known[name]["effect"]["value"]))
    rows = [_effect_row(name, known[name], voice) for name in order]
    title = voice.say("exploration.effects_title")
    head = [
        voice.say("common.head.column"),
        *(voice.say(f"exploration.head.{key}") for key in ("effect", "mean_declined", "mean_kept", "difference")),
    ]
    table = [
        [
            voice.column_with_unit(name),
            voice.estimate(known[name]["effect"], "number", 2),
            voice.measure(known[name]["by_class"]["declined"]["mean"]),
            voice.measure(known[name]["by_class"]["kept"]["mean"]),
            voice.estimate(known[name]["difference"], "measure"),
        ]
        for name in order
    ]
    return Figure(
        "effects",
        title,
        voice.say("exploration.effects_description", column=rows[0]["label"], effect=rows[0]["text"]),
        draw_intervals(rows, voice.say("exploration.effects_axis"), format=".1f", domain=(-1, 1), rule=0),
        Table(title, head, table),
    )


def _effect_row(name: str, column: Mapping[str, Any], voice: Voice) -> dict[str, Any]:
    effect = column["effect"]
    side = DECLINED if effect["low"] > 0 else KEPT if effect["high"] < 0 else NEUTRAL
    return {
        "label": voice.column(name),
        **effect,
        "colour": side,
        "text": voice.estimate(effect, "number", 2),
    }
