"""Resamples and their intervals against what can be counted and against formulas."""

import numpy as np
import pytest
from scipy.special import expit, polygamma

from retention.learning.evaluation.bootstrap import Bootstrap, count_resamples, normal_interval

TARGET = np.repeat([0, 1, 1, 0], [50, 30, 20, 100])
TWINS = np.r_[np.arange(100), np.arange(0, 200, 2)]  # twenty-five of each class have a twin, some in the other class
PLAIN = Bootstrap(TWINS, resamples=300, confidence=0.9, seed=5)


def draw(bootstrap: Bootstrap, *use: int, strata: np.ndarray | None = None) -> np.ndarray:
    return np.concatenate(list(bootstrap.draw(*use, strata=strata)))


def test_twins_are_drawn_together() -> None:
    weights = draw(PLAIN, 1)
    units, places = np.unique(TWINS, return_index=True)
    assert np.array_equal(weights, weights[:, places][:, np.searchsorted(units, TWINS)])
    assert (weights[:, places].sum(axis=1) == len(units)).all()


def test_classes_keep_their_size_where_they_are_to() -> None:
    single = Bootstrap(np.arange(200), resamples=50, confidence=0.9, seed=5)
    assert (draw(single, 1, strata=TARGET)[:, TARGET == 1].sum(axis=1) == 50).all()
    assert len(set(draw(single, 1)[:, TARGET == 1].sum(axis=1))) > 5


def test_every_use_has_its_stream_and_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = draw(PLAIN, 1, 2, strata=TARGET)
    assert np.array_equal(whole, draw(PLAIN, 1, 2, strata=TARGET))
    assert not np.array_equal(whole, draw(PLAIN, 1, 3, strata=TARGET))
    monkeypatch.setattr("retention.learning.evaluation.bootstrap.CELLS", 7 * len(TARGET))
    assert np.array_equal(whole, draw(PLAIN, 1, 2, strata=TARGET))


def test_the_interval_of_a_mean_is_that_of_its_formula() -> None:
    values = np.random.default_rng(1).exponential(size=400)
    found = Bootstrap(np.arange(400), 20_000, 0.9, 1).estimate(lambda weights: weights @ values / 400, 0)
    reach = 1.6449 * values.std() / 20
    assert (found.low, found.high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=0.01)


def test_a_share_stays_between_0_and_1() -> None:
    resampled = np.random.default_rng(0).beta(30, 2, 100_000)
    found = normal_interval(30 / 32, resampled, 0.95, "share")
    spread = np.sqrt(polygamma(1, 30) + polygamma(1, 2))  # of the log-odds of a beta variable
    assert (found.low, found.high) == pytest.approx(expit(np.log(15) + np.array([-1.96, 1.96]) * spread), abs=0.003)
    assert normal_interval(1.0, np.ones(10), 0.95, "share").high == 1


def test_a_positive_value_has_the_errors_of_its_logarithm() -> None:
    resampled = np.exp(np.random.default_rng(0).normal(0, 0.5, 100_000))
    found = normal_interval(1.0, resampled, 0.95, "positive")
    assert (found.low, found.high) == pytest.approx((np.exp(-0.98), np.exp(0.98)), rel=0.01)
    assert normal_interval(1.0, resampled - 1, 0.95, "positive") == normal_interval(1.0, resampled - 1, 0.95)


def test_the_mean_of_skewed_losses_of_twins_is_covered_at_both_ends() -> None:
    rng, missed = np.random.default_rng(3), {"studentised": [0, 0], "normal": [0, 0]}
    for seed in range(400):
        values = np.repeat(rng.exponential(size=40), 2)
        draws = Bootstrap(np.repeat(np.arange(40), 2), 400, 0.95, seed)
        intervals = {
            "studentised": draws.estimate_mean(values),
            "normal": draws.estimate(lambda weights, values=values: weights @ values / weights.sum(axis=1)),
        }
        for name, found in intervals.items():
            assert found.value == pytest.approx(values.mean())
            missed[name][0] += found.low > 1
            missed[name][1] += found.high < 1
    assert max(missed["studentised"]) <= 0.05 * 400 < max(missed["normal"])


def test_very_many_rows_are_resampled_less_often_and_few_as_often_as_is_asked() -> None:
    assert [count_resamples(2000, rows) for rows in (1300, 10_000, 20_000, 10**6)] == [2000, 2000, 1000, 200]
    assert count_resamples(100, 10**6) == 100
    values = np.random.default_rng(1).exponential(size=10**5)
    found = Bootstrap(np.arange(10**5), 2000, 0.9, 1).estimate(lambda weights: weights @ values / 10**5, 0)
    reach = 1.6449 * values.std() / 10**2.5
    assert found.high - found.low == pytest.approx(2 * reach, rel=0.15)  # four errors of 400 resamples
