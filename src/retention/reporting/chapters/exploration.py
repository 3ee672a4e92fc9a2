"""The chapter on the exploration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retention.exploration.exploration import Exploration
from retention.exploration.twins import Twins
from retention.reporting.chapters.associations import show_phik
from retention.reporting.chapters.distributions import (
    Columns,
    Histogram,
    list_numeric,
    show_categories,
    show_histograms,
    tabulate_columns,
)
from retention.reporting.chapters.leaks import show_effects, show_leaks
from retention.reporting.chapters.revenue import show_growth, show_months
from retention.reporting.chapters.trust import LeakFinding
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.language.voice import Voice


@dataclass(frozen=True)
class ExplorationChapter:
    """Everything the chapter shows, worded."""

    order_leaks: bool
    leaks: Figure
    effects: Figure
    histograms: Sequence[Histogram]
    columns: Table
    outliers: str
    categories: Sequence[Figure]
    growth: Figure
    months: Figure
    phik: Figure | None
    vif: Table
    vif_verdict: str
    twins: str


def write_exploration(
    exploration: Exploration, leaks: LeakFinding, voice: Voice, excluded: int = 0
) -> ExplorationChapter:
    """Prepare the chapter.

    Parameters
    ----------
    exploration : Exploration
    leaks : LeakFinding
        What the leak audit flagged.
    voice : Voice
        The language.
    excluded : int
        Customers who were left out before as outliers.
    """
    columns, rules, revenue = exploration.columns, exploration.rules, exploration.revenue
    overall = exploration.declined / exploration.customers
    return ExplorationChapter(
        order_leaks=bool(leaks.others),
        leaks=show_leaks(exploration.leaks, rules.leak_suspicious, voice),
        effects=show_effects(columns, voice),
        histograms=show_histograms(columns, voice),
        columns=tabulate_columns(columns, voice),
        outliers=_tell_outliers(columns, excluded, voice),
        categories=show_categories(columns, overall, voice),
        growth=show_growth(revenue, voice),
        months=show_months(revenue, voice),
        phik=show_phik(exploration.phik, voice),
        vif=_tabulate_vif(exploration.vif, voice),
        vif_verdict=_judge_vif(exploration.vif, rules.vif_high, voice),
        twins=_tell_twins(exploration.twins, voice),
    )


def _tabulate_vif(vif: Mapping[str, float | None], voice: Voice) -> Table:
    order = sorted(vif, key=lambda name: -_size(vif[name]))
    full = voice.say("exploration.vif_full")
    rows = [[voice.column(name), _say_vif(vif[name], full, voice)] for name in order]
    head = [voice.say("common.head.column"), voice.say("exploration.head.vif")]
    return Table(voice.say("exploration.vif"), head, rows)


def _say_vif(value: float | None, full: str, voice: Voice) -> str:
    return full if value is None else voice.number(value, 1)


def _size(value: float | None) -> float:
    """Return the factor; one that is not finite is written as null."""
    return float("inf") if value is None else value


def _judge_vif(vif: Mapping[str, float | None], high: float, voice: Voice) -> str:
    poor = [voice.column(name) for name, value in vif.items() if _size(value) >= high]
    if poor:
        return voice.say("exploration.vif_poor", high=voice.measure(high), columns=", ".join(poor))
    top = max(vif, key=lambda name: _size(vif[name]))
    return voice.say(
        "exploration.vif_good", vif=voice.number(vif[top], 1), column=voice.column(top), high=voice.measure(high)
    )


def _tell_outliers(columns: Columns, excluded: int, voice: Voice) -> str:
    counts = {name: item.outliers.below + item.outliers.above for name, item in list_numeric(columns).items()}
    top, left_out = max(counts, key=lambda name: counts[name], default=""), voice.count(excluded, "customer")
    if not counts.get(top):
        return voice.say("exploration.outliers_none", excluded=left_out)
    column, count = voice.column(top), voice.number(counts[top])
    return voice.say("exploration.outliers_kept", excluded=left_out, column=column, count=count)


def _tell_twins(twins: Twins, voice: Voice) -> str:
    if not twins.groups:
        return voice.say("exploration.twins_none")
    groups = voice.count(twins.label_differs, "group_in")
    differ = twins.label_differs > 0
    labels = voice.say("exploration.twins_differ", groups=groups) if differ else voice.say("exploration.twins_same")
    return voice.say(
        "exploration.twins_found",
        groups=voice.count(twins.groups, "group"),
        customers=voice.count(twins.customers, "customer"),
        labels=labels,
    )
