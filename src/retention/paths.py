"""Every artifact's path, once."""

import os
from dataclasses import dataclass
from pathlib import Path


class _Below:
    """A path below one of the two folders of `Paths`."""

    def __init__(self, place: str, folder: str = "root") -> None:
        self.place, self.folder = place, folder

    def __get__(self, paths: "Paths", owner: type["Paths"]) -> Path:
        return Path(getattr(paths, self.folder), self.place)


@dataclass(frozen=True)
class Paths:
    """Where things lie."""

    root: Path  # of ``dvc.yaml`` and ``params.yaml``: the project, or the copy in which ``dvc exp run --temp`` works
    home: Path  # the main project, which keeps what outlives an experiment: MLflow's store and unfinished studies

    params = _Below("params.yaml")
    conf = _Below("conf")
    data = _Below("data")
    data_dvc = _Below("data.dvc")
    artifacts = _Below("artifacts")

    quality = _Below("artifacts/quality.json")
    quarantine = _Below("artifacts/quarantine.csv")
    learnt = _Below("artifacts/learnt.parquet")
    customers = _Below("artifacts/customers.parquet")
    periods = _Below("artifacts/periods.json")
    history = _Below("artifacts/history.json")
    earlier = _Below("artifacts/earlier.parquet")
    reused = _Below("artifacts/reused.json")
    columns = _Below("artifacts/columns.json")
    exploration = _Below("artifacts/exploration.json")
    split = _Below("artifacts/split.parquet")
    trials = _Below("artifacts/trials.parquet")
    best = _Below("artifacts/best.json")
    model = _Below("artifacts/model.skops")
    fold_models = _Below("artifacts/fold_models.skops")
    learnt_probabilities = _Below("artifacts/learnt_probabilities.parquet")
    calibration = _Below("artifacts/calibration.json")
    probabilities = _Below("artifacts/probabilities.parquet")
    metrics = _Below("artifacts/metrics.json")
    evaluation = _Below("artifacts/evaluation.json")
    curves = _Below("artifacts/curves")
    attributions = _Below("artifacts/attributions.parquet")
    explanation = _Below("artifacts/explanation.json")
    explanation_pictures = _Below("artifacts/explanation")
    reference = _Below("artifacts/reference.json")
    watch = _Below("artifacts/watch.json")
    segment_rules = _Below("artifacts/segment_rules.json")
    segments = _Below("artifacts/segments.json")
    membership = _Below("artifacts/membership.parquet")
    campaigns = _Below("artifacts/campaigns.json")
    effects = _Below("artifacts/effects.json")
    untouched = _Below("artifacts/untouched.parquet")
    launched = _Below("artifacts/launched.parquet")
    taught = _Below("artifacts/taught.parquet")
    plan = _Below("artifacts/plan.json")
    plan_metrics = _Below("artifacts/plan_metrics.json")
    what_if = _Below("artifacts/what_if.parquet")
    planned = _Below("artifacts/planned.parquet")
    offers = _Below("artifacts/offers.csv")
    holdout = _Below("artifacts/holdout.csv")
    since = _Below("artifacts/since.json")
    report = _Below("artifacts/report/report.html")
    report_tables = _Below("artifacts/report/tables")
    report_summary = _Below("artifacts/report/summary.md")
    plots_template = _Below("artifacts/plots.html")
    receipt = _Below("mlruns/receipt.json")

    durations = _Below(".retention/durations.json")
    studies = _Below(".retention/studies", "home")
    mlruns = _Below("mlruns", "home")

    @classmethod
    def here(cls) -> "Paths":
        """Return the paths of the current folder; DVC names the main project in ``DVC_ROOT``."""
        root = Path.cwd()
        return cls(root, Path(os.environ.get("DVC_ROOT", root)))
