"""The whole report: what each chapter shows, prepared from the artifacts in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retention.reporting.chapters.appendix import tell_search_account
from retention.reporting.chapters.data import count_excluded, tabulate_dictionary, write_data
from retention.reporting.chapters.drivers import write_drivers
from retention.reporting.chapters.exploration import write_exploration
from retention.reporting.chapters.model import find_largest_gap, write_model
from retention.reporting.chapters.plan import write_plan
from retention.reporting.chapters.segments import write_segments
from retention.reporting.chapters.trust import find_leaks, judge_trust, word_trust
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
    headline, segments = summarise_headline(sources), sources.segments
    leaks = find_leaks(sources.exploration.leaks, features)
    gap = find_largest_gap(sources.curves["calibration"])
    trust = judge_trust(sources, leaks, good_roc_auc)
    excluded = count_excluded(sources.quality, "outlier")
    return Content(
        headline=headline,
        cards=show_cards(headline, voice),
        story=tell(headline, voice),
        trust=[word_trust(item, sources, leaks, gap, voice) for item in trust],
        plan=write_plan(sources.plan, segments.confidence, voice),
        what_if=prepare_what_if(sources.what_if, sources.plan, voice),
        segments=write_segments(segments, sources.plan, voice),
        drivers=write_drivers(sources.explanation, segments.actionable, voice),
        model=write_model(
            sources.best, sources.calibration.method, sources.evaluation, sources.curves, sources.pictures, voice
        ),
        data=write_data(sources.quality, voice),
        exploration=write_exploration(sources.exploration, leaks, voice, excluded),
        search=tell_search_account(sources.trials, sources.best, voice),
        dictionary=tabulate_dictionary(voice),
    )
