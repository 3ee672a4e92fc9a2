"""The model card's groups against counts made by hand, and the card in both languages."""

import numpy as np
import pandas as pd
import pytest

from retention.strict import Language, Text
from retention.tracking.describe.card import FILES, render_card
from retention.tracking.describe.groups import ENOUGH, list_groups, measure_group
from retention.tracking.describe.pipeline_run import Summaries
from retention.tracking.describe.provenance import Provenance

NAME = Text(ru="Все", en="All")


def test_a_group_is_measured_as_by_hand() -> None:
    target = np.array([0, 1] * 20)
    probability = np.where(np.arange(40) < 4, 0.5, 0.2 + 0.6 * target)  # four ties across the classes
    found = measure_group(NAME, target, probability)
    pairs = [(p > q) + (p == q) / 2 for p in probability[target == 1] for q in probability[target == 0]]
    assert found.support == 40
    assert found.observed is not None
    assert found.roc_auc is not None
    assert (found.observed.value, found.predicted) == (0.5, pytest.approx(probability.mean()))
    assert found.roc_auc.value == pytest.approx(np.mean(pairs))
    assert found.roc_auc.low <= found.roc_auc.value <= found.roc_auc.high


def test_too_few_customers_or_of_one_class_is_no_figure() -> None:
    few = measure_group(NAME, np.array([0, 1] * (ENOUGH // 2))[:-1], np.full(ENOUGH - 1, 0.5))
    assert (few.support, few.observed, few.predicted, few.roc_auc) == (ENOUGH - 1, None, None, None)
    kept = measure_group(NAME, np.zeros(40, dtype=int), np.full(40, 0.1))
    assert kept.observed is not None
    assert kept.roc_auc is None


def test_groups_are_the_segments_and_the_categories() -> None:
    customers = pd.DataFrame({"promo": [True, False, True], "level": ["b", "a", "a"]})
    segments = [{"key": "promo", "name": {"ru": "По акции", "en": "On promotion"}}, {"key": "gone"}]
    levels = {"level": {key: Text(ru=f"Уровень: {key}", en=f"Level: {key}") for key in "ab"}}
    found = {name.en: member.tolist() for name, member in list_groups(customers, segments, levels)}
    assert found == {
        "On promotion": [True, False, True], "Level: a": [False, True, True], "Level: b": [True, False, False],
    }  # fmt: skip


@pytest.mark.parametrize(("language", "expected"), [("ru", ["Для чего", "слишком мало"]), ("en", ["for", "too few"])])
def test_the_card_tells_purpose_data_quality_groups_and_limits(language: Language, expected: list[str]) -> None:
    best = {
        "model": "svc",
        "scaler": "none",
        "encoder": "onehot",
        "features": "none",
        "n_trials": 9,
        "params": {"C": 2},
    }
    measure = {"value": 0.91234, "low": 0.8, "high": 0.95}
    quality = {"customers": {"read": 50, "kept": 48, "excluded": 1, "quarantined": 1}}
    content = Summaries(best, {"test": {"roc_auc": measure, "support": {"customers": 20}}}, quality, {}, {})
    groups = [
        measure_group(NAME, np.array([0, 1] * 20), np.full(40, 0.25)),
        measure_group(NAME, np.ones(3), np.ones(3)),
    ]
    told = render_card(content, ["a", "b"], Provenance("d" * 32, None, None, None), "f" * 64, groups, language)
    for said in (*expected, "C=2", "d" * 32, "f" * 64, "`a`, `b`", "0.9123 | 0.8000", "| 40 | 0.500 (", "| 0.250 |"):
        assert said in told
    assert set(FILES) == {"ru", "en"}
