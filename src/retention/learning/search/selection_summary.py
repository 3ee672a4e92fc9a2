"""A selection as ``best.json`` tells it."""

from dataclasses import replace

import numpy as np
from scipy import stats

from retention.learning.model.choice import Choice
from retention.learning.search.best import Best, ComparedTrial, FoldEstimate
from retention.learning.search.selection import Candidate, Comparison, Selection, compute_standard_error
from retention.learning.settings import SelectionSettings
from retention.strict import Text


def summarise_selection(
    selection: Selection, settings: SelectionSettings, study: str, n_trials: int, test_ratio: float
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
    n_trials : int
        How many trials it has.
    test_ratio : float
        As `compute_standard_error`.
    """
    winner = selection.winner
    return Best(
        trial=winner.trial.number,
        **vars(_in_order(winner.choice)),
        roc_auc=_estimate(winner.folds, test_ratio),
        study=study,
        n_trials=n_trials,
        candidates=tuple(_compare(comparison) for comparison in selection.comparisons),
        price=selection.price,
        tolerance=settings.tolerance,
        reason=_explain(selection, settings),
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


def _ru(value: float, form: str = ".4f") -> str:
    """Return a number as Russian writes it."""
    return format(value, form).replace(".", ",")


def _explain(selection: Selection, settings: SelectionSettings) -> Text:
    winner, leader = selection.winner, selection.leader
    count, folds = len(selection.comparisons), len(winner.folds)
    if winner is leader:
        return Text(
            ru=f"Испытание {winner.trial.number} ({winner.trial.choice.model}): лучшая средняя ROC-AUC "
            f"{_ru(winner.mean)} среди {count} кандидатов на {folds} новых разбиениях; более простого кандидата "
            f"в пределах шума и допуска {_ru(settings.tolerance, 'g')} нет.",
            en=f"Trial {winner.trial.number} ({winner.trial.choice.model}) has the highest mean ROC-AUC "
            f"{winner.mean:.4f} of {count} candidates on {folds} fresh folds, and no simpler one lies within the "
            f"noise and the tolerance of {settings.tolerance}.",
        )
    noise = next(c.noise for c in selection.comparisons if c.candidate is winner)
    return Text(
        ru=f"Испытание {winner.trial.number} ({_cost_ru(winner)}) проще лучшего, испытания {leader.trial.number} "
        f"({_cost_ru(leader)}), и уступает ему {_ru(selection.price)} ROC-AUC на {folds} новых разбиениях: "
        f"в пределах шума {_ru(noise)} и допуска {_ru(settings.tolerance, 'g')}.",
        en=f"Trial {winner.trial.number} ({_cost_en(winner)}) is simpler than the leader, trial "
        f"{leader.trial.number} ({_cost_en(leader)}), and {selection.price:.4f} ROC-AUC below it on {folds} fresh "
        f"folds: within the noise of {noise:.4f} and the tolerance of {settings.tolerance}.",
    )


def _cost_ru(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, сложность {candidate.complexity}, {candidate.kilobytes} кБ"


def _cost_en(candidate: Candidate) -> str:
    return f"{candidate.trial.choice.model}, complexity {candidate.complexity}, {candidate.kilobytes} kB"
