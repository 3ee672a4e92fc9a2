import numpy as np
import pytest

from retention.learning.model.choice import Choice
from retention.learning.search.best import Best
from retention.learning.search.selection import Candidate, choose_winner, compute_standard_error
from retention.learning.search.trial import Trial
from retention.learning.settings import SelectionSettings

SETTINGS = SelectionSettings(candidates=3, repeats=1, tolerance=0.01)


def _trial(number: int, folds: tuple[float, ...], state: str = "complete") -> Trial:
    return Trial(number, 1, Choice("knn", "none", "onehot", "none", {"k": number}), state, folds)  # type: ignore[arg-type]


def _candidate(number: int, folds: list[float], complexity: int, kilobytes: int) -> Candidate:
    trial = _trial(number, (0.9,))
    return Candidate(trial, trial.choice, tuple(folds), complexity, kilobytes)


LEADER = _candidate(1, [0.90, 0.92, 0.94, 0.88], 2, 900)


TRIALS = [
    _trial(0, (0.9, 0.6, 0.7, 0.6)),
    _trial(1, (0.7, 0.8, 0.6, 0.8)),
    _trial(2, (0.99, 0.99), "pruned"),
]


def choose(*candidates: Candidate, tolerance: float = 0.01) -> Best:
    settings = SETTINGS.model_copy(update={"tolerance": tolerance})
    return choose_winner(candidates, settings, "digest", TRIALS, n_folds=5)


def test_the_simpler_wins_within_noise_and_tolerance() -> None:
    # differences 0.03, -0.01, 0.00, 0.00: mean 0.005; deviation 0.0173; error sqrt((1/4 + 1/4) * 0.0003) = 0.01225
    simple = _candidate(2, [0.87, 0.93, 0.94, 0.88], 1, 3)
    chosen = choose(LEADER, simple)
    assert (chosen.trial, [one.below_leader == 0 for one in chosen.candidates]) == (2, [True, False])
    assert chosen.candidates[1].below_leader == pytest.approx(0.005)
    assert chosen.candidates[1].noise == pytest.approx(np.sqrt(0.5 * 0.0003))
    assert choose(LEADER, simple, tolerance=0.004).trial == 1


def test_a_steady_loss_is_not_noise_however_small() -> None:
    simple = _candidate(2, [0.899, 0.919, 0.939, 0.879], 1, 3)
    assert choose(LEADER, simple).trial == 1


def test_of_the_same_complexity_half_the_size_is_simpler_and_the_earlier_of_equals_leads() -> None:
    folds = [0.87, 0.93, 0.94, 0.88]
    half, smaller = _candidate(3, folds, 2, 450), _candidate(3, folds, 2, 451)
    assert choose(LEADER, half).trial == 3
    assert choose(LEADER, smaller).trial == 1
    harder = _candidate(0, folds, 3, 1)
    assert choose(LEADER, harder).trial == 1
    twin = _candidate(4, list(LEADER.folds), 2, 900)
    assert choose(twin, LEADER).trial == 1
    simplest = _candidate(5, folds, 1, 800)
    assert choose(LEADER, half, simplest).trial == 5


def test_the_standard_error_is_nadeau_and_bengios() -> None:
    folds = [0.1, 0.2, 0.4]
    variance = sum((x - 0.7 / 3) ** 2 for x in folds) / 2
    assert compute_standard_error(folds, 1 / 4) == pytest.approx(((1 / 3 + 1 / 4) * variance) ** 0.5)
    assert compute_standard_error([0.3], 1 / 4) == 0


def test_best_json_names_the_price_and_the_reason() -> None:
    simple = _candidate(2, [0.87, 0.93, 0.94, 0.88], 1, 3)
    best = choose(LEADER, simple)
    assert (best.trial, best.model, best.params) == (2, "knn", {"k": 2})
    assert best.price == pytest.approx(0.005)
    assert best.roc_auc.value == pytest.approx(np.mean(simple.folds))
    assert best.roc_auc.low < best.roc_auc.value < best.roc_auc.high <= 1
    assert [candidate.eligible for candidate in best.candidates] == [True, True]
    assert "not corrected here for the choice" in best.reason
    assert "simpler than the leader, trial 1" in best.reason
    alone = choose(LEADER)
    assert "highest mean ROC-AUC" in alone.reason
    assert alone.price == 0
