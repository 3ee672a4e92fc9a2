"""A blend of several trials instead of one winner: chosen greedily, kept only if a nested measurement says it helps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retention.learning.evaluation.metrics import compute_roc_auc
from retention.learning.model.space import Choice
from retention.learning.search.selection import compute_standard_error
from retention.learning.search.trial import Trial

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-12  # ROC-AUC that no vote is worth


@dataclass(frozen=True)
class FoldOutputs:
    """What every candidate gives for the customers of one fold who are held out.

    Parameters
    ----------
    repeat : int
        Folds of one repeat share no customers.
    target : ndarray of shape (n_held_out,)
        1 where activity dropped.
    probability : ndarray of shape (n_candidates, n_held_out)
        From `link_probability`.
    """

    repeat: int
    target: NDArray[np.int64]
    probability: Floats


@dataclass(frozen=True)
class Member:
    """A trial in the blend, its choice as it is fitted, and its share of the votes."""

    trial: Trial
    choice: Choice
    weight: int


@dataclass(frozen=True)
class Ensemble:
    """The blend that was chosen, and what it gained over the winner on folds that its choice did not see.

    Parameters
    ----------
    members : tuple of Member
        In the order of their trials.
    folds : tuple of float
        ROC-AUC of each fold by the blend that was chosen without that fold's customers.
    gain, noise : float
        Mean difference to the winner on the same folds, and its corrected standard error.
    """

    members: tuple[Member, ...]
    folds: tuple[float, ...]
    gain: float
    noise: float

    @property
    def kept(self) -> bool:
        """Whether it replaces the winner: more than one member, and a gain beyond the noise."""
        return len(self.members) > 1 and self.gain > self.noise


def choose_members(folds: Sequence[FoldOutputs], rounds: int) -> NDArray[np.int64]:
    """Choose the blend with the highest mean ROC-AUC over folds, one vote at a time.

    Parameters
    ----------
    folds : sequence of FoldOutputs
        At least one.
    rounds : int
        Votes at most; a candidate may get several. The best blend on the way is returned, the smaller of equals.

    Returns
    -------
    ndarray of shape (n_candidates,)
        The votes of each candidate.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of models, ICML, section 2:
    greedy forward selection with replacement.
    """
    n_candidates = len(folds[0].probability)
    votes = np.zeros(n_candidates, dtype=np.int64)
    best_score, best_votes = -np.inf, votes
    for _ in range(rounds):
        blends = [votes + vote for vote in np.eye(n_candidates, dtype=np.int64)]
        scores = [np.mean(_score(blend, folds)) for blend in blends]
        chosen = int(np.argmax(scores))
        votes = blends[chosen]
        if scores[chosen] > best_score + NEGLIGIBLE:
            best_score, best_votes = float(scores[chosen]), votes
    return best_votes


def score_nested(folds: Sequence[FoldOutputs], rounds: int) -> tuple[float, ...]:
    """Return the ROC-AUC of each fold by a blend that was chosen on the other folds of the same repeat."""
    others = [[fold for fold in folds if fold.repeat == held_out.repeat and fold is not held_out] for held_out in folds]
    chosen = [choose_members(known, rounds) for known in others]
    return tuple(_score(votes, [held_out])[0] for votes, held_out in zip(chosen, folds, strict=True))


def build_ensemble(
    candidates: Sequence[tuple[Trial, Choice]],
    folds: Sequence[FoldOutputs],
    winner_folds: Sequence[float],
    rounds: int,
    test_ratio: float,
) -> Ensemble:
    """Choose a blend on all folds, and measure on nested ones what such a choice gains over the winner.

    Parameters
    ----------
    candidates : sequence of (Trial, Choice)
        In the order of the rows of each fold's `probability`.
    folds : sequence of FoldOutputs
        Two or more of each repeat.
    winner_folds : sequence of float
        The winner's ROC-AUC on the same folds.
    rounds : int
        As `choose_members`.
    test_ratio : float
        As `compute_standard_error`.
    """
    votes = choose_members(folds, rounds)
    members = tuple(
        Member(trial, choice, int(weight)) for (trial, choice), weight in zip(candidates, votes, strict=True) if weight
    )
    nested = score_nested(folds, rounds)
    gains = np.subtract(nested, winner_folds)
    return Ensemble(members, nested, float(gains.mean()), compute_standard_error(gains, test_ratio))


def _score(votes: NDArray[np.int64], folds: Sequence[FoldOutputs]) -> list[float]:
    """Return the ROC-AUC of a blend on each fold."""
    return [
        float(compute_roc_auc(fold.target, votes @ fold.probability, np.ones((1, len(fold.target))))[0])
        for fold in folds
    ]
