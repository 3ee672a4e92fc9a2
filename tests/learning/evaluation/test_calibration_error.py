"""The calibration error; that its interval covers is proved in tests/proofs."""

import numpy as np
import pytest

from retention.learning.evaluation.agreement import compute_gaps, estimate_calibration_error
from retention.learning.evaluation.bootstrap import Bootstrap

RNG = np.random.default_rng(3)
GIVEN = RNG.uniform(0.05, 0.65, 6000)
CHANCE = RNG.random(6000)


def estimate(target: np.ndarray, rows: int) -> tuple[float, float, float]:
    bootstrap = Bootstrap(np.arange(rows), 100, 0.95, 0)
    found = estimate_calibration_error(target[:rows], GIVEN[:rows], 10, bootstrap, 1)
    return found.value, found.low, found.high


def test_gaps_by_hand() -> None:
    target, given = (CHANCE[:120] < GIVEN[:120]).astype(int), GIVEN[:120]
    order = np.argsort(given)
    for bins in (6, 10):
        gaps = [(target[part].mean() - given[part].mean()) / bins for part in np.split(order, bins)]
        assert compute_gaps(target, given, np.ones((1, 120)), bins)[0] == pytest.approx(gaps)


def test_an_error_far_above_chance_is_the_plain_figure() -> None:
    target = (CHANCE < GIVEN + 0.3).astype(int)
    value, low, high = estimate(target, 6000)
    plain = np.abs(compute_gaps(target, GIVEN, np.ones((1, 6000)), 10)).sum()
    assert value == pytest.approx(plain, abs=0.002)
    assert low < 0.3 < high


def test_what_chance_alone_gives_is_no_error() -> None:
    target = (CHANCE < GIVEN).astype(int)
    value, low, _ = estimate(target, 300)
    plain = np.abs(compute_gaps(target[:300], GIVEN[:300], np.ones((1, 300)), 10)).sum()
    assert plain > 0.03
    assert low == 0 <= value < 0.7 * plain
