"""Stage ``report``: write the report as one offline page, and a summary for a chat."""

import pandas as pd

from retention.files import read_json, read_parquet, write_text
from retention.paths import Paths
from retention.reporting.language.voice import ColumnName, Voice
from retention.reporting.page import render_plots_template
from retention.reporting.report import write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.strict import Text
from retention.tables.columns import FEATURES

CURVES = ("roc", "pr", "calibration", "lift")


def run(settings: Settings, paths: Paths) -> None:
    """Write ``report.html``, ``summary.md`` and the tables as CSV."""
    columns = {
        name: ColumnName(column.label, column.unit, column.values) for name, column in settings.tables.columns.items()
    }
    sources = _read_sources(paths)
    voice = Voice(settings.report.language, columns, Text.model_validate(sources.plan["money"]["unit"]))
    report = write_report(sources, voice, FEATURES, settings.report.good_roc_auc)
    write_text(paths.report, report.html)
    write_text(paths.report_summary, report.markdown)
    write_text(paths.plots_template, render_plots_template())
    for name, table in report.tables.items():
        write_text(paths.report_tables / f"{name}.csv", table)
    for file in paths.report_tables.glob("*.csv"):
        if file.stem not in report.tables:  # of an earlier run
            file.unlink()


def _read_sources(paths: Paths) -> Sources:
    return Sources(
        quality=read_json(paths.quality),
        exploration=read_json(paths.exploration),
        best=read_json(paths.best),
        calibration=read_json(paths.calibration),
        metrics=read_json(paths.evaluation),
        explanation=read_json(paths.explanation),
        segments=read_json(paths.segments),
        plan=read_json(paths.plan),
        trials=read_parquet(paths.trials),
        what_if=read_parquet(paths.what_if),
        probabilities=read_parquet(paths.probabilities),
        offers=pd.read_csv(paths.offers),
        holdout=pd.read_csv(paths.holdout),
        curves={name: pd.read_csv(paths.curves / f"{name}.csv") for name in CURVES},
    )
