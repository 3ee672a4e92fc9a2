import numpy as np
import pytest
from scipy.stats import chi2_contingency

from retention.estimate import compute_cramers_v
from retention.exploration.distributions import compute_cliffs_delta

RNG = np.random.default_rng(1)


def test_delta_counts_every_pair() -> None:
    first, second = RNG.integers(0, 6, 30).astype(float), RNG.integers(2, 8, 20).astype(float)
    pairs = [np.sign(b - a) for a in first for b in second]
    assert compute_cliffs_delta(first, second, 0.95).value == pytest.approx(np.mean(pairs))


def test_interval_of_delta_covers_the_truth() -> None:
    truth = 0.5204998778  # P(N(1, 1) > N(0, 1)) - P(<) = erf(0.5)
    covered = 0
    for _ in range(400):
        found = compute_cliffs_delta(RNG.normal(0, 1, 40), RNG.normal(1, 1, 30), 0.9)
        covered += found.low <= truth <= found.high
    assert 0.86 <= covered / 400 <= 0.94


def test_delta_of_separated_classes_stays_in_bounds() -> None:
    found = compute_cliffs_delta(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0]), 0.95)
    assert (found.value, found.high) == (1.0, 1.0)
    assert -1 <= found.low <= 1


def test_delta_of_a_single_customer_is_not_known() -> None:
    assert compute_cliffs_delta(np.array([1.0]), np.array([2.0, 3.0]), 0.95) is None


def test_v_of_a_perfect_association_is_one() -> None:
    assert compute_cramers_v(np.diag([50, 70]), 0.95).value == pytest.approx(1, abs=0.01)


def test_v_is_corrected_for_chance() -> None:
    values = [
        compute_cramers_v(RNG.multinomial(200, np.full(12, 1 / 12)).reshape(6, 2), 0.95).value for _ in range(200)
    ]
    plain = [
        np.sqrt(chi2_contingency(RNG.multinomial(200, np.full(12, 1 / 12)).reshape(6, 2)).statistic / 200)
        for _ in range(200)
    ]
    assert np.mean(values) < 0.06 < np.mean(plain)


def test_interval_of_v_covers_the_truth() -> None:
    shares = np.array([[0.4, 0.1], [0.2, 0.3]])
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    truth = float(np.sqrt(((shares - expected) ** 2 / expected).sum()))
    covered = 0
    for _ in range(400):
        found = compute_cramers_v(RNG.multinomial(150, shares.ravel()).reshape(2, 2), 0.9)
        covered += found.low <= truth <= found.high
    assert 0.86 <= covered / 400 <= 0.95


@pytest.mark.parametrize("table", [[[3, 4], [0, 0]], [[1, 0], [0, 1], [1, 0]]])
def test_v_of_one_row_or_of_as_many_as_customers_is_not_known(table: list[list[int]]) -> None:
    assert compute_cramers_v(np.array(table), 0.95) is None
