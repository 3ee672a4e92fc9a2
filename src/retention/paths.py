"""Every artifact's path, once."""

import os
from dataclasses import dataclass
from pathlib import Path


class _InRoot:
    """A path below `Paths.root`."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts

    def __get__(self, paths: "Paths", owner: type["Paths"]) -> Path:
        return paths.root.joinpath(*self.parts)


class _InHome(_InRoot):
    """A path below `Paths.home`."""

    def __get__(self, paths: "Paths", owner: type["Paths"]) -> Path:
        return paths.home.joinpath(*self.parts)


@dataclass(frozen=True)
class Paths:
    """Where things lie."""

    root: Path  # of ``dvc.yaml`` and ``params.yaml``: the project, or the copy in which ``dvc exp run --temp`` works
    home: Path  # the main project, which keeps what outlives an experiment: MLflow's store and unfinished studies

    params = _InRoot("params.yaml")
    conf = _InRoot("conf")
    data = _InRoot("data")
    data_dvc = _InRoot("data.dvc")
    artifacts = _InRoot("artifacts")

    quality = _InRoot("artifacts", "quality.json")
    quarantine = _InRoot("artifacts", "quarantine.csv")
    learnt = _InRoot("artifacts", "learnt.parquet")
    customers = _InRoot("artifacts", "customers.parquet")
    periods = _InRoot("artifacts", "periods.json")
    history = _InRoot("artifacts", "history.json")
    earlier = _InRoot("artifacts", "earlier.parquet")
    reused = _InRoot("artifacts", "reused.json")
    columns = _InRoot("artifacts", "columns.json")
    exploration = _InRoot("artifacts", "exploration.json")
    split = _InRoot("artifacts", "split.parquet")
    trials = _InRoot("artifacts", "trials.parquet")
    best = _InRoot("artifacts", "best.json")
    model = _InRoot("artifacts", "model.skops")
    fold_models = _InRoot("artifacts", "fold_models.skops")
    learnt_probabilities = _InRoot("artifacts", "learnt_probabilities.parquet")
    calibration = _InRoot("artifacts", "calibration.json")
    probabilities = _InRoot("artifacts", "probabilities.parquet")
    metrics = _InRoot("artifacts", "metrics.json")
    evaluation = _InRoot("artifacts", "evaluation.json")
    curves = _InRoot("artifacts", "curves")
    attributions = _InRoot("artifacts", "attributions.parquet")
    explanation = _InRoot("artifacts", "explanation.json")
    explanation_pictures = _InRoot("artifacts", "explanation")
    reference = _InRoot("artifacts", "reference.json")
    watch = _InRoot("artifacts", "watch.json")
    segment_rules = _InRoot("artifacts", "segment_rules.json")
    segments = _InRoot("artifacts", "segments.json")
    membership = _InRoot("artifacts", "membership.parquet")
    campaigns = _InRoot("artifacts", "campaigns.json")
    effects = _InRoot("artifacts", "effects.json")
    untouched = _InRoot("artifacts", "untouched.parquet")
    launched = _InRoot("artifacts", "launched.parquet")
    taught = _InRoot("artifacts", "taught.parquet")
    plan = _InRoot("artifacts", "plan.json")
    plan_metrics = _InRoot("artifacts", "plan_metrics.json")
    what_if = _InRoot("artifacts", "what_if.parquet")
    planned = _InRoot("artifacts", "planned.parquet")
    offers = _InRoot("artifacts", "offers.csv")
    holdout = _InRoot("artifacts", "holdout.csv")
    since = _InRoot("artifacts", "since.json")
    report = _InRoot("artifacts", "report", "report.html")
    report_tables = _InRoot("artifacts", "report", "tables")
    report_summary = _InRoot("artifacts", "report", "summary.md")
    plots_template = _InRoot("artifacts", "plots.html")
    receipt = _InRoot("mlruns", "receipt.json")

    durations = _InRoot(".retention", "durations.json")
    studies = _InHome(".retention", "studies")
    mlruns = _InHome("mlruns")

    @classmethod
    def here(cls) -> "Paths":
        """Return the paths of the current folder; DVC names the main project in ``DVC_ROOT``."""
        root = Path.cwd()
        return cls(root, Path(os.environ.get("DVC_ROOT", root)))
