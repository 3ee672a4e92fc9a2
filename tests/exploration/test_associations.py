import numpy as np
import pandas as pd
import pytest

from retention.exploration.associations import compute_associations, compute_vif, order_by_similarity

RNG = np.random.default_rng(6)


@pytest.fixture
def frame() -> pd.DataFrame:
    x = RNG.normal(size=600)
    return pd.DataFrame(
        {
            "x": x,
            "noise": RNG.normal(size=600),
            "square": x**2,
            "kind": np.where(x > 0, "high", "low"),
            "one": 1.0,
        }
    )


def test_a_relation_of_any_shape_is_found(frame: pd.DataFrame) -> None:
    found = compute_associations(frame, ["x", "noise", "square", "one"])
    table = pd.DataFrame(found.matrix, found.columns, found.columns)
    sigma = pd.DataFrame(found.significance, found.columns, found.columns)
    assert table.loc["x", "square"] > 0.7
    assert table.loc["x", "kind"] > 0.9
    assert table.loc["x", "noise"] < 0.3
    assert sigma.loc["x", "square"] > 5 > 3 > sigma.loc["x", "noise"]
    assert (table == table.T).all(axis=None)


def test_a_column_with_one_value_is_left_out(frame: pd.DataFrame) -> None:
    assert sorted(compute_associations(frame, ["x", "one"]).columns) == ["kind", "noise", "square", "x"]


def test_a_table_without_variation_has_no_associations() -> None:
    assert compute_associations(pd.DataFrame({"a": [1, 1], "b": [2, 2]}), ["a", "b"]).columns == ()


def test_similar_columns_stand_side_by_side() -> None:
    similarity = np.full((6, 6), 0.05)
    for group in ([0, 3, 5], [1, 2, 4]):
        similarity[np.ix_(group, group)] = 0.9
    order = order_by_similarity(similarity)
    assert {frozenset(order[:3]), frozenset(order[3:])} == {frozenset([0, 3, 5]), frozenset([1, 2, 4])}


def test_vif_is_the_diagonal_of_the_inverse_correlation() -> None:
    values = RNG.multivariate_normal([0, 5, 9], [[1, 0.8, 0.1], [0.8, 2, 0.3], [0.1, 0.3, 1]], 400)
    frame = pd.DataFrame(values, columns=list("abc"))
    expected = np.diag(np.linalg.inv(np.corrcoef(values, rowvar=False)))
    assert list(compute_vif(frame, list("abc")).values()) == pytest.approx(list(expected))


def test_a_column_that_others_determine_has_no_finite_vif() -> None:
    a, b = RNG.normal(size=100), RNG.normal(size=100)
    found = compute_vif(pd.DataFrame({"a": a, "b": b, "sum": a + b, "one": 1.0}), ["a", "b", "sum", "one"])
    assert found == {"a": None, "b": None, "sum": None}
