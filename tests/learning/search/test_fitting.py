from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

from retention.learning.folds import repeated_folds
from retention.learning.model.space import Choice, Space, build_pipeline_of
from retention.learning.search import fitting
from retention.learning.search.fitting import FoldEvaluator, describe_failure, open_workers
from retention.learning.search.trial import propose
from retention.learning.settings import ModelSpace

from ..conftest import Table


def _evaluator(table: Table, space: Space) -> FoldEvaluator:
    frame, target, groups = table
    return FoldEvaluator(frame, target, repeated_folds(target, groups, 3, range(2), seed=1), space)


def test_scores_are_those_of_cross_val_score(table: Table, space: Space) -> None:
    frame, target, groups = table
    folds = repeated_folds(target, groups, 3, range(2), seed=1)
    choices = propose(space, [], 6, 1, seed=2, startup=8)
    evaluator = _evaluator(table, space)
    with open_workers(evaluator, 1) as evaluate:
        scores = evaluate([(choice, fold) for choice in choices for fold in range(6)])
    for choice, start in zip(choices, range(0, 36, 6), strict=True):
        expected = cross_val_score(build_pipeline_of(choice, space), frame, target, cv=folds, scoring="roc_auc")
        assert [score.roc_auc for score in scores[start : start + 6]] == expected.tolist()


def test_transformed_folds_are_kept_and_dropped_when_there_are_too_many(
    table: Table, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = Choice("knn", "standard", "onehot", "none", {"n_neighbors": 5, "p": 2})
    other = Choice("knn", "standard", "ordinal", "none", {"n_neighbors": 5, "p": 2})
    tasks = [(choice, 0), (other, 0), (choice, 0), (choice, 1)]
    evaluator = _evaluator(table, space)
    scores = [evaluator(task).roc_auc for task in tasks]
    assert len(evaluator._ready) == 3
    monkeypatch.setattr(fitting, "CACHE_BYTES", 100)
    forgetful = _evaluator(table, space)
    assert [forgetful(task).roc_auc for task in tasks] == scores
    assert len(forgetful._ready) == 1


def test_a_model_that_fails_is_recorded_with_its_reason(table: Table, make_space: Callable[..., Space]) -> None:
    broken = {"_target_": "sklearn.neighbors.KNeighborsClassifier", "n_neighbors": 5000}
    evaluator = _evaluator(table, make_space(knn=ModelSpace(object=broken, complexity=3)))
    score = evaluator((Choice("knn", "standard", "onehot", "none", {}), 0))
    assert np.isnan(score.roc_auc)
    assert score.failure.startswith("ValueError: Expected n_neighbors <= n_samples")


def test_an_infinite_output_is_a_failure(table: Table, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "compute_output", lambda *_: np.array([np.inf]))
    score = _evaluator(table, space)((Choice("tree", "none", "onehot", "none", {}), 0))
    assert score.failure == "ValueError: the model's output is not finite"


def test_a_reason_carries_no_memory_address() -> None:
    error = ValueError(f"bad\n  {object()!r}")
    assert describe_failure(error) == "ValueError: bad <object object at 0x…>"


def test_two_processes_give_what_one_gives(table: Table, space: Space) -> None:
    tasks = [(choice, fold) for choice in propose(space, [], 5, 1, seed=2, startup=8) for fold in range(3)]
    tasks.append((Choice("knn", "standard", "onehot", "none", {"n_neighbors": 5000, "p": 2}), 0))
    outcomes = []
    for workers in (1, 2):
        with open_workers(_evaluator(table, space), workers) as evaluate:
            outcomes.append([(score.roc_auc, score.failure) for score in evaluate(tasks)])
    np.testing.assert_equal(outcomes[0], outcomes[1])
    assert roc_auc_score([0, 1], [0, 1]) == 1  # the metric itself, so that a change of it is noticed
