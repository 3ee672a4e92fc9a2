import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score

from retention.learning.evaluation.curves import (
    compute_calibration,
    compute_lift,
    compute_pr,
    compute_roc,
    draw_calibration,
    draw_lift,
    draw_pr,
    draw_roc,
)

TARGET = np.array([0, 0, 1, 0, 1, 1, 0, 1])
PROBABILITY = np.array([0.1, 0.2, 0.2, 0.4, 0.6, 0.7, 0.7, 0.9])


def test_the_area_under_the_roc_curve_is_roc_auc() -> None:
    curve = compute_roc(TARGET, PROBABILITY)
    area = auc(curve["false_positive_rate"], curve["true_positive_rate"])
    assert area == pytest.approx(roc_auc_score(TARGET, PROBABILITY))
    assert curve["threshold"].isna().tolist() == [True] + [False] * (len(curve) - 1)


def test_precision_and_recall_by_hand() -> None:
    curve = compute_pr(TARGET, PROBABILITY)
    for row in curve.itertuples():
        chosen = row.threshold <= PROBABILITY
        assert row.recall == pytest.approx(TARGET[chosen].sum() / 4)
        assert row.precision == pytest.approx(TARGET[chosen].mean())
    assert curve["recall"].iloc[-1] == 1


def test_lift_contacts_tied_customers_together() -> None:
    curve = compute_lift(TARGET, PROBABILITY)
    assert curve["share_contacted"].tolist() == [1 / 8, 3 / 8, 4 / 8, 5 / 8, 7 / 8, 1]
    assert curve["gain"].tolist() == [1 / 4, 2 / 4, 3 / 4, 3 / 4, 1, 1]
    assert curve["lift"].iloc[0] == pytest.approx(2)


def test_calibration_groups_hold_every_customer_once() -> None:
    curve = compute_calibration(TARGET, PROBABILITY, np.arange(8), 3, 0.95)
    assert curve["customers"].tolist() == [3, 3, 2]
    assert curve["mean_probability"].to_numpy() @ curve["customers"].to_numpy() == pytest.approx(PROBABILITY.sum())
    assert curve["decline_rate"].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 2])
    assert (curve["low"] < curve["decline_rate"]).all()
    assert (curve["decline_rate"] < curve["high"]).all()


def test_calibration_intervals_cover() -> None:
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(300):
        curve = compute_calibration((rng.random(50) < 0.3).astype(int), np.full(50, 0.3), np.arange(50), 1, 0.95)
        hits.append(curve["low"][0] <= 0.3 <= curve["high"][0])
    assert 0.9 <= np.mean(hits) <= 0.99


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    rng = np.random.default_rng(0)
    curve = compute_lift(rng.integers(0, 2, 5000), rng.random(5000))
    assert len(curve) == 500
    assert curve["share_contacted"].iloc[[0, -1]].tolist() == [1 / 5000, 1]


def test_pictures_are_the_same_bytes_twice() -> None:
    roc = compute_roc(TARGET, PROBABILITY)
    makers = [
        lambda: draw_roc(roc, [roc, roc]),
        lambda: draw_pr(compute_pr(TARGET, PROBABILITY), 0.5),
        lambda: draw_calibration(compute_calibration(TARGET, PROBABILITY, np.arange(8), 3, 0.95)),
        lambda: draw_lift(compute_lift(TARGET, PROBABILITY)),
    ]
    for make in makers:
        picture = make()
        assert picture.startswith(b"\x89PNG")
        assert picture == make()
