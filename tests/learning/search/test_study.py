from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from retention.errors import UserError
from retention.learning.model.choice import Choice
from retention.learning.model.pipeline import compute_output
from retention.learning.model.space import Space, build_pipeline_of, build_space
from retention.learning.search.search import open_study
from retention.learning.search.selection import Candidate, choose_winner
from retention.learning.search.trial import Batch, Trial
from retention.learning.settings import PruneRule, SearchSettings, SelectionSettings, SpaceSettings

from ..conftest import KNN, ROLES, STEPS, Table

PROTOCOL = SearchSettings(
    n_trials=14,
    batch_size=4,
    startup=8,
    folds=3,
    repeats=1,
    enough=1000,
    reuse=False,
    prune=[PruneRule(after=1, margin=0.05)],
    selection=SelectionSettings(candidates=2, repeats=1, tolerance=0.001),
)


def _run(
    table: Table, space: Space, workers: int, finished: tuple[Batch, ...] = ()
) -> tuple[list[Batch], list[Candidate]]:
    with open_study(*table, space, PROTOCOL, seed=1, workers=workers) as study:
        batches = [*finished, *study.search(finished)]
        return batches, study.select([trial for batch in batches for trial in batch.trials])


def _timeless(batches: list[Batch]) -> list[Batch]:
    return [replace(batch, trials=tuple(replace(t, seconds=0.0) for t in batch.trials)) for batch in batches]


def _outcome(candidates: list[Candidate]) -> list[tuple[object, ...]]:
    best = choose_winner(candidates, PROTOCOL.selection, "", [], PROTOCOL.folds)
    both = zip(candidates, best.candidates, strict=True)
    return [(one.trial.number, one.folds, one.cost, compared.eligible) for one, compared in both]


def test_a_resumed_search_ends_like_an_unbroken_one(table: Table, space: Space) -> None:
    batches, candidates = _run(table, space, workers=1)
    for kept in range(4):
        again, selected = _run(table, space, 1, tuple(batches[:kept]))
        assert _timeless(again) == _timeless(batches)
        assert _outcome(selected) == _outcome(candidates)


@pytest.mark.slow
def test_one_two_and_four_workers_find_the_same(table: Table, space: Space) -> None:
    batches, candidates = _run(table, space, workers=1)
    for workers in (2, 4):
        again, selected = _run(table, space, workers)
        assert _timeless(again) == _timeless(batches)
        assert _outcome(selected) == _outcome(candidates)


def test_the_winner_is_compared_on_folds_that_the_search_did_not_use(table: Table, space: Space) -> None:
    _, candidates = _run(table, space, workers=1)
    for candidate in candidates:
        assert len(candidate.folds) == 3
        assert candidate.folds != candidate.trial.folds


def test_the_winner_is_compared_and_described_as_it_will_be_fitted(table: Table) -> None:
    family = KNN.model_copy(update={"refit": {"weights": "distance"}})
    _, candidates = _run(table, build_space(SpaceSettings(model={"knn": family}, **STEPS), ROLES, seed=3), workers=1)
    for candidate in candidates:
        assert candidate.choice.params == {**candidate.trial.choice.params, "weights": "distance"}
    _, plain = _run(table, build_space(SpaceSettings(model={"knn": KNN}, **STEPS), ROLES, seed=3), workers=1)
    assert _outcome(plain)[0][0] == _outcome(candidates)[0][0]  # the same trial of the same search
    assert _outcome(plain)[0][1] != _outcome(candidates)[0][1]  # with other folds' scores


def test_the_best_complete_trials_are_candidates_the_earlier_of_equals_first(table: Table, space: Space) -> None:
    choice = Choice("knn", "standard", "onehot", "none", {"n_neighbors": 9, "p": 2})
    means = [(0.8, "complete"), (0.9, "complete"), (0.99, "pruned"), (0.9, "complete"), (0.7, "complete")]
    trials = [Trial(number, 1, choice, state, (mean,)) for number, (mean, state) in enumerate(means)]  # type: ignore[arg-type]
    with open_study(*table, space, PROTOCOL, seed=1, workers=1) as study:
        assert [candidate.trial.number for candidate in study.select(trials)] == [1, 3]


def test_too_few_customers_of_a_class_are_refused(table: Table, space: Space) -> None:
    frame, _, groups = table
    target = np.zeros(len(frame), dtype=int)
    target[[0, 1, 140]] = 1  # 0 and 140 are twins
    with (
        pytest.raises(UserError, match="only 2 customers of one class, too few for 3 folds"),
        open_study(frame, target, groups, space, PROTOCOL, 1, 1),
    ):
        pass


def test_a_feature_step_that_does_not_fit_the_table_is_refused_at_once(table: Table) -> None:
    frame, target, groups = table
    space = build_space(SpaceSettings(model={"knn": KNN}, **STEPS), ROLES, seed=1)
    narrow: pd.DataFrame = frame.drop(columns="minutes")
    with (
        pytest.raises(UserError, match=r"^features\.per_page \(conf/shop/ or .*no column minutes"),
        open_study(narrow, target, groups, space, PROTOCOL, 1, 1),
    ):
        pass


def test_a_column_without_any_cells_is_named(table: Table) -> None:
    frame, target, groups = table
    roles = ROLES.model_copy(update={"missing": ("minutes",)})
    space = build_space(SpaceSettings(model={"knn": KNN}, **STEPS), roles, seed=1)
    with (
        pytest.raises(UserError, match="minutes holds nothing but empty cells: leave the column out"),
        open_study(frame.assign(minutes=np.nan), target, groups, space, PROTOCOL, 1, 1),
    ):
        pass


def test_a_last_winner_that_no_longer_fits_is_told(table: Table, space: Space) -> None:
    choice = Choice("knn", "standard", "onehot", "none", {"n_neighbors": 120, "p": 2})
    protocol = PROTOCOL.model_copy(update={"n_trials": 1, "reuse": True})
    with open_study(*table, space, protocol, seed=1, workers=1) as study:
        trials = [trial for batch in study.search(only=choice) for trial in batch.trials]
        with pytest.raises(UserError, match=r"last winner cannot be fitted now \(.*n_neighbors.*search.reuse=false"):
            study.select(trials)


@pytest.mark.slow
def test_without_a_signal_the_figure_is_too_high_as_is_said_and_new_customers_tell(space: Space) -> None:
    protocol = PROTOCOL.model_copy(update={"folds": 5})
    told, anew = [], []
    for shop in range(10):
        rng = np.random.default_rng(shop)
        frame = pd.DataFrame({"pages": rng.normal(8, 3, 600), "minutes": rng.normal(12, 4, 600)})
        frame["city"] = rng.choice(["north", "south", "west"], 600)
        label = rng.permutation(np.arange(600) % 2)
        known, new = frame[:150], frame[150:]
        with open_study(known, label[:150], np.arange(150), space, protocol, seed=shop, workers=1) as study:
            trials = [trial for batch in study.search() for trial in batch.trials]
            candidates = study.select(trials)
        best = choose_winner(candidates, protocol.selection, "", trials, 5)
        assert "not corrected" in best.reason
        winner = build_pipeline_of(best.choice, space).fit(known, label[:150])
        told.append(best.roc_auc.value)
        anew.append(roc_auc_score(label[150:], compute_output(winner, new)))
    assert np.mean(told) > 0.52
    assert np.mean(anew) == pytest.approx(0.5, abs=0.02)
