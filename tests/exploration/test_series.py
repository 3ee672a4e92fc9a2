import numpy as np
import pandas as pd
import pytest

from retention.exploration.exploration import Twins, compute_trend, count_twins, summarise_series

MONTHS = ("spent_first", "spent_last")


def test_a_category_that_sags_and_one_that_grows(customers: pd.DataFrame) -> None:
    found = summarise_series(customers, MONTHS, "category", 0.95)
    sags, grows = found.by_category["b"], found.by_category["a"]
    assert sags.change.high < 0 < grows.change.low
    assert (sags.standing, grows.standing) == ("behind", "ahead")
    b = customers[customers["category"] == "b"]
    assert sags.change.value == pytest.approx(b["spent_last"].sum() / b["spent_first"].sum() - 1)


def test_parts_add_up_to_the_whole(customers: pd.DataFrame) -> None:
    found = summarise_series(customers, MONTHS, "category", 0.95)
    for parts in (found.by_category, found.by_class):
        assert sum(trend.customers for trend in parts.values()) == found.overall.customers == 400
        total = sum(trend.customers * trend.mean["spent_last"] for trend in parts.values())
        assert total == pytest.approx(400 * found.overall.mean["spent_last"])
    assert found.overall.mean["spent_first"] == pytest.approx(customers["spent_first"].mean())


def test_interval_of_the_change_covers_the_truth() -> None:
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        before = rng.normal(100, 20, 60)
        frame = pd.DataFrame({"spent_first": before, "spent_last": 1.8 * before + rng.normal(0, 15, 60)})
        frame["unit"] = range(60)
        change = compute_trend(frame, frame[:0], MONTHS, 0.9).change
        covered += change.low <= 0.8 <= change.high
    assert 0.86 <= covered / 400 <= 0.94


def test_no_spent_has_no_trend() -> None:
    frame = pd.DataFrame({"spent_first": [0.0, 0.0], "spent_last": [1.0, 2.0], "unit": [0, 1]})
    trend = compute_trend(frame, frame, MONTHS, 0.95)
    assert (trend.change, trend.standing) == (None, "unclear")


def test_twins_are_counted_by_group_and_by_customer() -> None:
    group, label = pd.Series([0, 1, 1, 2, 2, 2]), pd.Series([0, 1, 1, 0, 1, 1])
    assert count_twins(group.to_frame("group"), label) == Twins(groups=2, customers=5, label_differs=1)
    assert count_twins(pd.DataFrame({"group": [0, 1]}), pd.Series([0, 1])) == Twins(
        groups=0, customers=0, label_differs=0
    )
