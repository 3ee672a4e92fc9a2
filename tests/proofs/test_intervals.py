"""Intervals of 95 % hold the truth, and right probabilities are called right

At the size of a real test part, 324 customers, on customers whose true probabilities are known.
"""

import numpy as np
import pytest
from scipy.special import expit

from retention.learning.evaluation.agreement import compute_gaps, judge_agreement
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import Prediction, assess
from retention.learning.evaluation.metrics import METRICS

CUSTOMERS, TESTS, VERDICTS, RESAMPLES, BINS = 324, 1500, 3000, 200, 10
ERROR = "expected_calibration_error"
MODELS = {"right": (1.0, 0.0), "overconfident": (1.3, 0.3)}  # its log-odds, from the true ones: slope and shift


def draw(rng: np.random.Generator, customers: int) -> tuple[np.ndarray, dict[str, Prediction]]:
    """Return labels and the models' probabilities; ROC-AUC, Brier score and decline rate are like the real tables'."""
    odds = rng.normal(-0.7, 2.8, customers)
    given = {model: Prediction(expit(slope * odds + shift)) for model, (slope, shift) in MODELS.items()}
    return (rng.random(customers) < expit(odds)).astype(int), given


def find_truth() -> dict[str, dict[str, float]]:
    """Return each model's metrics on so many customers that chance plays no part."""
    target, given = draw(np.random.default_rng(0), 2_000_000)
    once, truth = np.ones((1, len(target))), {}
    for model, prediction in given.items():
        found = {name: float(metric(target, prediction.value, once)[0]) for name, metric in METRICS.items()}
        error = float(np.abs(compute_gaps(target, prediction.value, once, BINS)).sum())
        truth[model] = found | {ERROR: 0.0 if model == "right" else error}
    return truth


@pytest.mark.slow
def test_every_interval_covers(proof: list[str]) -> None:
    truth, rng = find_truth(), np.random.default_rng(1)
    sides = {model: {name: np.zeros(TESTS) for name in names} for model, names in truth.items()}
    for seed in range(TESTS):
        target, given = draw(rng, CUSTOMERS)
        found = assess(target, given, Bootstrap(np.arange(CUSTOMERS), RESAMPLES, 0.95, seed), BINS, part=1)
        for model, names in truth.items():
            for name, true in names.items():
                one = found[model].measures[name]
                sides[model][name][seed] = (one.low > true) - int(one.high < true)
    proof += [
        f"{TESTS} tests of {CUSTOMERS} customers, {RESAMPLES} resamples each:",
        "",
        "| probabilities | metric | truth | covered | interval too low | too high |",
        "|---|---|---|---|---|---|",
    ]
    for model, names in sides.items():
        for name, side in names.items():
            shares = " | ".join(f"{np.mean(side == where):.3f}" for where in (0, -1, 1))
            proof.append(f"| {model} | {name} | {truth[model][name]:.4f} | {shares} |")
    proof.append("")
    covered = [float(np.mean(side == 0)) for names in sides.values() for side in names.values()]
    assert 0.93 <= min(covered) <= max(covered) <= 0.97


@pytest.mark.slow
def test_right_probabilities_are_called_right(proof: list[str]) -> None:
    rng = np.random.default_rng(2)
    wrong = dict.fromkeys(MODELS, 0)
    for _ in range(VERDICTS):
        target, given = draw(rng, CUSTOMERS)
        for model, prediction in given.items():
            wrong[model] += not judge_agreement(target, prediction.value, np.arange(CUSTOMERS), 0.95).agrees
    shares = ", ".join(f"{count / VERDICTS:.3f} of those that are {model}" for model, count in wrong.items())
    proof.append(f"Of {VERDICTS} models of each kind the verdict calls miscalibrated: {shares}.")
    assert wrong["right"] / VERDICTS <= 0.06
    assert wrong["overconfident"] / VERDICTS > 0.5
