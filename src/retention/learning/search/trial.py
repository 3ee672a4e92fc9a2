"""What the search has tried, and what to try next by Optuna's tree-structured Parzen estimator: trials, in batches."""

import json
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.model.space import Space
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
    tried = Counter(trial.choice.model for trial in trials if trial.state != "repeated")
    failed = [trial for trial in trials if trial.state == "failed"]
    reasons = {model: [trial.reason for trial in failed if trial.choice.model == model] for model in sorted(tried)}
    return tuple(
        FamilyFailures(model=model, failed=len(told), trials=tried[model], first=told[0])
        for model, told in reasons.items()
        if told
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
    """Return the trials of a table that `tabulate_trials` made.

    Parameters
    ----------
    table : DataFrame
    seconds : mapping of int to float
        Trial → how long it took, where known.
    """
    folds = [str(name) for name in table if str(name).startswith("fold_")]

    def read_row(row: pd.Series) -> Trial:
        choice = Choice(**{kind: row[kind] for kind in ("model", *STEPS)}, params=json.loads(row["params"]))
        repeat_of = None if pd.isna(row["repeat_of"]) else int(row["repeat_of"])
        number, known = int(row["number"]), tuple(row[folds].dropna())
        taken = seconds.get(number, 0.0)
        return Trial(number, int(row["batch"]), choice, row["state"], known, row["reason"], repeat_of, taken)

    return [read_row(row) for _, row in table.iterrows()]


def propose(space: Space, finished: Sequence[Trial], count: int, batch: int, seed: int, startup: int) -> list[Choice]:
    """Propose the next `count` choices.

    The study is built anew from `finished` and the sampler is seeded by (`seed`, `batch`), so the proposals depend
    on nothing else: a resumed search proposes what an unbroken one would have, and the first of `count` proposals
    are those of a smaller count.

    Parameters
    ----------
    space : Space
        What may be proposed.
    finished : sequence of Trial
        Every trial of the batches before, in order.
    count, batch, seed : int
        How many to propose, the number of the batch, from 1, and the seed of the search.
    startup : int
        Trials before the sampler learns; until then it draws at random, after the families' starting points.

    References
    ----------
    Watanabe (2023), Tree-structured Parzen estimator, arXiv:2304.11127; the estimator is multivariate within the
    parameters of one family, and takes running trials for bad ones.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    state = int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # `group`
        sampler = optuna.samplers.TPESampler(seed=state, n_startup_trials=startup, multivariate=True, group=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials([_freeze(trial, space, finished) for trial in finished])
    for start in list_starts(space)[len(finished) : len(finished) + count]:
        study.enqueue_trial(start)
    return [_draw(study.ask(), space) for _ in range(count)]


def list_starts(space: Space) -> list[dict[str, Parameter]]:
    """Return the starting points of all families in Optuna's names: first one of each family, then the second."""
    rounds = zip_longest(*([(name, one) for one in family.declared.start] for name, family in space.families.items()))
    return [_name_start(name, start, space) for starts in rounds for name, start in filter(None, starts)]


def _name_start(model: str, start: Mapping[str, Parameter], space: Space) -> dict[str, Parameter]:
    """Prefix a starting point's names, leaving out steps that are not selected: those are drawn."""
    steps = space.families[model].steps
    usable = {name: value for name, value in start.items() if name not in steps or value in steps[name]}
    return {"model": model} | {f"{model}.{name}": value for name, value in usable.items()}


def _freeze(trial: Trial, space: Space, finished: Sequence[Trial]) -> FrozenTrial:
    """Return a trial as Optuna's record; a repeated one counts like the one that it repeats."""
    first = trial if trial.repeat_of is None else finished[trial.repeat_of]
    params, distributions = _name_choice(trial.choice, space)
    state = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED}.get(first.state, TrialState.FAIL)
    return optuna.trial.create_trial(
        state=state,
        value=first.mean if state is TrialState.COMPLETE else None,
        intermediate_values={len(first.folds): first.mean} if state is TrialState.PRUNED else None,
        params=params,
        distributions=distributions,
    )


def _name_choice(choice: Choice, space: Space) -> tuple[dict[str, Parameter], dict[str, BaseDistribution]]:
    """Return a choice as Optuna's parameters, each family's under its own name, and what they were drawn from."""
    family = space.families[choice.model]
    drawn = {kind: CategoricalDistribution(family.steps[kind]) for kind in STEPS} | dict(family.distributions)
    made = {name: getattr(choice, name) if name in STEPS else choice.params[name] for name in drawn}
    params, distributions = ({f"{choice.model}.{name}": one for name, one in of.items()} for of in (made, drawn))
    families = CategoricalDistribution(list(space.families))
    return {"model": choice.model} | params, {"model": families} | distributions


def _draw(trial: optuna.Trial, space: Space) -> Choice:
    """Draw the family, then only what belongs to it, so that no impossible combination can come out."""
    model = trial.suggest_categorical("model", list(space.families))
    family = space.families[model]
    steps = {kind: trial.suggest_categorical(f"{model}.{kind}", family.steps[kind]) for kind in STEPS}
    params = {name: trial._suggest(f"{model}.{name}", drawn) for name, drawn in family.distributions.items()}
    return Choice(model=model, params=params, **steps)
