"""Months of a customer are alike: verdicts and intervals against simulated customers, and of single months as ever."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest, norm

from retention.estimate import compute_design_effect, compute_share, count_effective
from retention.learning.evaluation.agreement import judge_agreement
from retention.learning.evaluation.curves import compute_calibration

CUSTOMERS, MONTHS, ALIKE, RUNS = 324, 4, 0.6, 300
UNITS = np.repeat(np.arange(CUSTOMERS), MONTHS)


def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return right probabilities and labels, those of a customer's months by normal variables that go together."""
    probability = np.repeat(np.clip(rng.beta(1, 2.5, CUSTOMERS), 0.02, 0.98), MONTHS)
    own, of_month = rng.normal(size=CUSTOMERS), rng.normal(size=CUSTOMERS * MONTHS)
    latent = np.sqrt(ALIKE) * np.repeat(own, MONTHS) + np.sqrt(1 - ALIKE) * of_month
    return probability, (norm.cdf(latent) < probability).astype(int)


def test_right_probabilities_of_several_months_are_called_right_and_their_rates_covered() -> None:
    rng, wrong, covered, curve = np.random.default_rng(0), 0, 0, []
    for _ in range(RUNS):
        probability, target = draw(rng)
        wrong += not judge_agreement(target, probability, UNITS, 0.95).agrees
        rate = compute_share(int(target.sum()), len(target), 0.95, count_effective(target, UNITS))
        covered += rate.low <= 2 / 7 <= rate.high  # what the beta distribution's mean is
        points = compute_calibration(target, probability, UNITS, 10, 0.95)
        curve.append(points["mean_probability"].between(points["low"], points["high"]).mean())
    assert wrong / RUNS <= 0.08
    assert covered / RUNS >= 0.92
    assert np.mean(curve) >= 0.92


def test_wrong_probabilities_are_still_called_wrong() -> None:
    probability, target = draw(np.random.default_rng(1))
    odds = probability / (1 - probability)
    assert not judge_agreement(target, odds**2 / (1 + odds**2), UNITS, 0.95).agrees


def test_customers_of_a_single_month_count_in_full() -> None:
    apart, target = np.random.default_rng(2).permutation(60), np.arange(60) % 4 // 3
    assert compute_design_effect(target[:, None] - 0.25, apart) == 1
    assert count_effective(target, apart) == 60
    for count in range(61):
        wilson = binomtest(count, 60).proportion_ci(0.95, method="wilson")
        found = compute_share(count, 60, 0.95, 60.0)
        assert (found.low, found.high) == (wilson.low, wilson.high)
    curve = compute_calibration(target, np.full(60, 0.25), apart, 1, 0.9)
    tail = (1 - 0.9) / 2
    assert tuple(curve.loc[0, ["low", "high"]]) == (beta.ppf(tail, 15.5, 45.5), beta.ppf(1 - tail, 15.5, 45.5))


@pytest.mark.parametrize("label", [0, 1])
def test_months_that_repeat_one_another_count_once(label: int) -> None:
    units = np.repeat(np.arange(50), 4)
    assert count_effective(np.full(200, label), units) == 50  # nothing shows how alike they are
    assert count_effective((units % 3 == 0).astype(int), units) == pytest.approx(50)
    scores = np.random.default_rng(3).normal(size=(50, 2))[units]
    assert compute_design_effect(scores, units) == pytest.approx(4)
