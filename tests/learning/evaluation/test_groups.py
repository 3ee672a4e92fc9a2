"""The groups against counts made by hand."""

import numpy as np
import pandas as pd
import pytest

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import ENOUGH, measure_groups

BOOTSTRAP = Bootstrap(np.arange(40), 100, 0.95, 0)
ALL = pd.DataFrame({"all": np.ones(40, dtype=bool)})


def test_a_group_is_measured_as_by_hand() -> None:
    target = np.array([0, 1] * 20)
    probability = np.where(np.arange(40) < 4, 0.5, 0.2 + 0.6 * target)  # four ties across the classes
    found, half = measure_groups(target, probability, ALL.assign(half=np.arange(40) < 20), "segment", BOOTSTRAP)
    pairs = [(p > q) + (p == q) / 2 for p in probability[target == 1] for q in probability[target == 0]]
    assert (found.of, found.key, found.support, half.key, half.support) == ("segment", "all", 40, "half", 20)
    assert found.observed is not None
    assert found.roc_auc is not None
    assert (found.observed.value, found.predicted) == (0.5, pytest.approx(probability.mean()))
    assert found.roc_auc.value == pytest.approx(np.mean(pairs))
    assert found.roc_auc.low <= found.roc_auc.value <= found.roc_auc.high


def test_too_few_customers_or_of_one_class_is_no_figure() -> None:
    members = ALL.assign(few=np.arange(40) < ENOUGH - 1)
    _, few = measure_groups(np.array([0, 1] * 20), np.full(40, 0.5), members, "segment", BOOTSTRAP)
    assert (few.support, few.observed, few.predicted, few.roc_auc) == (ENOUGH - 1, None, None, None)
    (kept,) = measure_groups(np.zeros(40, dtype=int), np.full(40, 0.1), ALL, "segment", BOOTSTRAP)
    assert kept.observed is not None
    assert kept.roc_auc is None
