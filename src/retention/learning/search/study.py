"""A study from end to end: the same folds for every trial, the search over them, the winner on fresh ones."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retention.errors import UserError
from retention.learning.folds import repeated_folds
from retention.learning.model.space import Space, build_pipeline_of, choose_refit
from retention.learning.search.fitting import Evaluate, FoldEvaluator, describe_failure, open_workers
from retention.learning.search.search import search
from retention.learning.search.selection import Candidate, Selection, choose_winner
from retention.learning.search.trial import Batch, Trial
from retention.learning.settings import SearchSettings


@dataclass(frozen=True)
class Study:
    """A study whose workers are running; made by `open_study`."""

    frame: pd.DataFrame
    target: NDArray[np.int64]
    space: Space
    protocol: SearchSettings
    seed: int
    evaluate: Evaluate

    def search(self, finished: Sequence[Batch] = ()) -> Iterator[Batch]:
        """Yield the batches that follow `finished`; see `retention.learning.search.search.search`."""
        return search(self.space, self.evaluate, self.protocol, self.seed, finished)

    def select(self, trials: Sequence[Trial]) -> Selection:
        """Compare the best trials, the earlier of equals first, on folds that the search did not use, and choose.

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
        scores = iter(self.evaluate([(choice, fold) for choice in choices for fold in fresh]))
        candidates = []
        for trial, choice in zip(best, choices, strict=True):
            folds = tuple(next(scores).roc_auc for _ in fresh)
            if np.isfinite(folds).all():
                fitted = build_pipeline_of(choice, self.space).fit(self.frame, self.target)
                kilobytes = -(-len(pickle.dumps(fitted)) // 1000)
                complexity = self.space.families[choice.model].declared.complexity
                candidates.append(Candidate(trial, choice, folds, complexity, kilobytes))
        if not candidates:
            raise UserError(
                f"None of the {len(best)} best trials could be fitted on fresh folds: set a higher "
                "search.selection.candidates in conf/search/."
            )
        return choose_winner(candidates, wanted.tolerance, 1 / (n_folds - 1))


@contextmanager
def open_study(
    frame: pd.DataFrame,
    target: ArrayLike,
    groups: ArrayLike,
    space: Space,
    protocol: SearchSettings,
    seed: int,
    workers: int,
) -> Iterator[Study]:
    """Start the workers of a study and stop them at the end.

    Parameters
    ----------
    frame : DataFrame of shape (n_customers, n_features)
        The feature columns of the training customers.
    target, groups : array-like of shape (n_customers,)
        1 where activity dropped; the number of the twin group.
    space, protocol, seed
        What is searched, and how.
    workers : int
        Processes side by side; their number never changes a result.

    Raises
    ------
    UserError
        If there are too few customers for the folds, or a feature step cannot be applied to `frame`.
    """
    labels = np.asarray(target, dtype=np.int64)
    _check_study(frame, labels, groups, space, protocol.folds)
    repeats = range(protocol.repeats + protocol.selection.repeats)
    folds = repeated_folds(labels, groups, protocol.folds, repeats, seed)
    with open_workers(FoldEvaluator(frame, labels, folds, space), workers) as evaluate:
        yield Study(frame, labels, space, protocol, seed, evaluate)


def _check_study(frame: pd.DataFrame, target: NDArray[np.int64], groups: ArrayLike, space: Space, n_folds: int) -> None:
    """Refuse a study that could only fail."""
    fewest = min(len(np.unique(np.asarray(groups)[target == label])) for label in (0, 1))
    if fewest < n_folds:
        raise UserError(
            f"The training part holds only {fewest} customers of one class, too few for {n_folds} folds: lower "
            "search.folds in conf/search/ or bring more customers."
        )
    for name, step in space.steps["features"].items():
        try:
            if step is not None:
                step.fit(frame, target)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"conf/shop/: features.{name} cannot be applied to the customer table: {describe_failure(error)}."
            ) from None
