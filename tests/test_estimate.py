"""Where the interval of an estimate lies."""

import pytest

from retention.estimate import Estimate, compute_share, subtract


@pytest.mark.parametrize(
    ("low", "high", "side"), [(0.01, 0.05, "above"), (-0.05, -0.01, "below"), (-0.01, 0.05, "across")]
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, side: str) -> None:
    assert Estimate(value=0.0, low=low, high=high).side() == side
    assert Estimate(value=1.0, low=low + 1, high=high + 1).side(of=1.0) == side


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)],
)
def test_newcombes_own_examples(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    """Table II of the paper, method 10."""
    found = subtract(compute_share(*one, 0.95), compute_share(*other, 0.95))
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
