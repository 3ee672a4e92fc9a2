"""A study from end to end: batches of trials proposed, evaluated side by side and told in order; then the winner."""

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from retention.errors import UserError
from retention.learning.folds import repeated_folds
from retention.learning.model.choice import Choice
from retention.learning.model.space import Space, build_pipeline_of, choose_refit
from retention.learning.search.cluster import open_cluster
from retention.learning.search.fitting import Evaluate, FoldEvaluator, FoldScore, describe_failure, open_workers
from retention.learning.search.selection import Candidate
from retention.learning.search.trial import Batch, State, Trial, count_failures, find_best, propose
from retention.learning.settings import PruneRule, SearchSettings


@dataclass(frozen=True)
class Study:
    """A study whose workers are running; made by `open_study`."""

    frame: pd.DataFrame
    target: NDArray[np.int64]
    space: Space
    protocol: SearchSettings
    seed: int
    evaluate: Evaluate

    def search(self, finished: Sequence[Batch] = (), only: Choice | None = None) -> Iterator[Batch]:
        """Search for the choice with the highest mean ROC-AUC; yield each batch that follows the `finished` ones.

        A batch depends on `space`, `seed`, the batches before it and the folds behind `evaluate` (fold i of every trial
        is its fold i, for i below ``folds × repeats``), on nothing else: not on the number of workers, not on clocks,
        not on `n_trials`, so a longer search continues a shorter one. At the end it is a UserError if every trial of a
        family that the settings name failed. `only` is the choice of a study of one trial, which was made before.
        """
        trials, number = [trial for batch in finished for trial in batch.trials], len(finished)
        while len(trials) < self.protocol.n_trials:
            number += 1
            count = min(self.protocol.batch_size, self.protocol.n_trials - len(trials))
            choices = [only] if only else propose(self.space, trials, count, number, self.seed, self.protocol.startup)
            batch = Batch(number, tuple(self._try_all(choices, trials, number)))
            trials.extend(batch.trials)
            yield batch
        lost = [family for family in count_failures(trials) if family.failed == family.trials]
        if lost and not only and find_best(trials) is None:
            raise UserError(_tell_common_failure(trials))
        if lost and not only:
            files = " and ".join(f"conf/model/{family.model}.yaml" for family in lost)
            raise UserError(
                f"The search lost a family of models: {'; '.join(map(str, lost))}. Mend {files} or the columns that it "
                "takes, or leave it out of conf/config.yaml."
            )

    def _try_all(self, choices: Sequence[Choice], before: Sequence[Trial], batch: int) -> Iterator[Trial]:
        """Yield the trials of one batch; a choice that was tried before takes its known result."""
        trials = list(before)
        for choice in choices:
            first = next((trial.number for trial in trials if trial.choice == choice), None)
            state: State = "complete" if first is None else "repeated"
            trials.append(Trial(len(trials), batch, choice, state, (), repeat_of=first))
        asked = trials[len(before) :]
        new = self._try_new([trial for trial in asked if trial.repeat_of is None], find_best(before))
        known = {trial.number: trial for trial in (*before, *new)}
        for trial in asked:
            one = known[trial.number if trial.repeat_of is None else trial.repeat_of]
            yield one if trial.repeat_of is None else replace(trial, folds=one.folds, reason=one.reason)

    def _try_new(self, trials: list[Trial], best: Trial | None) -> list[Trial]:
        """Evaluate trials fold after fold as far as the next rule, which ends the hopeless ones."""
        n_folds, done = self.protocol.folds * self.protocol.repeats, 0
        for rule in [*self.protocol.prune, None]:
            due = range(done, n_folds if rule is None else min(rule.after, n_folds))
            going_on = [trial for trial in trials if trial.state == "complete"]
            scores = iter(self.evaluate([(trial.choice, fold) for trial in going_on for fold in due]))
            further = {trial.number: _go_on(trial, [next(scores) for _ in due], best, rule) for trial in going_on}
            trials = [further.get(trial.number, trial) for trial in trials]
            done = max(done, due.stop)
        return trials

    def select(self, trials: Sequence[Trial]) -> list[Candidate]:
        """Return the best trials, the earlier of equals first, scored on folds that the search did not use.

        Raises
        ------
        UserError
            If none of them can be fitted on the fresh folds.
        """
        wanted, n_folds = self.protocol.selection, self.protocol.folds
        complete = [trial for trial in trials if trial.state == "complete"]
        best = sorted(complete, key=lambda trial: (-trial.mean, trial.number))[: wanted.candidates]
        choices = [choose_refit(trial.choice, self.space) for trial in best]
        fresh = range(n_folds * self.protocol.repeats, n_folds * (self.protocol.repeats + wanted.repeats))
        scored = self.evaluate([(choice, fold) for choice in choices for fold in fresh])
        scores, candidates = iter(scored), []
        for trial, choice in zip(best, choices, strict=True):
            folds = tuple(next(scores).roc_auc for _ in fresh)
            if np.isfinite(folds).all():
                fitted = build_pipeline_of(choice, self.space).fit(self.frame, self.target)
                kilobytes = -(-len(pickle.dumps(fitted)) // 1000)
                complexity = self.space.families[choice.model].declared.complexity
                candidates.append(Candidate(trial, choice, folds, complexity, kilobytes))
        if not candidates:
            why = next(filter(None, [*(score.failure for score in scored), *(trial.reason for trial in trials)]), "")
            if self.protocol.reuse and len(trials) == 1:
                raise UserError(f"search.reuse: the last winner cannot be fitted now ({why}): set search.reuse=false.")
            raise UserError(
                f"None of the {len(best)} best trials could be fitted on fresh folds ({why}): set a higher "
                "search.selection.candidates in conf/search/."
            )
        return candidates


def _tell_common_failure(trials: Sequence[Trial]) -> str:
    """Return what the trials, all of which failed, have in common."""
    (reason, count), *others = Counter(trial.reason for trial in trials).most_common()
    models = sorted({trial.choice.model for trial in trials})
    shared = f"{count} of them for the same reason" if others else "all for the same reason"
    return (
        f"No trial of the search could be fitted: {len(trials)} trials of {', '.join(models)} failed, {shared}: "
        f"{reason.rstrip('.')}. Check the columns of the customer table, or conf/model/."
    )


@contextmanager
def open_study(
    frame: pd.DataFrame,
    target: ArrayLike,
    groups: ArrayLike,
    space: Space,
    protocol: SearchSettings,
    seed: int,
    workers: int | str,
) -> Iterator[Study]:
    """Start the workers of a study and stop them at the end.

    Parameters
    ----------
    frame, target, groups : DataFrame, array-like of shape (n_customers,)
        The features of the training customers, 1 where activity dropped, and the number of the unit.
    space, protocol, seed
        What is searched, and how.
    workers : int or str
        Processes side by side, or the address of a Dask scheduler; neither ever changes a result.

    Raises
    ------
    UserError
        If there are too few customers for the folds, or a feature step cannot be applied to `frame`.
    """
    labels = np.asarray(target, dtype=np.int64)
    _check_study(frame, labels, groups, space, protocol.folds)
    repeats = range(protocol.repeats + protocol.selection.repeats)
    folds = repeated_folds(labels, groups, protocol.folds, repeats, seed)
    evaluator = FoldEvaluator(frame, labels, folds, space)
    with open_cluster(evaluator, workers) if isinstance(workers, str) else open_workers(evaluator, workers) as evaluate:
        yield Study(frame, labels, space, protocol, seed, evaluate)


def _check_study(frame: pd.DataFrame, target: NDArray[np.int64], groups: ArrayLike, space: Space, n_folds: int) -> None:
    """Refuse a study that could only fail."""
    fewest = min(len(np.unique(np.asarray(groups)[target == label])) for label in (0, 1))
    if fewest < n_folds:
        raise UserError(
            f"The training part holds only {fewest} customers of one class, too few for {n_folds} folds: lower "
            "search.folds in conf/search/ or bring more customers."
        )
    try:
        ready = frame if space.ready is None else clone(space.ready).fit_transform(frame)
    except ValueError as error:  # the same step comes first in every pipeline
        raise UserError(
            f"Nothing can be learnt from the training part: {error}: leave the column out of conf/shop/ or bring "
            "customers of whom it is known."
        ) from None
    for name, step in space.steps["features"].items():
        try:
            if step is not None:
                step.fit(ready, target)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"features.{name} (conf/shop/ or conf/features/) cannot be applied to the customer table: "
                f"{describe_failure(error)}."
            ) from None


def keep_usable(batches: Iterable[Batch], protocol: SearchSettings) -> list[Batch]:
    """Return the leading batches that a search may start from: one too long is cut, one too short to be done again."""
    usable: list[Batch] = []
    for number, batch in enumerate(batches, start=1):
        due = min(protocol.batch_size, protocol.n_trials - (number - 1) * protocol.batch_size)
        if due <= 0 or batch.number != number or len(batch.trials) < due:
            break
        usable.append(Batch(number, batch.trials[:due]))
    return usable


def _go_on(trial: Trial, scores: Sequence[FoldScore], best: Trial | None, rule: PruneRule | None) -> Trial:
    """Return a trial with further folds: failed at the first that failed, or pruned by a rule.

    It is pruned if its folds lie too far below those of the best of the batches before.
    """
    seconds = trial.seconds + sum(score.seconds for score in scores)
    run = tuple(score.roc_auc for score in takewhile(lambda score: not score.failure, scores))
    trial = replace(trial, folds=trial.folds + run, seconds=seconds)
    if len(run) < len(scores):
        return replace(trial, state="failed", reason=scores[len(run)].failure)
    if best is None or rule is None:
        return trial
    reached = float(np.mean(best.folds[: len(trial.folds)]))
    if trial.mean >= reached - rule.margin:
        return trial
    reason = (
        f"Its mean {trial.mean:.4f} on the first {len(trial.folds)} folds is more than {rule.margin} below "
        f"{reached:.4f}, the mean of trial {best.number} on them."
    )
    return replace(trial, state="pruned", reason=reason)
