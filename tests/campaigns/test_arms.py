from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from retention.campaigns.arms import compare_arms, find_chance


def draw(n: int = 80, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(n, 2))
    sent = rng.random(n) < 0.7
    outcome = 1 + covariates @ [0.5, -0.2] - 0.3 * sent + 0.4 * sent * covariates[:, 0] + rng.normal(size=n)
    return outcome, sent, covariates, rng.uniform(1, 3, n), rng.integers(1, 3, n).astype(float)


def test_it_is_the_interacted_regression_with_hc2_and_the_freedom_of_bell_and_mccaffrey() -> None:
    outcome, sent, covariates, weight, size = draw()
    arms = compare_arms(outcome, sent, covariates, weight, size)
    centred = covariates - (covariates * size[:, None]).sum(axis=0) / size.sum()
    whole = np.column_stack([np.ones(80), sent, centred, sent[:, None] * centred])
    root = np.sqrt(weight * size)
    by_hand = np.linalg.lstsq(whole * root[:, None], outcome * root, rcond=None)[0]
    assert arms.contacted.value - arms.held.value == pytest.approx(by_hand[1])
    for arm, mean in ((sent, arms.contacted), (~sent, arms.held)):
        x, w, y = np.column_stack([np.ones(arm.sum()), centred[arm]]), np.diag((weight * size)[arm]), outcome[arm]
        lift = np.linalg.inv(x.T @ w @ x) @ x.T @ w
        residual_maker = np.eye(len(y)) - x @ lift
        spread = np.diag(lift[0] ** 2 / np.diag(residual_maker))
        quadratic = residual_maker.T @ spread @ residual_maker
        assert mean.variance == pytest.approx(y @ quadratic @ y)
        assert mean.freedom == pytest.approx(np.trace(quadratic) ** 2 / np.trace(quadratic @ quadratic))


def test_without_covariates_it_is_welchs_test() -> None:
    outcome, sent, _, _, _ = draw()
    found = compare_arms(outcome, sent, np.empty((80, 0)), np.ones(80), np.ones(80))
    welch = stats.ttest_ind(outcome[~sent], outcome[sent], equal_var=False).confidence_interval(0.95)
    interval = found.compute_difference(0.95)
    assert (interval.low, interval.high) == pytest.approx((welch.low, welch.high))


def test_fiellers_interval_holds_what_a_test_does_not_reject() -> None:
    outcome, sent, covariates, weight, size = draw(seed=3)
    arms = compare_arms(outcome + 2, sent, covariates, weight, size)
    found = arms.compute_reduction(0.9)
    assert found is not None
    reach = stats.t.ppf(0.95, arms.freedom)
    share = np.linspace(-2, 2, 400_001)
    off = np.abs(arms.contacted.value - (1 - share) * arms.held.value)
    kept = share[off <= reach * np.sqrt(arms.contacted.variance + (1 - share) ** 2 * arms.held.variance)]
    assert (found.low, found.high) == pytest.approx((kept.min(), kept.max()), abs=2e-5)
    assert compare_arms(outcome - outcome.mean(), sent, covariates, weight, size).compute_reduction(0.9) is None


def test_redrawing_is_fishers_exact_test_where_that_applies() -> None:
    declined = np.array([1.0] * 7 + [0.0] * 13)
    sent = np.ones(20, dtype=bool)
    sent[[0, 1, 2, 3, 4, 15]] = False
    found = find_chance(declined, sent, np.zeros(20, dtype=int), np.ones(20), 20_000, seed=1)
    mean = 6 * 7 / 20
    count = stats.hypergeom(20, 7, 6)
    exact = sum(count.pmf(k) for k in range(7) if abs(k - mean) >= 5 - mean - 1e-9)
    assert found == pytest.approx(exact, abs=0.01)


def test_blocks_are_redrawn_by_themselves() -> None:
    block = np.repeat([0, 1, 2], [4, 4, 3])
    outcome = np.array([9.0, 0, 0, 0, 5, 5, 5, 5, 1, 2, 3])
    sent = np.array([False, True, True, True, False, True, True, True, True, True, True])
    # Only the first block tells: its outlier is left alone in one draw of four, and nothing else is as far off.
    assert find_chance(outcome, sent, block, np.ones(11), 20_000, seed=2) == pytest.approx(0.25, abs=0.01)


def test_arms_of_unequal_spread_are_each_measured_by_their_own() -> None:
    outcome, sent = np.array([0.9, 0.7, 0.8, 0.9, -2.0, 0.3, 1.9, -1.0, 0.0, 0.4]), np.arange(10) > 3
    centred = outcome - outcome.mean()

    def statistic(alone: list[int]) -> float:
        arms = centred[alone], np.delete(centred, alone)
        squares = sum((np.var(arm) * len(arm) + np.var(centred)) / (len(arm) + 1) / len(arm) for arm in arms)
        return float(abs(arms[0].mean() - arms[1].mean()) / np.sqrt(squares))

    all_ = [statistic(list(alone)) for alone in combinations(range(10), 4)]
    exact = np.mean(np.array(all_) >= statistic([0, 1, 2, 3]) - 1e-9)
    found = find_chance(outcome, sent, np.zeros(10, dtype=int), np.ones(10), 20_000, seed=3)
    assert found == pytest.approx(exact, abs=0.01)
