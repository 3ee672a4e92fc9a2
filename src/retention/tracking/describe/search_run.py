"""A search as a run: the trials are its children, and what is said of it grows with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retention.learning.search.best import FamilyFailures
from retention.tracking.describe.measures import is_number
from retention.tracking.describe.trial import describe_trial
from retention.tracking.store.records import STUDY, Content, File, Metric, Record, Run, Tag


def describe_search(
    trials: Sequence[Mapping[str, Any]],
    best: Mapping[str, Any],
    files: Sequence[File | Content],
    seconds: Mapping[int, float],
) -> Run:
    """Return the run of a search with all its trials.

    A longer search of the same study continues this one, so that what may change is a tag, or a metric whose step is
    the number of the trial; a parameter could not change.

    Parameters
    ----------
    trials : sequence of mapping
        The rows of ``trials.parquet``.
    best : mapping
        The content of ``best.json``.
    files : sequence of File or Content
        The trials table and the pictures.
    seconds : mapping of int to float
        Trial → how long it took, where known.
    """
    study = str(best["study"])
    known = [seconds[int(row["number"])] for row in trials if int(row["number"]) in seconds]
    tags = {STUDY: study, "retention.chosen": _name_choice(best), "mlflow.note.content": _explain(best)}
    return Run(
        kind="search",
        digest=study,
        name=f"search {study[:8]}",
        records=(
            *follow_best(trials),
            *_summarise(trials, best, sum(known) if known else None),
            *(Tag(key, value) for key, value in tags.items()),
            *files,
        ),
        extent=len(trials),
        seconds=sum(known) if known else None,
        children=tuple(describe_trial(study, row, seconds.get(int(row["number"]))) for row in trials),
    )


def follow_best(trials: Sequence[Mapping[str, Any]]) -> Iterator[Metric]:
    """Yield the best mean ROC-AUC so far at every complete trial; the UI draws it as the search's history."""
    best = float("-inf")
    for row in trials:
        if row["state"] in ("complete", "repeated") and is_number(row["roc_auc"]):
            best = max(best, float(row["roc_auc"]))
            yield Metric("best_cv_roc_auc", best, step=int(row["number"]))


def _summarise(trials: Sequence[Mapping[str, Any]], best: Mapping[str, Any], seconds: float | None) -> Iterator[Record]:
    states = [row["state"] for row in trials]
    chosen = best["roc_auc"]
    numbers = {
        "trials": len(trials),
        **{f"trials_{state}": states.count(state) for state in ("complete", "pruned", "failed", "repeated")},
        "chosen_roc_auc": chosen["value"],
        "chosen_roc_auc_low": chosen["low"],
        "chosen_roc_auc_high": chosen["high"],
        "trial_seconds": seconds,
    }
    yield from (Metric(key, float(value), step=len(trials)) for key, value in numbers.items() if is_number(value))


def _name_choice(best: Mapping[str, Any]) -> str:
    steps = " · ".join(str(best[name]) for name in ("model", "scaler", "encoder", "features"))
    return f"trial {best['trial']}: {steps}"


def _explain(best: Mapping[str, Any]) -> str:
    failed = [f"{FamilyFailures.model_validate(family)}." for family in best["failures"]]
    return " ".join([f"Chosen: {_name_choice(best)}. {best['reason']}", *failed])
