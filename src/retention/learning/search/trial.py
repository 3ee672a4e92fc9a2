"""What the search has tried: trials, in batches."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.search.best import FamilyFailures

State = Literal["complete", "pruned", "failed", "repeated"]


@dataclass(frozen=True)
class Trial:
    """One evaluated choice."""

    number: int  # counted from 0 through the whole search
    batch: int  # counted from 1
    choice: Choice
    state: State  # all folds, hopeless after a few, could not be fitted, or tried before
    folds: tuple[float, ...]  # ROC-AUC of each fold that was run, in order
    reason: str = ""  # why it was pruned or failed
    repeat_of: int | None = None  # the trial whose result a repeated one takes
    seconds: float = 0.0  # what its fits took; never part of an artifact, never decides anything

    @property
    def mean(self) -> float:
        """The mean ROC-AUC of the folds that were run; NaN if none was."""
        return float(np.mean(self.folds)) if self.folds else float("nan")


@dataclass(frozen=True)
class Batch:
    """The trials that were proposed together, `number` counted from 1."""

    number: int
    trials: tuple[Trial, ...]


def find_best(trials: Iterable[Trial]) -> Trial | None:
    """Return the complete trial with the highest mean, the earliest of equals; None if none is complete."""
    complete = [trial for trial in trials if trial.state == "complete"]
    return max(complete, key=lambda trial: (trial.mean, -trial.number), default=None)


def count_failures(trials: Sequence[Trial]) -> tuple[FamilyFailures, ...]:
    """Return the families of which trials failed, in the order of their names."""
    new: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.state != "repeated":
            new.setdefault(trial.choice.model, []).append(trial)
    failed = {model: [trial for trial in tried if trial.state == "failed"] for model, tried in sorted(new.items())}
    return tuple(
        FamilyFailures(model=model, failed=len(lost), trials=len(new[model]), first=lost[0].reason)
        for model, lost in failed.items()
        if lost
    )


def tabulate_trials(trials: Iterable[Trial], n_folds: int) -> pd.DataFrame:
    """Return one row per trial, in order, as `TRIALS` declares it."""

    def make_row(trial: Trial) -> dict[str, Parameter]:
        folds = [*trial.folds, *[float("nan")] * (n_folds - len(trial.folds))]
        return {
            **{name: getattr(trial, name) for name in ("number", "batch", "state")},
            **{kind: getattr(trial.choice, kind) for kind in ("model", *STEPS)},
            "params": json.dumps(dict(trial.choice.params), sort_keys=True),
            "roc_auc": float(np.mean(folds)),
            **{f"fold_{number}": score for number, score in enumerate(folds, start=1)},
            "reason": trial.reason,
            "repeat_of": trial.repeat_of,
        }

    return pd.DataFrame(map(make_row, trials)).astype({"repeat_of": "Int64"})


def list_trials(table: pd.DataFrame, seconds: Mapping[int, float]) -> list[Trial]:
    """Return the trials of a table that `tabulate_trials` made; `seconds` say how long each took, where known."""
    folds = [str(name) for name in table if str(name).startswith("fold_")]

    def read_row(row: pd.Series) -> Trial:
        choice = Choice(**{kind: row[kind] for kind in ("model", *STEPS)}, params=json.loads(row["params"]))
        repeat_of = None if pd.isna(row["repeat_of"]) else int(row["repeat_of"])
        number, known = int(row["number"]), tuple(row[folds].dropna())
        taken = seconds.get(number, 0.0)
        return Trial(number, int(row["batch"]), choice, row["state"], known, row["reason"], repeat_of, taken)

    return [read_row(row) for _, row in table.iterrows()]
