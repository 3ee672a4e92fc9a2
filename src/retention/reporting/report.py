"""The whole report: what each chapter shows, prepared from the artifacts in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retention.reporting.chapters.appendix import (
    show_trials,
    tabulate_candidates,
    tabulate_parameters,
    tell_choice,
    tell_failures,
)
from retention.reporting.chapters.data import count_excluded, tabulate_dictionary, tabulate_files, tabulate_findings
from retention.reporting.chapters.drivers import show_importance, show_shapes
from retention.reporting.chapters.exploration import write_exploration
from retention.reporting.chapters.model import (
    find_largest_gap,
    show_calibration,
    show_comparison,
    show_curves,
    tabulate_metrics,
)
from retention.reporting.chapters.plan import write_plan
from retention.reporting.chapters.reasons import tell_actionable
from retention.reporting.chapters.segments import write_segments
from retention.reporting.chapters.trust import find_leaks, judge_trust
from retention.reporting.chapters.what_if import prepare_what_if
from retention.reporting.headline import summarise_headline
from retention.reporting.language.voice import Voice
from retention.reporting.markdown import render_markdown
from retention.reporting.narrative import show_cards, tell
from retention.reporting.page import Content, render_page
from retention.reporting.sources import Sources
from retention.reporting.spreadsheet import write_table


@dataclass(frozen=True)
class Report:
    """The page, the summary for a chat, and the tables as CSV by name."""

    html: str
    markdown: str
    tables: Mapping[str, str]


def write_report(sources: Sources, voice: Voice, features: Sequence[str], good_roc_auc: float) -> Report:
    """Write the report.

    Parameters
    ----------
    sources : Sources
        The artifacts.
    voice : Voice
        The language, and the names of columns and categories.
    features : sequence of str
        The columns that a model gets.
    good_roc_auc : float
        The ranking is trusted highly if the whole interval of its ROC-AUC lies above this.
    """
    content = prepare_content(sources, voice, features, good_roc_auc)
    page = render_page(content, voice)
    tables = {figure.key: figure.table for figure in page.figures} | content.tables
    files = {name: write_table(table, voice) for name, table in tables.items()}
    return Report(page.html, render_markdown(voice.say("page.title"), content.story), files)


def prepare_content(sources: Sources, voice: Voice, features: Sequence[str], good_roc_auc: float) -> Content:
    """Prepare every chapter; the parameters are those of `write_report`."""
    headline, segments, best = summarise_headline(sources), sources.segments, sources.best
    leaks = find_leaks(sources.exploration.leaks, features)
    excluded = count_excluded(sources.quality, "outlier")
    return Content(
        sources=sources,
        headline=headline,
        cards=show_cards(headline, voice),
        story=tell(headline, voice),
        plan=write_plan(sources.plan, voice),
        what_if=prepare_what_if(sources.what_if, sources.plan, voice),
        segments=write_segments(segments, sources.plan, voice),
        importance=show_importance(sources.explanation, voice),
        actionable=tell_actionable(sources.explanation.importance, segments.actionable, voice),
        shapes=show_shapes(sources.explanation, voice),
        trust=judge_trust(sources, leaks, good_roc_auc),
        leaks=leaks,
        largest_gap=find_largest_gap(sources.curves["calibration"]),
        comparison=show_comparison(sources.evaluation, voice),
        metrics=tabulate_metrics(sources.evaluation, voice),
        calibration=show_calibration(sources.curves["calibration"], voice),
        curves=show_curves(sources.curves, voice),
        findings=tabulate_findings(sources.quality, voice),
        files=tabulate_files(sources.quality, voice),
        exploration=write_exploration(sources.exploration, leaks, voice, excluded),
        trials=show_trials(sources.trials, voice),
        candidates=tabulate_candidates(best, voice),
        choice=tell_choice(best, voice),
        failures=tell_failures(best, voice),
        parameters=tabulate_parameters(best, voice),
        dictionary=tabulate_dictionary(voice),
    )
