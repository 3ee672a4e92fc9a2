"""The choice that makes the difference is found, whatever its name."""

from dataclasses import replace

import numpy as np
import pytest
from optuna.distributions import FloatDistribution

from retention.learning.model.choice import Choice
from retention.learning.search.trial import Trial
from retention.tracking.describe.pictures import compute_importance, compute_parameter_importance

SPACE = {name: FloatDistribution(0, 1) for name in ("C", "tol")}


def _trials(effect: dict[str, float], n: int = 60) -> list[Trial]:
    """Trials whose score depends on the choices and on ``C`` as `effect` says."""
    draw = np.random.default_rng(3)
    trials = []
    for number in range(n):
        choices = {name: str(draw.choice(["a", "b"])) for name in ("model", "scaler", "encoder", "features")}
        params = {"C": draw.uniform(0, 1), "tol": draw.uniform(0, 1)}
        score = sum(effect.get(name, 0) * (value == "a") for name, value in choices.items())
        score += effect.get("C", 0) * params["C"] + draw.normal(0, 0.001)
        trials.append(Trial(number, 1, Choice(**choices, params=params), "complete", (score,)))
    return trials


@pytest.mark.parametrize("name", ["model", "encoder"])
def test_the_choice_that_matters_has_nearly_all(name: str) -> None:
    shares = compute_importance(_trials({name: 0.1}))
    assert next(iter(shares)) == name
    assert shares[name] > 0.9
    assert sum(shares.values()) == pytest.approx(1)


def test_parameters_are_compared_within_one_model() -> None:
    shares = compute_parameter_importance(_trials({"C": 0.2, "model": 5.0}), "a", SPACE)
    assert shares["C"] > 0.9


def test_it_is_the_same_every_time_and_ignores_unfinished_trials() -> None:
    trials = _trials({"scaler": 0.1, "C": 0.05})
    pruned = [replace(trial, state="pruned", folds=(0.0,)) for trial in trials]
    assert compute_importance(trials) == compute_importance([*trials, *pruned])


def test_too_few_trials_give_nothing() -> None:
    trials = _trials({"model": 1})
    assert compute_importance(trials[:3]) == {}
    assert compute_importance([replace(trial, folds=(0.5,)) for trial in trials]) == {}
