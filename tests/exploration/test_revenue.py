import numpy as np
import pandas as pd
import pytest

from retention.exploration.revenue import compute_trend, summarise_revenue
from retention.exploration.twins import Twins, count_twins

MONTHS = {"first": "revenue_first", "last": "revenue_last"}


def test_a_category_that_sags_and_one_that_grows(customers: pd.DataFrame) -> None:
    found = summarise_revenue(customers, MONTHS, "category", "declined", 0.95)
    assert (found.by_category["b"].verdict, found.by_category["b"].standing) == ("sags", "behind")
    assert (found.by_category["a"].verdict, found.by_category["a"].standing) == ("grows", "ahead")
    b = customers[customers["category"] == "b"]
    assert found.by_category["b"].change.value == pytest.approx(b["revenue_last"].sum() / b["revenue_first"].sum() - 1)


def test_parts_add_up_to_the_whole(customers: pd.DataFrame) -> None:
    found = summarise_revenue(customers, MONTHS, "category", "declined", 0.95)
    for parts in (found.by_category, found.by_class):
        assert sum(trend.customers for trend in parts.values()) == found.overall.customers == 400
        assert sum(trend.total["last"] for trend in parts.values()) == pytest.approx(found.overall.total["last"])
    assert found.overall.total["first"] == pytest.approx(customers["revenue_first"].sum())


def test_interval_of_the_change_covers_the_truth() -> None:
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        before = rng.normal(100, 20, 60)
        frame = pd.DataFrame({"revenue_first": before, "revenue_last": 1.8 * before + rng.normal(0, 15, 60)})
        change = compute_trend(frame, frame[:0], MONTHS, 0.9).change
        covered += change.low <= 0.8 <= change.high
    assert 0.86 <= covered / 400 <= 0.94


def test_no_revenue_has_no_trend() -> None:
    frame = pd.DataFrame({"revenue_first": [0.0, 0.0], "revenue_last": [1.0, 2.0]})
    trend = compute_trend(frame, frame, MONTHS, 0.95)
    assert (trend.change, trend.verdict, trend.standing) == (None, "unclear", "unclear")


def test_twins_are_counted_by_group_and_by_customer() -> None:
    group, label = pd.Series([0, 1, 1, 2, 2, 2]), pd.Series([0, 1, 1, 0, 1, 1])
    assert count_twins(group, label) == Twins(groups=2, customers=5, label_differs=1)
    assert count_twins(pd.Series([0, 1]), pd.Series([0, 1])) == Twins(groups=0, customers=0, label_differs=0)
