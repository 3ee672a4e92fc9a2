"""Where the interval of an estimate lies."""

import pytest

from retention.estimate import Estimate


@pytest.mark.parametrize(
    ("low", "high", "side"), [(0.01, 0.05, "above"), (-0.05, -0.01, "below"), (-0.01, 0.05, "across")]
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, side: str) -> None:
    assert Estimate(value=0.0, low=low, high=high).side() == side
    assert Estimate(value=1.0, low=low + 1, high=high + 1).side(of=1.0) == side
