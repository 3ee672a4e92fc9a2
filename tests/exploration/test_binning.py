import numpy as np
import pytest

from retention.exploration.distributions import choose_edges


def count_inside(values: np.ndarray, edges: np.ndarray) -> int:
    return int(np.histogram(values, edges)[0].sum())


@pytest.mark.parametrize("scale", [0.001, 1, 37, 1e6])
def test_every_value_has_a_bin(scale: float) -> None:
    values = np.random.default_rng(2).normal(10, 2, 500) * scale
    edges = choose_edges(values, 20, fence=5)
    assert count_inside(values, edges) == 500
    assert 5 <= len(edges) - 1 <= 21
    assert np.diff(edges) == pytest.approx(edges[1] - edges[0])


def test_few_whole_numbers_have_a_bin_each() -> None:
    assert choose_edges(np.array([0.0, 1, 1, 3]), 20, 1.5).tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]


def test_one_value_has_a_bin() -> None:
    assert count_inside(np.full(5, 2.5), choose_edges(np.full(5, 2.5), 20, 1.5)) == 5


def test_an_outlier_does_not_stretch_the_bins() -> None:
    values = np.append(np.random.default_rng(3).normal(100, 10, 500), 1e6)
    edges = choose_edges(values, 20, 1.5)
    assert edges[-1] < 200
    assert count_inside(values, edges) == 500


def test_a_second_group_of_customers_is_no_outlier() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.uniform(0.1, 0.3, 900), rng.uniform(0.9, 1, 100)])
    assert count_inside(values, choose_edges(values, 20, 1.5)) == 1000


def test_edges_are_round() -> None:
    edges = choose_edges(np.random.default_rng(3).normal(5238, 834, 1000), 20, 1.5)
    assert (edges % 250 == 0).all()
