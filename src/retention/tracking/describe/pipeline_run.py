"""A run of the whole pipeline, told from the content of its artifacts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention.tracking.describe.measures import to_metrics
from retention.tracking.describe.provenance import Provenance
from retention.tracking.describe.trial import describe_choice
from retention.tracking.store.records import (
    RULES,
    SHA256,
    STUDY,
    Content,
    Dataset,
    File,
    Metric,
    Param,
    Record,
    Run,
    Tag,
)
from retention.tracking.store.seal import seal

_OUT_OF_FOLD = ("roc_auc", "pr_auc", "brier", "log_loss")
_BASELINE = ("roc_auc",)
_PLAN = ("budget", "spent", "contacts", "expected_net_profit", "customers", "consenting", "eligible")
_SEGMENT = ("support", "share", "decline_rate", "profit_at_risk")


@dataclass(frozen=True)
class Summaries:
    """The contents of the JSON artifacts that a run is told from, under their names in ``artifacts/``."""

    best: Mapping[str, Any]
    metrics: Mapping[str, Any]
    quality: Mapping[str, Any]
    segments: Mapping[str, Any]
    plan: Mapping[str, Any]


def describe_pipeline(
    digest: str,
    sha256: str,
    content: Summaries,
    settings: Mapping[str, Any],
    provenance: Provenance,
    dataset: Dataset,
    files: Sequence[File | Content],
    seconds: Mapping[str, float],
    rules: str = "",
) -> Run:
    """Return the run of the pipeline.

    Parameters
    ----------
    digest : str
        Of the artifacts.
    sha256 : str
        Of the model file.
    content : Summaries
        What the stages found.
    settings : mapping
        The composed settings.
    provenance : Provenance
        Data, commit and experiment.
    dataset : Dataset
        What it was made from.
    files : sequence of File or Content
        Curves, report, settings and what else shall be looked at.
    seconds : mapping of str to float
        Stage → how long it took, where known.
    rules : str
        Of the segments and offers as set.
    """
    study = str(content.best["study"])
    tags = {STUDY: study, SHA256: sha256, RULES: rules, "mlflow.note.content": _tell(content)}
    return Run(
        kind="pipeline",
        digest=digest,
        name=f"{provenance.experiment or f'pipeline {digest[:8]}'} · {content.best['model']}",
        records=(
            *describe_parameters(content.best, settings),
            *describe_measures(content),
            *(Metric(f"seconds/{stage}", value) for stage, value in seconds.items()),
            *(Tag(key, value) for key, value in tags.items()),
            *provenance.tags(),
            seal(files),
            dataset,
            *files,
        ),
        seconds=sum(seconds.values()) or None,
    )


def describe_parameters(best: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[Record]:
    """Yield what runs are compared by: the winner's choices and hyper-parameters, seed, trials and test share."""
    yield from describe_choice(best, best["params"])
    chosen = {"trial": best["trial"], "n_trials": best["n_trials"], "seed": settings.get("seed")}
    chosen["test_share"] = settings.get("split", {}).get("test_share")
    yield from (Param(key, str(value)) for key, value in chosen.items() if value is not None)


def describe_measures(content: Summaries) -> Iterator[Metric]:
    """Yield the test's measures under their own names, and what runs are compared by of the rest.

    What else the stages measured is in the files of the run: hundreds of metrics would hide the few that matter.
    """
    yield from to_metrics(content.metrics["test"])
    yield from to_metrics(_take(content.metrics.get("out_of_fold", {}), _OUT_OF_FOLD), "out_of_fold")
    for name, measured in content.metrics.get("baselines", {}).items():
        yield from to_metrics(_take(measured, _BASELINE), f"baselines/{name}")
        yield from to_metrics(_take(measured.get("difference", {}), _BASELINE), f"baselines/{name}/difference")
    yield from to_metrics({"cv_roc_auc": content.best["roc_auc"]})
    yield from to_metrics(content.quality["customers"], "customers")
    yield from to_metrics(_take(content.plan, _PLAN), "plan")
    for segment in content.segments["segments"]:
        yield from to_metrics(_take(segment, _SEGMENT), f"segments/{segment['key']}")


def _take(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}


def _tell(content: Summaries) -> str:
    best, roc_auc = content.best, content.metrics["test"]["roc_auc"]
    return (
        f"{best['model']}, scaler {best['scaler']}, encoder {best['encoder']}, features {best['features']}: "
        f"test ROC-AUC {roc_auc['value']:.3f} ({roc_auc['low']:.3f} to {roc_auc['high']:.3f}). "
        f"Its trials are the children of the run `search {best['study'][:8]}`."
    )
