import numpy as np
import pandas as pd
import pytest

from retention.exploration.leaks import Leak, assign_bins, audit_columns
from retention.exploration.settings import ExploreSettings

RNG = np.random.default_rng(11)
LABEL = pd.Series(np.repeat([1, 0], [200, 300]))
NOISE = RNG.normal(size=500)
RULES = ExploreSettings(
    outlier_fence=1.5,
    histogram_bins=20,
    confidence=0.95,
    leak_bins=20,
    leak_folds=5,
    leak_suspicious=0.85,
    leak_certain=0.95,
    vif_high=5,
)


def audit(columns: dict[str, object], label: pd.Series = LABEL, groups: object = None) -> dict[str, Leak]:
    frame = pd.DataFrame(columns)
    twins = pd.Series(np.arange(len(frame)) if groups is None else groups)
    return {leak.column: leak for leak in audit_columns(frame, label, twins, RULES, seed=3)}


@pytest.mark.parametrize(
    "column",
    [
        np.arange(500),  # the export is sorted by the label
        np.arange(500)[::-1],
        [f"C-{number:04d}" for number in range(500)],  # and so are identifiers in letters
        np.where(LABEL == 1, "x", "y"),
        np.where(LABEL == 1, np.nan, NOISE),  # missing where the label is 1
    ],
)
def test_a_column_that_gives_the_label_away_is_a_leak(column: object) -> None:
    assert audit({"column": column})["column"].verdict == "leak"


def test_a_jump_in_the_middle_is_found() -> None:
    value = np.where(LABEL == 1, RNG.uniform(40, 60, 500), RNG.choice([20.0, 80.0], 500) + NOISE)
    assert audit({"column": value})["column"].verdict == "leak"


def test_noise_is_near_one_half_however_many_bins_it_has() -> None:
    reaches = [audit({"column": RNG.normal(size=500)})["column"].roc_auc for _ in range(10)]
    assert np.mean(reaches) == pytest.approx(0.5, abs=0.03)


def test_a_strong_honest_column_is_neither_leak_nor_none() -> None:
    found = audit({"column": LABEL * 2.2 + NOISE})["column"]
    assert (found.verdict, 0.85 <= found.roc_auc < 0.95) == ("suspicious", True)


def test_twins_do_not_make_a_leak() -> None:
    """A number that only says which pair a customer is in says nothing of other customers."""
    pairs = np.repeat(RNG.permutation(30), 2)
    label = pd.Series(np.repeat(RNG.integers(0, 2, 30), 2))
    together = audit({"pair": pairs}, label, pairs)["pair"].roc_auc
    apart = audit({"pair": pairs}, label)["pair"].roc_auc
    assert together <= 0.5 < 0.8 < apart


def test_the_most_telling_column_comes_first() -> None:
    assert list(audit({"noise": NOISE, "order": np.arange(500)})) == ["order", "noise"]


def test_a_class_with_fewer_customers_than_folds_gives_no_verdict() -> None:
    found = audit({"column": NOISE[:10]}, pd.Series([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))["column"]
    assert found == Leak(column="column", roc_auc=None, verdict="unknown")


def test_bins_hold_equal_counts() -> None:
    assert np.bincount(assign_bins(pd.Series(NOISE), 20))[1:].tolist() == [25] * 20
