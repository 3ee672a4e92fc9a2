"""The winner: the best few trials on fresh folds, compared in pairs, the simpler one within the noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from retention.learning.model.choice import Choice
from retention.learning.search.best import Best, ChosenTrial, ComparedTrial, FoldEstimate
from retention.learning.search.trial import Trial, count_failures
from retention.learning.settings import SelectionSettings

NOT_CORRECTED = "ROC-AUC is not corrected here for the choice among trials; the test customers judge the winner anew."


@dataclass(frozen=True)
class Candidate:
    """One of the best trials."""

    trial: Trial
    choice: Choice  # as it is fitted if it wins
    folds: tuple[float, ...]  # ROC-AUC on the fresh folds, the same folds for every candidate
    complexity: int  # the family's, 1 to 3
    kilobytes: int  # of the pipeline fitted to all that the search sees: the cost to store and, for trees, to explain

    @property
    def mean(self) -> float:
        """The mean ROC-AUC on the fresh folds."""
        return float(np.mean(self.folds))

    @property
    def cost(self) -> tuple[int, int]:
        """What the cheapest of several is decided by."""
        return self.complexity, self.kilobytes


def choose_winner(
    candidates: Sequence[Candidate], settings: SelectionSettings, study: str, trials: Sequence[Trial], n_folds: int
) -> Best:
    """Return ``best.json``: the leader, or the cheapest of those simpler ones within the noise and the tolerance.

    The candidates, at least one, are scored on the same folds, `n_folds` in each repeat. Folds of one table share
    customers: validation customers per training customer in a fold widen the standard error. One standard error is the
    noise, as in Breiman et al. (1984), section 3.4.3. `study` is the digest, and `trials` are all that were tried.
    """
    test_ratio = 1 / (n_folds - 1)
    leader = max(candidates, key=lambda candidate: (candidate.mean, -candidate.trial.number))
    compared = tuple(_compare(candidate, leader, settings.tolerance, test_ratio) for candidate in candidates)
    eligible = [pair for pair in zip(candidates, compared, strict=True) if pair[1].eligible]
    winner, beside = min(eligible, key=lambda pair: (pair[0].cost, -pair[0].mean, pair[0].trial.number))
    error = compute_standard_error(winner.folds, test_ratio)
    half = float(stats.t.ppf(0.975, max(len(winner.folds) - 1, 1))) * error
    ends = {"low": winner.mean - half, "high": min(winner.mean + half, 1.0)}
    return Best(
        **beside.model_dump(include=set(ChosenTrial.model_fields)),
        roc_auc=FoldEstimate(value=winner.mean, folds=winner.folds, **ends),
        study=study,
        n_trials=len(trials),
        candidates=compared,
        price=leader.mean - winner.mean,
        tolerance=settings.tolerance,
        reason=f"{_explain(winner, leader, beside.noise, len(compared), settings.tolerance)} {NOT_CORRECTED}",
        failures=count_failures(trials),
    )


def _compare(candidate: Candidate, leader: Candidate, tolerance: float, test_ratio: float) -> ComparedTrial:
    differences = np.subtract(leader.folds, candidate.folds)
    difference, noise = float(differences.mean()), compute_standard_error(differences, test_ratio)
    simpler = (candidate.complexity, 2 * candidate.kilobytes) <= leader.cost  # or as complex, and half the size at most
    return ComparedTrial(
        trial=candidate.trial.number,
        **vars(candidate.choice) | {"params": dict(sorted(candidate.choice.params.items()))},
        roc_auc_search=candidate.trial.mean,
        roc_auc=candidate.mean,
        below_leader=difference,
        noise=noise,
        complexity=candidate.complexity,
        kilobytes=candidate.kilobytes,
        eligible=candidate is leader or (simpler and difference <= min(noise, tolerance)),
    )


def compute_standard_error(folds: ArrayLike, test_ratio: float) -> float:
    """Return the standard error of a mean over resampled folds, from the corrected resampled variance.

    Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, section 3.1.
    """
    values = np.asarray(folds, dtype=np.float64)
    return float(np.sqrt((1 / len(values) + test_ratio) * values.var(ddof=1))) if len(values) > 1 else 0.0


def _explain(winner: Candidate, leader: Candidate, noise: float, count: int, tolerance: float) -> str:
    folds = len(winner.folds)
    if winner is leader:
        return (
            f"Trial {winner.trial.number} ({winner.trial.choice.model}) has the highest mean ROC-AUC {winner.mean:.4f} "
            f"of {count} candidates on {folds} fresh folds, and no simpler one lies within the noise and the "
            f"tolerance of {tolerance}."
        )
    return (
        f"Trial {winner.trial.number} ({_tell_cost(winner)}) is simpler than the leader, trial {leader.trial.number} "
        f"({_tell_cost(leader)}), and {leader.mean - winner.mean:.4f} ROC-AUC below it on {folds} fresh folds: within "
        f"the noise of {noise:.4f} and the tolerance of {tolerance}."
    )


def _tell_cost(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, complexity {candidate.complexity}, {candidate.kilobytes} kB"
