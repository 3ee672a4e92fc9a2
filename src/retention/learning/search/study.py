"""A study from end to end: the same folds for every trial, the search over them, the winner on fresh ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retention.errors import UserError
from retention.learning.folds.folds import Fold, repeated_folds
from retention.learning.model.space import Space
from retention.learning.search.fitting import Evaluate, FoldEvaluator, describe_failure, open_workers
from retention.learning.search.search import search
from retention.learning.search.selection import Selection, choose_winner, evaluate_candidates, find_candidates
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
    folds: Sequence[Fold]
    evaluate: Evaluate

    @property
    def test_ratio(self) -> float:
        """Validation customers per training customer in a fold."""
        return 1 / (self.protocol.folds - 1)

    def search(self, finished: Sequence[Batch] = ()) -> Iterator[Batch]:
        """Yield the batches that follow `finished`; see `retention.learning.search.search.search`."""
        return search(self.space, self.evaluate, self.protocol, self.seed, finished)

    def select(self, trials: Sequence[Trial]) -> Selection:
        """Compare the best trials on fresh folds and choose.

        Raises
        ------
        UserError
            If none of them can be fitted on the fresh folds.
        """
        wanted = self.protocol.selection
        best = find_candidates(trials, wanted.candidates)
        candidates = evaluate_candidates(best, self._fresh_folds, self.evaluate, self.space, self.frame, self.target)
        if not candidates:
            raise UserError(
                f"None of the {len(best)} best trials could be fitted on fresh folds: set a higher "
                "search.selection.candidates in conf/search/."
            )
        return choose_winner(candidates, wanted.tolerance, self.test_ratio)

    @property
    def _fresh_folds(self) -> range:
        """The folds that the search did not use."""
        first = self.protocol.folds * self.protocol.repeats
        return range(first, first + self.protocol.folds * self.protocol.selection.repeats)


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
    check_study(frame, labels, groups, space, protocol.folds)
    repeats = range(protocol.repeats + protocol.selection.repeats)
    folds = repeated_folds(labels, groups, protocol.folds, repeats, seed)
    with open_workers(FoldEvaluator(frame, labels, folds, space), workers) as evaluate:
        yield Study(frame, labels, space, protocol, seed, folds, evaluate)


def check_study(frame: pd.DataFrame, target: NDArray[np.int64], groups: ArrayLike, space: Space, n_folds: int) -> None:
    """Refuse a study that could only fail.

    Raises
    ------
    UserError
        As `open_study`.
    """
    alone = pd.DataFrame({"target": target, "group": np.asarray(groups)}).groupby("target")["group"].nunique()
    fewest = int(alone.reindex([0, 1], fill_value=0).min())
    if fewest < n_folds:
        raise UserError(
            f"The training part holds only {fewest} customers of one class, too few for {n_folds} folds: lower "
            "search.folds in conf/search/ or bring more customers."
        )
    for name, step in space.steps["features"].items():
        try:
            if step is not None:
                step.fit(frame)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"conf/features/{name}.yaml: features.{name} cannot be applied to the customer table: "
                f"{describe_failure(error)}."
            ) from None
