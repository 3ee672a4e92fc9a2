"""A trial of the search as a run."""

import json
import re
from collections.abc import Iterator, Mapping

import pandas as pd

from retention.learning.model.choice import Choice
from retention.learning.search.trial import Trial
from retention.tracking.store.records import STUDY, TRIAL, USER, Metric, Param, Record, Run, Tag

_NOT_IN_A_KEY = re.compile(r"[^0-9A-Za-z_\-. /:]")
_SCORED = ("complete", "repeated")


def list_trials(table: pd.DataFrame, seconds: Mapping[int, float]) -> list[Trial]:
    """Return the trials that ``trials.parquet`` holds.

    Parameters
    ----------
    table : DataFrame
        As `tabulate_trials` makes it.
    seconds : mapping of int to float
        Trial → how long it took, where known.
    """
    folds = [str(name) for name in table if str(name).startswith("fold_")]
    return [
        Trial(
            number=int(row["number"]),
            batch=int(row["batch"]),
            choice=Choice(row["model"], row["scaler"], row["encoder"], row["features"], json.loads(row["params"])),
            state=row["state"],
            folds=tuple(row[folds].dropna()),
            reason=row["reason"],
            repeat_of=None if pd.isna(row["repeat_of"]) else int(row["repeat_of"]),
            seconds=seconds.get(int(row["number"]), 0.0),
        )
        for _, row in table.iterrows()
    ]


def is_scored(trial: Trial) -> bool:
    """Return whether every fold was run, so that its mean can be compared."""
    return trial.state in _SCORED


def describe_trial(study: str, trial: Trial, user: str) -> Run:
    """Return the run of one trial of a study, told by the study's digest, that `user` ran."""
    score = f" · {trial.mean:.3f}" if is_scored(trial) else ""
    return Run(
        kind="trial",
        digest=f"{study}:{trial.number}",
        name=f"trial {trial.number:03d} · {trial.choice.model}{score}",
        records=(*describe_choice(trial.choice), *_list_metrics(trial), *_list_tags(study, trial, user)),
        failed=trial.state == "failed",
        seconds=trial.seconds or None,
    )


def describe_choice(choice: Choice) -> Iterator[Param]:
    """Yield a parameter each for model, scaler, encoder, features and every hyper-parameter by its own name."""
    yield Param("model", choice.model)
    yield Param("scaler", choice.scaler)
    yield Param("encoder", choice.encoder)
    yield Param("features", choice.features)
    for name, value in choice.params.items():
        yield Param(_NOT_IN_A_KEY.sub("_", name)[:250], str(value))


def _list_metrics(trial: Trial) -> Iterator[Record]:
    if is_scored(trial):
        yield Metric("cv_roc_auc", trial.mean)
    for number, score in enumerate(trial.folds, start=1):
        yield Metric(f"cv_roc_auc_fold_{number}", score)
    if trial.seconds:
        yield Metric("seconds", trial.seconds)


def _list_tags(study: str, trial: Trial, user: str) -> Iterator[Tag]:
    yield Tag(STUDY, study)
    yield Tag(TRIAL, str(trial.number))
    yield Tag(USER, user)
    yield Tag("retention.batch", str(trial.batch))
    yield Tag("retention.state", trial.state)
    if trial.reason:
        yield Tag("retention.reason", trial.reason[:5000])
    if trial.repeat_of is not None:
        yield Tag("retention.repeat_of", str(trial.repeat_of))
