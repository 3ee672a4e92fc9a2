"""Stage ``report``: write the report as one offline page, and a summary for a chat."""

from retention.audience.plan.summary import PlanSummary
from retention.audience.plan.what_if import WHAT_IF
from retention.audience.segments.rules import MEMBERSHIP, SegmentRules
from retention.audience.segments.summary import SegmentsSummary
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import OFFER, PLANNED, UNTOUCHED
from retention.campaigns.summary import Campaigns
from retention.exploration.exploration import Exploration
from retention.files import read_artifact, read_table, write_text
from retention.history.figures import History, Since
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES, Calibration
from retention.learning.evaluation.evaluation import CURVES, Evaluation
from retention.learning.explanation.summary import Explanation, build_attributions_schema
from retention.learning.search.best import TRIALS, Best
from retention.paths import Paths
from retention.reporting.language.voice import Voice
from retention.reporting.report import render_plots_template, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.tables.columns import ID
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles, build_customers_schema
from retention.watch.summary import Watch

PICTURES = ("beeswarm", "waterfall")
"""Of those that the library shap drew, what the page shows beside its own drawings."""


def run(settings: Settings, paths: Paths) -> None:
    """Write ``report.html``, ``summary.md`` and the tables as CSV."""
    sources = read_sources(paths)
    unit, counts_customers = sources.plan.money.unit, not sources.roles.money
    voice = Voice(settings.report.language, settings.tables.columns, unit, counts_customers)
    report = write_report(sources, voice, settings.report)
    write_text(paths.report, report.html)
    write_text(paths.report_summary, report.markdown)
    write_text(paths.plots_template, render_plots_template())
    for name, table in report.tables.items():
        write_text(paths.report_tables / f"{name}.csv", table)
    for file in paths.report_tables.glob("*.csv"):
        if file.stem not in report.tables:  # of an earlier run
            file.unlink()


def read_sources(paths: Paths) -> Sources:
    """Read every artifact that the report is made of."""
    roles = read_artifact(paths.columns, ColumnRoles)
    probabilities, untouched = read_table(paths.probabilities, PROBABILITIES), read_table(paths.untouched, UNTOUCHED)
    waited = untouched.loc[untouched[OFFER] == "", ID].astype(str)
    return Sources(
        roles=roles,
        periods=read_artifact(paths.periods, Periods),
        quality=read_artifact(paths.quality, Quality),
        exploration=read_artifact(paths.exploration, Exploration),
        best=read_artifact(paths.best, Best),
        calibration=read_artifact(paths.calibration, Calibration),
        evaluation=read_artifact(paths.evaluation, Evaluation),
        explanation=read_artifact(paths.explanation, Explanation),
        segments=read_artifact(paths.segments, SegmentsSummary),
        plan=read_artifact(paths.plan, PlanSummary),
        history=read_artifact(paths.history, History),
        since=read_artifact(paths.since, Since),
        watch=read_artifact(paths.watch, Watch),
        campaigns=read_artifact(paths.campaigns, Campaigns),
        effects=read_artifact(paths.effects, Effects),
        rules=read_artifact(paths.segment_rules, SegmentRules),
        resting=frozenset(waited) & frozenset(probabilities[ID].astype(str)),
        trials=read_table(paths.trials, TRIALS),
        what_if=read_table(paths.what_if, WHAT_IF),
        probabilities=probabilities,
        learnt=read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES),
        customers=read_table(paths.customers, build_customers_schema(roles)),
        attributions=read_table(paths.attributions, build_attributions_schema(roles.names)),
        membership=read_table(paths.membership, MEMBERSHIP),
        planned=read_table(paths.planned, PLANNED),
        curves={name: read_table(paths.curves / f"{name}.csv", schema) for name, schema in CURVES.items()},
        lists={file.name: file.read_bytes().decode("utf-8") for file in (paths.offers, paths.holdout)},
        pictures={name: (paths.explanation_pictures / f"{name}.png").read_bytes() for name in PICTURES},
    )
