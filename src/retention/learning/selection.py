"""The winner: the best few trials on fresh folds, compared in pairs, the simpler one within the noise."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from retention.learning.evaluation import Evaluate
from retention.learning.settings import SelectionSettings
from retention.learning.space import STEPS, Choice, Space, build_pipeline_of, choose_refit
from retention.learning.trial import Trial
from retention.strict import Text


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


def summarise_selection(
    selection: Selection, settings: SelectionSettings, study: str, n_trials: int, test_ratio: float
) -> dict[str, Any]:
    """Return what ``best.json`` holds, as plain data."""
    winner = selection.winner
    return {
        "trial": winner.trial.number,
        **_describe_choice(winner.choice),
        "roc_auc": _interval(winner.folds, test_ratio),
        "study": study,
        "n_trials": n_trials,
        "candidates": [_describe_comparison(comparison) for comparison in selection.comparisons],
        "price": selection.price,
        "tolerance": settings.tolerance,
        "reason": _explain(selection, settings).model_dump(),
    }


def _interval(folds: tuple[float, ...], test_ratio: float) -> dict[str, Any]:
    """Return the mean with its 95 % interval by the corrected t (Nadeau and Bengio 2003), and the folds."""
    mean, error = float(np.mean(folds)), compute_standard_error(folds, test_ratio)
    half = float(stats.t.ppf(0.975, max(len(folds) - 1, 1))) * error
    return {"value": mean, "low": mean - half, "high": min(mean + half, 1.0), "folds": list(folds)}


def _describe_choice(choice: Choice) -> dict[str, Any]:
    steps = {kind: getattr(choice, kind) for kind in STEPS}
    return {"model": choice.model, **steps, "params": dict(sorted(choice.params.items()))}


def _describe_comparison(comparison: Comparison) -> dict[str, Any]:
    candidate = comparison.candidate
    return {
        "trial": candidate.trial.number,
        **_describe_choice(candidate.choice),
        "roc_auc_search": candidate.trial.mean,
        "roc_auc": candidate.mean,
        "below_leader": comparison.difference,
        "noise": comparison.noise,
        "complexity": candidate.complexity,
        "kilobytes": candidate.kilobytes,
        "eligible": comparison.eligible,
    }


def _explain(selection: Selection, settings: SelectionSettings) -> Text:
    winner, leader = selection.winner, selection.leader
    count, folds = len(selection.comparisons), len(winner.folds)
    if winner is leader:
        return Text(
            ru=f"Испытание {winner.trial.number} ({winner.trial.choice.model}): лучшая средняя ROC-AUC "
            f"{winner.mean:.4f} среди {count} кандидатов на {folds} новых разбиениях; более простого кандидата "
            f"в пределах шума и допуска {settings.tolerance} нет.",
            en=f"Trial {winner.trial.number} ({winner.trial.choice.model}) has the highest mean ROC-AUC "
            f"{winner.mean:.4f} of {count} candidates on {folds} fresh folds, and no simpler one lies within the "
            f"noise and the tolerance of {settings.tolerance}.",
        )
    noise = next(c.noise for c in selection.comparisons if c.candidate is winner)
    return Text(
        ru=f"Испытание {winner.trial.number} ({_cost_ru(winner)}) проще лучшего, испытания {leader.trial.number} "
        f"({_cost_ru(leader)}), и уступает ему {selection.price:.4f} ROC-AUC на {folds} новых разбиениях: "
        f"в пределах шума {noise:.4f} и допуска {settings.tolerance}.",
        en=f"Trial {winner.trial.number} ({_cost_en(winner)}) is simpler than the leader, trial "
        f"{leader.trial.number} ({_cost_en(leader)}), and {selection.price:.4f} ROC-AUC below it on {folds} fresh "
        f"folds: within the noise of {noise:.4f} and the tolerance of {settings.tolerance}.",
    )


def _cost_ru(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, сложность {candidate.complexity}, {candidate.kilobytes} кБ"


def _cost_en(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, complexity {candidate.complexity}, {candidate.kilobytes} kB"
