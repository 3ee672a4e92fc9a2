"""The leak audit, and the label against each column."""

from collections.abc import Sequence

from retention.exploration.leaks import Leak
from retention.reporting.chapters.distributions import Columns, list_numeric
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import Mark
from retention.reporting.charts.palette import DECLINED, KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

CHANCE = 0.5


def show_leaks(leaks: Sequence[Leak], suspicious: float, voice: Voice) -> Figure:
    """Show how well each column alone predicts the label, and from where on that is suspicious."""
    table = [
        [voice.column(leak.column), voice.number(leak.roc_auc, 3), voice.say(f"exploration.verdict.{leak.verdict}")]
        for leak in leaks
    ]
    marks = [
        Mark(column, max(CHANCE, leak.roc_auc), f"{auc}; {verdict}", KEPT if leak.verdict == "none" else DECLINED)
        for leak, (column, auc, verdict) in zip(leaks, table, strict=True)
        if leak.roc_auc is not None  # below one half is chance, too
    ]
    column, auc, verdict = table[0]
    title, axis = voice.say("exploration.leaks_title"), voice.say("exploration.leaks_axis")
    head = [voice.say("common.head.column"), *voice.heads("exploration", "roc_auc", "verdict")]
    return Figure(
        "leaks",
        title,
        voice.say("exploration.leaks_description", column=column, auc=auc, verdict=verdict),
        draw_bars(marks, axis, format=".2f", domain=(CHANCE, 1.0), rule=suspicious),
        Table(title, head, table, frozenset({0, 2})),
    )


def show_effects(columns: Columns, voice: Voice) -> Figure:
    """Show Cliff's delta of each numeric column with its interval, the largest first."""
    known = [(name, column, column.effect) for name, column in list_numeric(columns).items() if column.effect]
    known.sort(key=lambda item: -abs(item[2].value))
    marks = [
        Mark.of(
            voice.column(name),
            effect,
            voice.estimate(effect, "number", 2),
            DECLINED if effect.low > 0 else KEPT if effect.high < 0 else NEUTRAL,
        )
        for name, _, effect in known
    ]
    table = [
        [
            voice.column_with_unit(name),
            voice.estimate(effect, "number", 2),
            *(voice.measure(column.by_class[part].mean) for part in ("declined", "kept")),
            voice.estimate(column.difference, "measure"),
        ]
        for name, column, effect in known
    ]
    heads = voice.heads("exploration", "effect", "mean_declined", "mean_kept", "difference")
    title, axis = voice.say("exploration.effects_title"), voice.say("exploration.effects_axis")
    return Figure(
        "effects",
        title,
        voice.say("exploration.effects_description", column=marks[0].label, effect=marks[0].text),
        draw_intervals(marks, axis, format=".1f", domain=(-1, 1), rule=0),
        Table(title, [voice.say("common.head.column"), *heads], table),
    )
