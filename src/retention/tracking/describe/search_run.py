"""A search as a run: the trials are its children, and what is said of it grows with them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from retention.learning.model.choice import STEPS, Choice
from retention.learning.search.best import Best
from retention.learning.search.trial import State, Trial
from retention.tracking.store.records import STUDY, TRIAL, USER, Dataset, File, Metric, Run, list_metrics, spread


def describe_search(
    trials: Sequence[Trial], best: Best, protocol: Mapping[str, str], user: str, files: Sequence[File], dataset: Dataset
) -> Run:
    """Return the run of a search with all its trials.

    A longer search of the same study continues this one, so that what may change is a tag, or a metric whose step is
    the number of a trial or how many there are; a parameter could not change. `trials` are all of them, in order;
    `protocol` are the settings that the study is identified by.
    """
    seconds, states = sum(trial.seconds for trial in trials), [trial.state for trial in trials]
    counts = {"trials": len(trials), **{f"trials_{state}": states.count(state) for state in get_args(State)}}
    numbers = {**counts, **spread("chosen_roc_auc", best.roc_auc), "trial_seconds": seconds}
    told = f"trial {best.trial}: {' · '.join((best.model, best.scaler, best.encoder, best.features))}"
    tags = {
        STUDY: best.study,
        USER: user,
        "retention.chosen": told,
        "mlflow.note.content": " ".join([f"Chosen: {told}. {best.reason}", *(f"{one}." for one in best.failures)]),
    }
    return Run(
        kind="search",
        digest=best.study,
        name=f"search {best.study[:8]}",
        params=protocol,
        metrics=(*follow_best(trials), *list_metrics(numbers, step=len(trials))),
        tags=tags,
        files=files,
        datasets=[dataset],
        extent=len(trials),
        seconds=seconds or None,
        children=tuple(describe_trial(best.study, trial, user) for trial in trials),
    )


def follow_best(trials: Sequence[Trial]) -> Iterator[Metric]:
    """Yield the best mean ROC-AUC so far at every trial that has one; the UI draws it as the search's history."""
    best = float("-inf")
    for trial in trials:
        if is_scored(trial):
            best = max(best, trial.mean)
            yield Metric("best_cv_roc_auc", best, step=trial.number)


_NOT_IN_A_KEY = re.compile(r"[^0-9A-Za-z_\-. /:]")
_SCORED = ("complete", "repeated")


def is_scored(trial: Trial) -> bool:
    """Return whether every fold was run, so that its mean can be compared."""
    return trial.state in _SCORED and not trial.reason  # of a repeated one, why the first was pruned or failed


def describe_trial(study: str, trial: Trial, user: str) -> Run:
    """Return the run of one trial of a study, told by the study's digest, that `user` ran."""
    score = f" · {trial.mean:.3f}" if is_scored(trial) else ""
    numbers = {"cv_roc_auc": trial.mean if is_scored(trial) else None, "seconds": trial.seconds or None}
    numbers |= {f"cv_roc_auc_fold_{number}": score for number, score in enumerate(trial.folds, start=1)}
    told = {"batch": trial.batch, "state": trial.state, "reason": trial.reason[:5000], "repeat_of": trial.repeat_of}
    tags = {f"retention.{key}": str(value) for key, value in told.items() if value not in ("", None)}
    return Run(
        kind="trial",
        digest=f"{study}:{trial.number}",
        name=f"trial {trial.number:03d} · {trial.choice.model}{score}",
        params=describe_choice(trial.choice),
        metrics=list_metrics(numbers),
        tags={STUDY: study, TRIAL: str(trial.number), USER: user, **tags},
        failed=trial.state == "failed",
        seconds=trial.seconds or None,
    )


def describe_choice(choice: Choice) -> dict[str, str]:
    """Return a parameter each for model, scaler, encoder, features and every hyper-parameter by its own name."""
    steps = {name: str(getattr(choice, name)) for name in ("model", *STEPS)}
    return steps | {_NOT_IN_A_KEY.sub("_", name)[:250]: str(value) for name, value in choice.params.items()}
