"""What ``best.json`` says of a search: the winner, those it was compared with, the price, and why."""

from typing import Any

import numpy as np
from scipy import stats

from retention.learning.model.space import STEPS, Choice
from retention.learning.search.ensemble import Ensemble, Member
from retention.learning.search.selection import Candidate, Comparison, Selection, compute_standard_error
from retention.learning.settings import SelectionSettings
from retention.strict import Text


def summarise_selection(
    selection: Selection,
    ensemble: Ensemble | None,
    settings: SelectionSettings,
    study: str,
    n_trials: int,
    test_ratio: float,
) -> dict[str, Any]:
    """Return what ``best.json`` holds, as plain data.

    Parameters
    ----------
    selection : Selection
        From `choose_winner`.
    ensemble : Ensemble or None
        The blend that was considered; None if none was asked for. If it is kept, ``roc_auc`` is the blend's.
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
    folds = ensemble.folds if ensemble and ensemble.kept else winner.folds
    reason = _explain(selection, settings)
    return {
        "trial": winner.trial.number,
        **_describe_choice(winner.choice),
        "roc_auc": _interval(folds, test_ratio),
        "study": study,
        "n_trials": n_trials,
        "candidates": [_describe_comparison(comparison) for comparison in selection.comparisons],
        "price": selection.price,
        "tolerance": settings.tolerance,
        "ensemble": None if ensemble is None else _describe_ensemble(ensemble),
        "reason": (reason if ensemble is None else _join(reason, _explain_ensemble(ensemble))).model_dump(),
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


def _describe_ensemble(ensemble: Ensemble) -> dict[str, Any]:
    return {
        "kept": ensemble.kept,
        "gain": ensemble.gain,
        "noise": ensemble.noise,
        "members": [_describe_member(member) for member in ensemble.members],
    }


def _describe_member(member: Member) -> dict[str, Any]:
    return {"trial": member.trial.number, "weight": member.weight, **_describe_choice(member.choice)}


def _join(first: Text, second: Text) -> Text:
    return Text(ru=f"{first.ru} {second.ru}", en=f"{first.en} {second.en}")


def _explain_ensemble(ensemble: Ensemble) -> Text:
    count = len(ensemble.members)
    verdict_ru, verdict_en = ("берём её", "it is kept") if ensemble.kept else ("обходимся без неё", "it is not kept")
    return Text(
        ru=f"Смесь (испытаний в ней: {count}) на вложенных разбиениях даёт {_ru(ensemble.gain, '+.4f')} ROC-AUC "
        f"к победителю при шуме {_ru(ensemble.noise)}: {verdict_ru}.",
        en=f"A blend of {count} trials gains {ensemble.gain:+.4f} ROC-AUC over the winner on nested folds, with a "
        f"noise of {ensemble.noise:.4f}: {verdict_en}.",
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
