import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew

from retention.exploration.distributions import NumericColumn, choose_edges, describe_categorical, describe_numeric


def describe(column: pd.Series, label: pd.Series) -> NumericColumn:
    """Describe customers of a single month."""
    return describe_numeric(column, label, pd.Series(range(len(column))), fence=1.5, bins=10, confidence=0.95)


@pytest.fixture
def column() -> pd.Series:
    values = np.random.default_rng(4).normal(50, 5, 300)
    values[:4], values[4:6], values[6] = 500.0, -300.0, np.nan
    return pd.Series(values)


@pytest.fixture
def label() -> pd.Series:
    return pd.Series(np.random.default_rng(8).integers(0, 2, 300))


@pytest.mark.parametrize("outliers", [5, 6])  # so many are a group of their own
def test_every_customer_of_a_class_between_the_edges_is_in_the_histogram_once(
    column: pd.Series, label: pd.Series, outliers: int
) -> None:
    column[outliers:6] = 50.0
    found, edges = describe(column, label), choose_edges(column.dropna().to_numpy(), 10, 1.5)
    for part, code in (("kept", 0), ("declined", 1)):
        own = column[label == code]
        assert own.notna().sum() == found.by_class[part]
        assert sum(found.histogram[part]) == own.between(edges[0], edges[-1]).sum()
    assert sum(map(sum, found.histogram.values())) == (294 if outliers == 5 else 299)


def test_skew_is_without_bias(column: pd.Series, label: pd.Series) -> None:
    expected = skew(column.dropna(), bias=False)
    assert abs(expected) > 1
    for scale in (1.0, 1e-9, -1e120):  # of which no power overflows
        assert describe(column * scale, label).skew == pytest.approx(np.sign(scale) * expected)


@pytest.mark.parametrize("values", [[1.0] * 6, [0.1 + 0.2, 0.3] * 3, [0.0] * 6, [1.0, 2.0]])
def test_a_constant_column_has_no_skew(values: list[float]) -> None:
    assert describe(pd.Series(values), pd.Series([0, 1] * 3)[: len(values)]).skew is None


def test_outliers_are_counted_by_tukeys_rule(column: pd.Series, label: pd.Series) -> None:
    known = sorted(column.dropna())
    first, third = np.percentile(known, 25), np.percentile(known, 75)
    low, high = first - 1.5 * (third - first), third + 1.5 * (third - first)
    found = describe(column, label).outliers
    assert found == sum(x < low for x in known) + sum(x > high for x in known)
    assert found >= 6


def test_outliers_are_not_counted_where_half_of_the_values_are_one_number() -> None:
    column = pd.Series([4.0] * 8 + [3.0, 5.0])
    assert describe(column, pd.Series([0, 1] * 5)).outliers is None


def test_missing_values_are_counted_and_left_out(column: pd.Series, label: pd.Series) -> None:
    found = describe(column, label)
    assert (found.missing, sum(found.by_class.values())) == (1, 299)
    assert found.mean == pytest.approx(np.nanmean(column))


def test_categories_come_by_size_with_their_decline_rates() -> None:
    column = pd.Series(["a"] * 2 + ["b"] * 5 + ["c"] * 2 + [None])
    label = pd.Series([1, 0, 1, 1, 1, 0, 0, 0, 0, 1])
    found = describe_categorical(column, label, pd.Series(range(10)), confidence=0.95)
    assert [(item.key, item.count, item.decline_rate.value) for item in found.categories] == [
        ("b", 5, 3 / 5),
        ("a", 2, 1 / 2),
        ("c", 2, 0),
    ]
    assert found.missing == 1
    assert sum(item.share for item in found.categories) == pytest.approx(1)
