"""A selection as ``best.json`` tells it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from retention.learning.model.choice import Choice
from retention.learning.search.best import Best, ComparedTrial, FoldEstimate
from retention.learning.search.failures import count_failures
from retention.learning.search.selection import Candidate, Comparison, Selection, compute_standard_error
from retention.learning.search.trial import Trial
from retention.learning.settings import SelectionSettings

NOT_CORRECTED = "ROC-AUC is not corrected here for the choice among trials; the test customers judge the winner anew."


def summarise_selection(
    selection: Selection, settings: SelectionSettings, study: str, trials: Sequence[Trial], n_folds: int
) -> Best:
    """Return what ``best.json`` holds.

    Parameters
    ----------
    selection : Selection
        From `choose_winner`.
    settings : SelectionSettings
        What the winner was chosen by.
    study : str
        The digest of the study.
    trials : sequence of Trial
        All of its trials.
    n_folds : int
        Folds of one repeat.
    """
    winner, test_ratio = selection.winner, 1 / (n_folds - 1)
    return Best(
        trial=winner.trial.number,
        **vars(_in_order(winner.choice)),
        roc_auc=_estimate(winner.folds, test_ratio),
        study=study,
        n_trials=len(trials),
        candidates=tuple(_compare(comparison) for comparison in selection.comparisons),
        price=selection.price,
        tolerance=settings.tolerance,
        reason=f"{_explain(selection, settings)} {NOT_CORRECTED}",
        failures=count_failures(trials),
    )


def _estimate(folds: tuple[float, ...], test_ratio: float) -> FoldEstimate:
    mean, error = float(np.mean(folds)), compute_standard_error(folds, test_ratio)
    half = float(stats.t.ppf(0.975, max(len(folds) - 1, 1))) * error
    return FoldEstimate(value=mean, low=mean - half, high=min(mean + half, 1.0), folds=folds)


def _in_order(choice: Choice) -> Choice:
    return replace(choice, params=dict(sorted(choice.params.items())))


def _compare(comparison: Comparison) -> ComparedTrial:
    candidate = comparison.candidate
    return ComparedTrial(
        trial=candidate.trial.number,
        **vars(_in_order(candidate.choice)),
        roc_auc_search=candidate.trial.mean,
        roc_auc=candidate.mean,
        below_leader=comparison.difference,
        noise=comparison.noise,
        complexity=candidate.complexity,
        kilobytes=candidate.kilobytes,
        eligible=comparison.eligible,
    )


def _explain(selection: Selection, settings: SelectionSettings) -> str:
    winner, leader = selection.winner, selection.leader
    count, folds = len(selection.comparisons), len(winner.folds)
    if winner is leader:
        return (
            f"Trial {winner.trial.number} ({winner.trial.choice.model}) has the highest mean ROC-AUC {winner.mean:.4f} "
            f"of {count} candidates on {folds} fresh folds, and no simpler one lies within the noise and the "
            f"tolerance of {settings.tolerance}."
        )
    noise = next(c.noise for c in selection.comparisons if c.candidate is winner)
    return (
        f"Trial {winner.trial.number} ({_tell_cost(winner)}) is simpler than the leader, trial {leader.trial.number} "
        f"({_tell_cost(leader)}), and {selection.price:.4f} ROC-AUC below it on {folds} fresh folds: within the noise "
        f"of {noise:.4f} and the tolerance of {settings.tolerance}."
    )


def _tell_cost(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, complexity {candidate.complexity}, {candidate.kilobytes} kB"
