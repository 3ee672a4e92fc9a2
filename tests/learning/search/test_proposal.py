from collections.abc import Callable

import pytest

from retention.learning.model.space import Choice, Space
from retention.learning.search.trial import Trial, propose
from retention.learning.settings import ModelSpace

from ..conftest import KNN


def _score(choices: list[Choice], before: list[Trial], batch: int) -> list[Trial]:
    """Trials with made-up results: every fourth failed, every fifth pruned."""
    made = []
    for number, choice in enumerate(choices, start=len(before)):
        state = "failed" if number % 4 == 3 else "pruned" if number % 5 == 4 else "complete"
        folds = () if state == "failed" else (0.6 + 0.01 * (number % 7),) * 3
        made.append(Trial(number, batch, choice, state, folds))
    return made


def _run(space: Space, batches: int, size: int, seed: int = 1) -> list[Trial]:
    trials: list[Trial] = []
    for batch in range(1, batches + 1):
        trials += _score(propose(space, trials, size, batch, seed, startup=8), trials, batch)
    return trials


def test_an_impossible_combination_is_never_proposed(space: Space) -> None:
    trials = _run(space, batches=12, size=8)
    assert {trial.choice.model for trial in trials} == set(space.families)
    for trial in trials:
        family = space.families[trial.choice.model]
        assert set(trial.choice.params) == set(family.distributions)
        for kind, allowed in family.steps.items():
            assert getattr(trial.choice, kind) in allowed
        for name, value in trial.choice.params.items():
            distribution = family.distributions[name]
            assert distribution._contains(distribution.to_internal_repr(value))


def test_each_family_is_first_seen_at_its_start(space: Space) -> None:
    first, second, *_ = propose(space, [], 4, 1, seed=1, startup=8)
    assert (first.model, first.params, first.scaler) == ("logistic", {"C": 1.0}, "minmax")
    assert (second.model, second.params) == ("knn", {"n_neighbors": 9, "p": 2})


def test_a_smaller_count_is_the_beginning_of_a_larger_one(space: Space) -> None:
    before = _run(space, batches=2, size=8)
    assert propose(space, before, 3, 3, 1, 8) == propose(space, before, 8, 3, 1, 8)[:3]


def test_proposals_depend_on_seed_batch_and_results(space: Space) -> None:
    before = _run(space, batches=3, size=8)
    again = propose(space, before, 8, 4, 1, 8)
    assert again == propose(space, list(before), 8, 4, 1, 8)
    assert again != propose(space, before, 8, 4, 2, 8)
    assert again != propose(space, before, 8, 5, 1, 8)
    better = [Trial(t.number, t.batch, t.choice, "complete", (t.number / 100,) * 3) for t in before]
    assert again != propose(space, better, 8, 4, 1, 8)


@pytest.mark.parametrize("best_k", [5, 25])
def test_learns_where_the_good_choices_are(make_space: Callable[..., Space], best_k: int) -> None:
    space = make_space(knn=ModelSpace(**KNN.model_dump() | {"start": []}))
    trials: list[Trial] = []
    for batch in range(1, 11):
        for number, choice in enumerate(propose(space, trials, 4, batch, 1, 12), start=len(trials)):
            value = 0.9 - 0.01 * abs(choice.params["n_neighbors"] - best_k)
            trials.append(Trial(number, batch, choice, "complete", (value,)))
    late = [abs(trial.choice.params["n_neighbors"] - best_k) for trial in trials[20:]]
    assert sum(late) / len(late) < 5  # chance would give about 10


def test_a_repeated_trial_counts_like_the_one_it_repeats(space: Space) -> None:
    drawn = _run(space, batches=3, size=8)
    before = [Trial(t.number, t.batch, t.choice, "complete", (0.5 + t.number / 100,)) for t in drawn]
    best = before[-1]
    again = Trial(24, 4, best.choice, "complete", best.folds)
    repeated = Trial(24, 4, best.choice, "repeated", best.folds, repeat_of=best.number)
    expected = propose(space, [*before, again], 8, 5, 1, 8)
    assert propose(space, [*before, repeated], 8, 5, 1, 8) == expected
    assert propose(space, before, 8, 5, 1, 8) != expected
