"""The winner: the best few trials on fresh folds, compared in pairs, the simpler one within the noise."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retention.learning.model.choice import Choice
from retention.learning.model.space import Space, build_pipeline_of, choose_refit
from retention.learning.search.fitting import Evaluate
from retention.learning.search.trial import Trial


@dataclass(frozen=True)
class Candidate:
    """One of the best trials.

    Parameters
    ----------
    trial : Trial
        The trial of the search.
    choice : Choice
        Its choice as it is fitted if it wins.
    folds : tuple of float
        ROC-AUC on the fresh folds, in order, the same folds for every candidate.
    complexity : int
        The family's, 1 to 3.
    kilobytes : int
        The size of the pipeline fitted to all training customers: what it costs to store and, for trees, to explain.
    """

    trial: Trial
    choice: Choice
    folds: tuple[float, ...]
    complexity: int
    kilobytes: int

    @property
    def mean(self) -> float:
        """The mean ROC-AUC on the fresh folds."""
        return float(np.mean(self.folds))

    @property
    def cost(self) -> tuple[int, int]:
        """What the cheapest of several is decided by."""
        return self.complexity, self.kilobytes

    def is_simpler_than(self, other: "Candidate") -> bool:
        """Tell whether this is of a lower complexity, or of the same and at most half the size."""
        if self.complexity != other.complexity:
            return self.complexity < other.complexity
        return 2 * self.kilobytes <= other.kilobytes


@dataclass(frozen=True)
class Comparison:
    """How far a candidate lies below the leader; `noise` is the standard error of `difference`.

    An eligible one is the leader, or simpler at a price within the noise and the tolerance.
    """

    candidate: Candidate
    difference: float
    noise: float
    eligible: bool


@dataclass(frozen=True)
class Selection:
    """The winner, the leader by ROC-AUC (often the same), and every candidate compared with the leader."""

    winner: Candidate
    leader: Candidate
    comparisons: tuple[Comparison, ...]

    @property
    def price(self) -> float:
        """The ROC-AUC given up for a simpler model, on the fresh folds."""
        return self.leader.mean - self.winner.mean


def find_candidates(trials: Sequence[Trial], count: int) -> list[Trial]:
    """Return the `count` complete trials with the highest means, best first, the earlier of equals first."""
    complete = [trial for trial in trials if trial.state == "complete"]
    return sorted(complete, key=lambda trial: (-trial.mean, trial.number))[:count]


def evaluate_candidates(
    trials: Sequence[Trial],
    fresh_folds: Sequence[int],
    evaluate: Evaluate,
    space: Space,
    frame: pd.DataFrame,
    target: NDArray[np.int64],
) -> list[Candidate]:
    """Score trials on folds that the search did not use, and measure their cost.

    Parameters
    ----------
    trials : sequence of Trial
        From `find_candidates`.
    fresh_folds : sequence of int
        The numbers of the folds behind `evaluate` to use.
    evaluate : callable
        From `open_workers`.
    space, frame, target
        What the choices are built from and fitted to for their size.
    """
    choices = [choose_refit(trial.choice, space) for trial in trials]
    scores = evaluate([(choice, fold) for choice in choices for fold in fresh_folds])
    by_trial = np.array([score.roc_auc for score in scores]).reshape(len(trials), len(fresh_folds))
    return [
        Candidate(
            trial,
            choice,
            tuple(float(score) for score in folds),
            space.families[choice.model].complexity,
            measure_kilobytes(choice, space, frame, target),
        )
        for trial, choice, folds in zip(trials, choices, by_trial, strict=True)
        if np.isfinite(folds).all()
    ]


def measure_kilobytes(choice: Choice, space: Space, frame: pd.DataFrame, target: NDArray[np.int64]) -> int:
    """Return the size of the fitted pipeline in kB, rounded up; it depends on no clock."""
    fitted = build_pipeline_of(choice, space).fit(frame, target)
    return -(-len(pickle.dumps(fitted)) // 1000)


def choose_winner(candidates: Sequence[Candidate], tolerance: float, test_ratio: float) -> Selection:
    """Choose the leader, or the cheapest of those simpler ones that lie within the noise and the tolerance.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one, scored on the same folds.
    tolerance : float
        The most ROC-AUC to pay for a simpler model.
    test_ratio : float
        Validation customers per training customer in a fold; it widens the standard error, since folds of one table
        share customers.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, section 3.1: the corrected
    resampled variance. One standard error is the noise, as in Breiman et al. (1984), section 3.4.3.
    """
    leader = max(candidates, key=lambda candidate: (candidate.mean, -candidate.trial.number))
    comparisons = []
    for candidate in candidates:
        differences = np.subtract(leader.folds, candidate.folds)
        difference, noise = float(differences.mean()), compute_standard_error(differences, test_ratio)
        simpler = candidate.is_simpler_than(leader) and difference <= min(noise, tolerance)
        eligible = candidate is leader or simpler
        comparisons.append(Comparison(candidate, difference, noise, eligible))
    eligible_ones = [comparison.candidate for comparison in comparisons if comparison.eligible]
    winner = min(eligible_ones, key=lambda c: (c.cost, -c.mean, c.trial.number))
    return Selection(winner, leader, tuple(comparisons))


def compute_standard_error(folds: ArrayLike, test_ratio: float) -> float:
    """Return the corrected standard error of a mean over resampled folds (Nadeau and Bengio 2003)."""
    values = np.asarray(folds, dtype=np.float64)
    if len(values) < 2:
        return 0.0
    return float(np.sqrt((1 / len(values) + test_ratio) * values.var(ddof=1)))
