"""The choice that makes the difference is found, whatever its name."""

import json

import numpy as np
import pandas as pd
import pytest

from retention.tracking.describe.importance import compute_importance, compute_parameter_importance


def _trials(effect: dict[str, float], n: int = 60) -> pd.DataFrame:
    """Trials whose score depends on the choices and on ``C`` as `effect` says."""
    draw = np.random.default_rng(3)
    table = pd.DataFrame({name: draw.choice(["a", "b"], n) for name in ("model", "scaler", "encoder", "features")})
    c, tol = draw.uniform(0, 1, n), draw.uniform(0, 1, n)
    table["params"] = [json.dumps({"C": x, "tol": y, "fixed": 1}) for x, y in zip(c, tol, strict=True)]
    score = sum(effect.get(name, 0) * (table[name] == "a") for name in ("model", "scaler", "encoder", "features"))
    return table.assign(roc_auc=score + effect.get("C", 0) * c + draw.normal(0, 0.001, n), state="complete")


@pytest.mark.parametrize("name", ["model", "encoder"])
def test_the_choice_that_matters_has_nearly_all(name: str) -> None:
    shares = compute_importance(_trials({name: 0.1}))
    assert next(iter(shares)) == name
    assert shares[name] > 0.9
    assert sum(shares.values()) == pytest.approx(1)


def test_parameters_are_compared_within_one_model() -> None:
    shares = compute_parameter_importance(_trials({"C": 0.2, "model": 5.0}), "a")
    assert shares["C"] > 0.9
    assert "fixed" not in shares


def test_it_is_the_same_every_time_and_ignores_unfinished_trials() -> None:
    trials = _trials({"scaler": 0.1, "C": 0.05})
    more = pd.concat([trials, trials.assign(state="pruned", roc_auc=0.0)])
    assert compute_importance(trials) == compute_importance(more)


def test_too_few_trials_give_nothing() -> None:
    assert compute_importance(_trials({"model": 1})[:3]) == {}
    assert compute_importance(_trials({"model": 1}).assign(roc_auc=0.5)) == {}
