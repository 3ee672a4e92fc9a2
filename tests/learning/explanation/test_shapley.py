"""Attributions against Shapley's formula, summed over every set of columns."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from retention.learning.explanation.permutation_shap import choose_background, compute_permutation_shap, count_rows
from retention.learning.explanation.tree_shap import Tree, compute_tree_shap, read_trees

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


def expected_output(tree: Tree, customer: np.ndarray, known: frozenset[int], node: int = 0) -> float:
    """Return the tree's output where unknown columns are averaged over by the cover (TreeSHAP's game)."""
    left, right = tree.left[node], tree.right[node]
    if left < 0:
        return float(tree.value[node])
    if tree.feature[node] in known:
        chosen = left if customer[tree.feature[node]] <= tree.threshold[node] else right
        return expected_output(tree, customer, known, chosen)
    both = [tree.cover[child] * expected_output(tree, customer, known, child) for child in (left, right)]
    return sum(both) / float(tree.cover[node])


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(random_state=0),
        DecisionTreeClassifier(max_depth=3, class_weight="balanced", random_state=0),
        ExtraTreesClassifier(4, random_state=0),
        RandomForestClassifier(4, random_state=0),
        HistGradientBoostingClassifier(max_iter=4, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_trees_by_brute_force(model: object) -> None:
    model.fit(X, Y)  # type: ignore[attr-defined]
    read = read_trees(model)
    assert read is not None
    trees, offset, _ = read
    base, attributed = compute_tree_shap(trees, X[:5], workers=2)
    for customer, given in zip(X[:5], attributed, strict=True):
        expected = shapley(lambda known, row=customer: sum(expected_output(t, row, known) for t in trees), 4)  # type: ignore[misc]
        assert given == pytest.approx(expected, abs=1e-12)
    nobody = sum(expected_output(tree, X[0], frozenset()) for tree in trees)
    assert base == pytest.approx(nobody, abs=1e-12)
    whole = model.decision_function(X[:5]) if offset else model.predict_proba(X[:5])[:, 1]  # type: ignore[attr-defined]
    assert base + offset + attributed.sum(axis=1) == pytest.approx(whole, abs=1e-12)


def test_a_stump_without_splits_attributes_nothing() -> None:
    model = DecisionTreeClassifier().fit(X, np.arange(120) % 2, sample_weight=None)
    lone = DecisionTreeClassifier(min_samples_leaf=100, random_state=0).fit(X, Y)
    for fitted, columns in ((lone, X[:3]), (model, X[:3])):
        read = read_trees(fitted)
        assert read is not None
        base, attributed = compute_tree_shap(read[0], columns)
        assert base + attributed.sum(axis=1) == pytest.approx(fitted.predict_proba(columns)[:, 1])
    assert not compute_tree_shap(read_trees(lone)[0], X[:3])[1].any()  # type: ignore[index]


def test_threads_give_the_same_bits() -> None:
    trees, _, _ = read_trees(ExtraTreesClassifier(10, random_state=0).fit(X, Y)) or ([], 0.0, True)
    one, three = (compute_tree_shap(trees, X, workers)[1] for workers in (1, 3))
    assert np.array_equal(one, three)


def output(frame: pd.DataFrame) -> np.ndarray:
    a, b, c = (frame[name].to_numpy(float) for name in "abc")
    return np.asarray(a * b + np.sin(c) + 0.5 * (frame["d"] == "x"))


FRAME = pd.DataFrame(X[:, :3], columns=list("abc")).assign(d=RNG.choice(["x", "y"], 120))


def test_switching_approaches_shapley() -> None:
    background = FRAME.iloc[20:50]
    base, attributed = compute_permutation_shap(output, FRAME.head(4), background, seed=0)
    assert base == pytest.approx(output(background).mean())
    for place in range(4):

        def value(known: frozenset[int], row: pd.Series = FRAME.iloc[place]) -> float:
            return float(output(background.assign(**{FRAME.columns[k]: row.iloc[k] for k in known})).mean())

        assert attributed[place] == pytest.approx(shapley(value, 4), abs=0.12)


def test_switching_is_exact_where_columns_do_not_interact() -> None:
    def additive(frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(2 * frame["a"] - np.sin(frame["c"]))

    background = FRAME.iloc[20:23]
    _, attributed = compute_permutation_shap(additive, FRAME, background, seed=3, workers=2)
    assert attributed[:, 0] == pytest.approx(2 * (FRAME["a"] - background["a"].mean()).to_numpy())
    assert attributed[:, [1, 3]] == pytest.approx(np.zeros((120, 2)))


def test_the_rows_asked_for_are_those_announced() -> None:
    asked = []

    def counted(frame: pd.DataFrame) -> np.ndarray:
        asked.append(len(frame))
        return output(frame)

    compute_permutation_shap(counted, FRAME.head(7), FRAME.iloc[10:13], seed=0)
    assert sum(asked) == 7 + 3 + 3 * 7 * count_rows(4)


def test_the_background_is_spread_over_the_output() -> None:
    score = RNG.normal(size=200)
    assert score[choose_background(score, 10)].mean() == pytest.approx(score.mean(), abs=0.1)
    assert len(set(choose_background(score, 200))) == 200
