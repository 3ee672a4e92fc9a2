"""The winner: the best few trials on fresh folds, compared in pairs, the simpler one within the noise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from retention.learning.model.choice import Choice
from retention.learning.search.best import Best, ComparedTrial, FoldEstimate
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


@dataclass(frozen=True)
class Selection:
    """The winner, the leader by ROC-AUC (often the same), and every candidate compared with the leader."""

    winner: Candidate
    leader: Candidate
    candidates: tuple[Candidate, ...]
    compared: tuple[ComparedTrial, ...]


def choose_winner(candidates: Sequence[Candidate], tolerance: float, test_ratio: float) -> Selection:
    """Choose the leader, or the cheapest of those simpler ones that lie within the noise and the tolerance.

    The candidates, at least one, are scored on the same folds. `tolerance` is the most ROC-AUC to pay for a simpler
    model; `test_ratio`, validation customers per training customer in a fold, widens the standard error, since folds of
    one table share customers. One standard error is the noise, as in Breiman et al. (1984), section 3.4.3.
    """
    leader = max(candidates, key=lambda candidate: (candidate.mean, -candidate.trial.number))
    compared = tuple(_compare(candidate, leader, tolerance, test_ratio) for candidate in candidates)
    eligible = [candidate for candidate, one in zip(candidates, compared, strict=True) if one.eligible]
    winner = min(eligible, key=lambda c: (c.cost, -c.mean, c.trial.number))
    return Selection(winner, leader, tuple(candidates), compared)


def _compare(candidate: Candidate, leader: Candidate, tolerance: float, test_ratio: float) -> ComparedTrial:
    differences = np.subtract(leader.folds, candidate.folds)
    difference, noise = float(differences.mean()), compute_standard_error(differences, test_ratio)
    simpler = (candidate.complexity, 2 * candidate.kilobytes) <= leader.cost  # or as complex, and half the size at most
    return ComparedTrial(
        trial=candidate.trial.number,
        **vars(_in_order(candidate.choice)),
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


def summarise_selection(
    selection: Selection, settings: SelectionSettings, study: str, trials: Sequence[Trial], n_folds: int
) -> Best:
    """Return ``best.json`` of the study with this digest and all these trials; `n_folds` are those of one repeat."""
    winner = selection.winner
    error = compute_standard_error(winner.folds, 1 / (n_folds - 1))
    half = float(stats.t.ppf(0.975, max(len(winner.folds) - 1, 1))) * error
    ends = {"low": winner.mean - half, "high": min(winner.mean + half, 1.0)}
    return Best(
        trial=winner.trial.number,
        **vars(_in_order(winner.choice)),
        roc_auc=FoldEstimate(value=winner.mean, folds=winner.folds, **ends),
        study=study,
        n_trials=len(trials),
        candidates=selection.compared,
        price=selection.leader.mean - winner.mean,
        tolerance=settings.tolerance,
        reason=f"{_explain(selection, settings)} {NOT_CORRECTED}",
        failures=count_failures(trials),
    )


def _in_order(choice: Choice) -> Choice:
    return replace(choice, params=dict(sorted(choice.params.items())))


def _explain(selection: Selection, settings: SelectionSettings) -> str:
    winner, leader = selection.winner, selection.leader
    count, folds = len(selection.candidates), len(winner.folds)
    if winner is leader:
        return (
            f"Trial {winner.trial.number} ({winner.trial.choice.model}) has the highest mean ROC-AUC {winner.mean:.4f} "
            f"of {count} candidates on {folds} fresh folds, and no simpler one lies within the noise and the "
            f"tolerance of {settings.tolerance}."
        )
    noise = next(one.noise for one in selection.compared if one.trial == winner.trial.number)
    return (
        f"Trial {winner.trial.number} ({_tell_cost(winner)}) is simpler than the leader, trial {leader.trial.number} "
        f"({_tell_cost(leader)}), and {leader.mean - winner.mean:.4f} ROC-AUC below it on {folds} fresh folds: within "
        f"the noise of {noise:.4f} and the tolerance of {settings.tolerance}."
    )


def _tell_cost(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, complexity {candidate.complexity}, {candidate.kilobytes} kB"
