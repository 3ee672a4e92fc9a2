from itertools import product

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from retention.learning.explanation.explanation import choose_reference, explain_customers
from retention.learning.model.members import tell_members
from retention.learning.model.model_file import read_model, write_model_bytes
from retention.learning.model.space import Choice, Space, build_choice
from retention.learning.search.ensemble import Ensemble, FoldOutputs, build_ensemble, choose_members
from retention.learning.search.selection import choose_winner
from retention.learning.search.selection_summary import summarise_selection
from retention.learning.search.study import open_study
from retention.learning.search.trial import Trial
from retention.learning.settings import SearchSettings, SelectionSettings

from ..conftest import KNN, LOGISTIC, STEPS, TREE, Table
from .test_selection import LEADER


def _fold(seed: int, signals: list[list[float]], repeat: int = 0) -> FoldOutputs:
    """A fold whose label is the sum of two traits; each candidate sees a mixture of them, with noise."""
    rng = np.random.default_rng(seed)
    traits = rng.normal(size=(2, 300))
    seen = np.array(signals) @ traits + 0.2 * rng.normal(size=(len(signals), 300))
    return FoldOutputs(repeat, (traits.sum(axis=0) + rng.normal(size=300) > 0).astype(np.int64), expit(seen))


def _candidates(count: int) -> list[tuple[Trial, Choice]]:
    choices = [Choice("knn", "none", "onehot", "none", {"k": number}) for number in range(count)]
    return [(Trial(number, 1, choice, "complete", (0.8,)), choice) for number, choice in enumerate(choices)]


def _mean(votes: np.ndarray, folds: list[FoldOutputs]) -> float:
    return float(np.mean([roc_auc_score(fold.target, votes @ fold.probability) for fold in folds]))


def test_the_greedy_choice_is_near_the_best_of_all_and_above_each_alone() -> None:
    folds = [_fold(seed, [[1.0, 0.0], [0.0, 1.0], [-0.3, 0.3]]) for seed in range(3)]
    votes = choose_members(folds, 6)
    every = max(_mean(np.array(each), folds) for each in product(range(7), repeat=3) if 0 < sum(each) <= 6)
    assert votes[0] > 0 and votes[1] > 0
    assert every - 0.002 <= _mean(votes, folds) <= every
    assert _mean(votes, folds) > max(_mean(alone, folds) for alone in np.eye(3)) + 0.05
    assert choose_members(folds, 1).sum() == 1


def test_a_blend_is_kept_if_it_helps_on_folds_that_it_was_not_chosen_on() -> None:
    def build(signals: list[list[float]]) -> Ensemble:
        folds = [_fold(seed, signals, seed // 3) for seed in range(6)]
        winner = [float(roc_auc_score(fold.target, fold.probability[0])) for fold in folds]
        return build_ensemble(_candidates(len(signals)), folds, winner, 10, 0.5)

    helpful = build([[1.0, 0.0], [0.0, 1.0]])
    assert helpful.kept and [member.trial.number for member in helpful.members] == [0, 1]
    needless = build([[1.0, 1.0], [0.2, 0.0], [0.0, 0.1]])
    assert not needless.kept


@pytest.fixture(scope="module")
def best() -> dict[str, object]:
    steps = {"encoder": "onehot", "features": "none"}
    knn = Choice("knn", "standard", params={"n_neighbors": 9, "p": 2}, **steps)
    logistic = Choice("logistic", "minmax", params={"C": 1.0}, **steps)
    folds = [_fold(seed, [[1.0, 0.0], [0.0, 1.0]]) for seed in range(3)]
    trials = [Trial(number, 1, choice, "complete", (0.9,)) for number, choice in enumerate([knn, logistic])]
    ensemble = build_ensemble(list(zip(trials, [knn, logistic], strict=True)), folds, [0.6] * 3, 4, 0.5)
    settings = SelectionSettings(candidates=3, repeats=1, tolerance=0.01)
    return summarise_selection(choose_winner([LEADER], 0.01, 0.5), ensemble, settings, "digest", 2, 0.5)


def test_what_best_json_names_is_built_stored_and_explained_as_one_model(best: dict[str, object], table: Table) -> None:
    frame, target, _ = table
    families = {"knn": KNN, "logistic": LOGISTIC, "tree": TREE}
    blend = build_choice(best, families, **STEPS, seed=1, categorical=["city"]).fit(frame, target)
    members = best["ensemble"]["members"]  # type: ignore[index]
    alone = [
        build_choice(member, families, **STEPS, seed=1, categorical=["city"]).fit(frame, target) for member in members
    ]
    knn, logistic = (pipeline.predict_proba(frame)[:, 1] for pipeline in alone)
    by_hand = (members[0]["weight"] * knn + members[1]["weight"] * logistic) / sum(m["weight"] for m in members)
    probability = blend.predict_proba(frame)[:, 1]
    assert probability == pytest.approx(by_hand, abs=1e-12)
    trusted = ["sklearn.metrics._dist_metrics.EuclideanDistance64", "sklearn.neighbors._kd_tree.KDTree"]
    assert np.array_equal(read_model(write_model_bytes(blend), trusted).predict_proba(frame)[:, 1], probability)
    everyone = np.ones(len(frame), dtype=bool)
    reference = choose_reference(blend, frame, everyone, evaluations=10_000, seed=0)
    explained = explain_customers(blend, frame, reference)
    assert np.allclose(explained.base_value + explained.by_column.sum(axis=1), probability)
    assert tell_members(best) == ", ".join(f"trial {m['trial']} × {m['weight']}" for m in members)
    assert "nested folds" in best["reason"]["en"] and "it is kept" in best["reason"]["en"]  # type: ignore[index]


def test_a_study_blends_alike_with_any_number_of_workers(table: Table, space: Space) -> None:
    protocol = SearchSettings(n_trials=8, startup=8, folds=3, repeats=1, ensemble={"enabled": True, "candidates": 4})

    def run(workers: int) -> Ensemble:
        with open_study(*table, space, protocol, seed=1, workers=workers) as study:
            trials = [trial for batch in study.search() for trial in batch.trials]
            return study.blend(trials, study.select(trials))

    one, two = run(1), run(2)
    assert [(m.choice, m.weight) for m in one.members] == [(m.choice, m.weight) for m in two.members] != []
    assert (one.folds, one.gain, one.noise) == (two.folds, two.gain, two.noise)
