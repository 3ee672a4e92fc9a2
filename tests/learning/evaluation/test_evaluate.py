"""The whole evaluation, and the few numbers that are taken out of it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import Part, Prediction, evaluate
from retention.learning.evaluation.evaluation import Metrics
from retention.strict import Text

RNG = np.random.default_rng(8)
TARGET = RNG.integers(0, 2, 120)
GIVEN = np.clip(0.4 * TARGET + RNG.uniform(0.05, 0.55, 120), 0.01, 0.99)
CITY = pd.DataFrame({"city": np.repeat(["north", "south"], [50, 70])})


def part(rows: slice) -> Part:
    return Part(TARGET[rows], GIVEN[rows], Bootstrap(np.arange(120)[rows], 100, 0.95, 0))


def test_the_numbers_that_are_compared_are_those_of_the_parts() -> None:
    recipes = {"a": Text(ru="наугад", en="by chance")}
    found = evaluate(part(slice(None)), part(slice(40)), None, recipes, {"a": Prediction(1 - GIVEN)}, CITY, bins=10)
    told = Metrics.of(found, "svc").model_dump()
    assert told["out_of_time"] is None and found.leading is found.test
    assert list(told)[:3] == ["roc_auc", "roc_auc_low", "roc_auc_high"]
    assert told["model"] == "svc"
    assert told["roc_auc"] == pytest.approx(roc_auc_score(TARGET, GIVEN))
    assert told["log_loss"] == pytest.approx(log_loss(TARGET, GIVEN))
    assert told["ece"] == found.test.expected_calibration_error.value
    assert found.out_of_fold.roc_auc.value == pytest.approx(roc_auc_score(TARGET[:40], GIVEN[:40]))
    assert found.test.support.model_dump() == {"customers": 120, "declined": TARGET.sum()}
    apart = found.baselines["a"].difference.roc_auc.value
    assert apart == pytest.approx(2 * told["roc_auc"] - 1)  # a recipe that ranks the other way round
    assert {(group.key, group.support) for group in found.groups} == {("north", 50), ("south", 70)}


def test_the_worse_of_held_out_and_out_of_time_leads() -> None:
    for flipped in (GIVEN, 1 - GIVEN):
        later = Part(TARGET, flipped, Bootstrap(np.arange(120), 100, 0.95, 0))
        found = evaluate(part(slice(80)), part(slice(40)), later, {}, {}, CITY[:80], bins=10)
        held_out, after = roc_auc_score(TARGET[:80], GIVEN[:80]), roc_auc_score(TARGET, flipped)
        assert found.leading.roc_auc.value == pytest.approx(min(held_out, after))
        told = Metrics.of(found, "svc")
        assert (told.roc_auc, told.out_of_time) == (found.leading.roc_auc.value, pytest.approx(after))
