"""Attributions against Shapley's formula, summed over every set of columns."""

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from retention.learning.explanation import attribution, forest_shap
from retention.learning.explanation.attribution import attribute_by_switching, attribute_trees, trust_trees
from retention.learning.explanation.forest_shap import _tabulate, attribute_forest, read_forest

RNG = np.random.default_rng(8)
X = RNG.normal(size=(120, 4)).astype(np.float32).astype(np.float64)
Y = (X[:, 0] * X[:, 1] + X[:, 2] + RNG.normal(size=120) > 0).astype(int)


def shapley(value: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """Return Shapley's values of a game of n players."""
    phi = np.zeros(n)
    for player in range(n):
        others = [other for other in range(n) if other != player]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for known in map(frozenset, combinations(others, size)):
                phi[player] += weight * (value(known | {player}) - value(known))
    return phi


def expected_output(tree: Any, customer: np.ndarray, known: frozenset[int], node: int = 0) -> float:
    """Return the probability of scikit-learn's tree, unknown columns averaged over by the cover (TreeSHAP's game)."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return float(tree.value[node, 0, 1] / tree.value[node, 0].sum())
    if tree.feature[node] in known:
        chosen = left if customer[tree.feature[node]] <= tree.threshold[node] else right
        return expected_output(tree, customer, known, chosen)
    cover = tree.weighted_n_node_samples
    both = [cover[child] * expected_output(tree, customer, known, child) for child in (left, right)]
    return sum(both) / float(cover[node])


@pytest.mark.parametrize(
    "model",
    [
        ExtraTreesClassifier(4, random_state=0),
        RandomForestClassifier(4, max_depth=3, class_weight="balanced", random_state=0),
        RandomForestClassifier(2, min_samples_leaf=100, random_state=0),  # stumps without splits
    ],
    ids=["full", "balanced", "stumps"],
)
def test_forests_by_brute_force(model: Any) -> None:
    trees = read_forest(model.fit(X, Y))
    base, attributed = attribute_forest(trees, X[:5], workers=2)
    theirs = [member.tree_ for member in model.estimators_]
    for customer, given in zip(X[:5], attributed, strict=True):
        expected = shapley(
            lambda known, row=customer: float(np.mean([expected_output(t, row, known) for t in theirs])), 4
        )  # type: ignore[misc]
        assert given == pytest.approx(expected, abs=1e-12)
    nobody = np.mean([expected_output(tree, X[0], frozenset()) for tree in theirs])
    assert base == pytest.approx(nobody, abs=1e-12)
    assert base + attributed.sum(axis=1) == pytest.approx(model.predict_proba(X[:5])[:, 1], abs=1e-12)
    assert np.array_equal(attribute_forest(trees, X[:5], workers=1)[1], attributed)


def test_a_kernel_that_differs_from_shap_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ExtraTreesClassifier(4, random_state=0).fit(X, Y)
    assert trust_trees(model, X[:4])
    monkeypatch.setattr(forest_shap, "_tabulate", lambda tree, n: [table + 1e-6 for table in _tabulate(tree, n)])
    with pytest.raises(RuntimeError, match="differ from those of shap"):
        trust_trees(model, X[:4])


def test_boosting_is_trusted_only_where_it_adds_up() -> None:
    columns = np.column_stack([X, RNG.integers(0, 5, 120)])
    target = ((columns[:, 4] % 2 == 1) ^ (X[:, 0] > 0)).astype(int)
    plain = HistGradientBoostingClassifier(max_iter=9, random_state=0).fit(columns, target)
    native = HistGradientBoostingClassifier(max_iter=9, random_state=0, categorical_features=[4]).fit(columns, target)
    assert trust_trees(plain, columns) and not trust_trees(native, columns)
    base, values = attribute_trees(plain, columns)
    assert base + values.sum(axis=1) == pytest.approx(plain.decision_function(columns), abs=1e-9)


def output(frame: pd.DataFrame) -> np.ndarray:
    a, b, c = (frame[name].to_numpy(float) for name in "abc")
    return np.asarray(a * b + np.sin(c) + 0.5 * (frame["d"] == "x"))


FRAME = pd.DataFrame(X[:, :3], columns=list("abc")).assign(d=RNG.choice(["x", "y"], 120))


def test_switching_approaches_shapley_within_its_error() -> None:
    background = FRAME.iloc[20:120]
    base, attributed, error = attribute_by_switching(output, FRAME.head(4), background, seed=0)
    assert base == pytest.approx(output(background).mean())
    missed = np.empty((4, 4))
    for place in range(4):

        def value(known: frozenset[int], row: pd.Series = FRAME.iloc[place]) -> float:
            return float(output(background.assign(**{FRAME.columns[k]: row.iloc[k] for k in known})).mean())

        missed[place] = attributed[place] - shapley(value, 4)
    assert np.abs(missed).max() < 1e-12  # columns interact in pairs: an order and its reverse are enough
    assert 0.02 < np.sqrt(np.mean(error**2)) < 0.2  # of another background


def test_switching_is_the_same_alone_and_in_company() -> None:
    frame, background = FRAME.head(6), FRAME.iloc[20:40]
    _, together, _ = attribute_by_switching(output, frame, background, seed=3)
    assert np.array_equal(attribute_by_switching(output, frame.iloc[[4]], background, seed=3)[1], together[[4]])


@pytest.mark.slow
def test_switching_is_the_same_by_any_number_of_workers() -> None:
    one, two = (attribute_by_switching(output, FRAME.head(60), FRAME.iloc[60:80], 3, workers) for workers in (1, 2))
    assert np.array_equal(one[1], two[1]) and np.array_equal(one[2], two[2])


def test_the_standard_error_covers_another_background() -> None:
    rng = np.random.default_rng(5)
    backgrounds = [FRAME.iloc[rng.permutation(120)[:20]] for _ in range(12)]
    found = [attribute_by_switching(output, FRAME.head(2), background, seed=1) for background in backgrounds]
    spread = np.std([values for _, values, _ in found], axis=0, ddof=1)
    told = np.sqrt(np.mean([error**2 for _, _, error in found], axis=0))
    assert told[spread > 0.01] == pytest.approx(spread[spread > 0.01], rel=0.6)


def test_boosting_is_explained_alike_by_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    model = HistGradientBoostingClassifier(max_iter=9, random_state=0).fit(X, Y)
    alone = attribute_trees(model, X)
    monkeypatch.setattr(attribution, "MANY", 100)
    base, values = attribute_trees(model, X, workers=2)
    assert base == alone[0]
    assert np.array_equal(values, alone[1])
