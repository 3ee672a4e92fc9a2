from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from retention.learning.calibration.calibrated_model import (
    NestedOutputs,
    TrainedModel,
    calibrate_out_of_fold,
    choose_calibration,
    compute_nested_outputs,
    tabulate_probabilities,
    train_model,
    without_threads,
)
from retention.learning.folds import stratified_group_folds
from retention.learning.model.pipeline import build_pipeline, compute_output, find_output_scale
from retention.learning.settings import TrainSettings

Table = tuple[pd.DataFrame, np.ndarray, np.ndarray]


def pipeline(model: object) -> object:
    return build_pipeline(model, StandardScaler(), OneHotEncoder(sparse_output=False), None, ["city"])


def train(table: Table, model: object, methods: Sequence[str] = ("sigmoid",), workers: int = 1) -> TrainedModel:
    return train_model(pipeline(model), *table, TrainSettings(folds=3, methods=methods), seed=1, workers=workers)


def test_a_customers_own_label_plays_no_part_in_its_probability(table: Table) -> None:
    frame, target, groups = table
    folds = stratified_group_folds(target, groups, 3, seed=1)
    before = compute_nested_outputs(pipeline(LogisticRegression()), frame, target, folds)
    for customer in (0, 57):
        twins = groups == groups[customer]
        flipped = np.where(twins, 1 - target, target)
        after = compute_nested_outputs(pipeline(LogisticRegression()), frame, flipped, folds)
        for method in ("sigmoid", "beta", "isotonic"):
            own = calibrate_out_of_fold(before, target, method, "log-odds")[twins]
            assert np.array_equal(own, calibrate_out_of_fold(after, flipped, method, "log-odds")[twins])
        assert not np.array_equal(before.output, after.output)


def test_nested_outputs_are_those_of_refitting_by_hand(table: Table) -> None:
    frame, target, groups = table
    folds = stratified_group_folds(target, groups, 3, seed=1)
    nested = compute_nested_outputs(pipeline(LogisticRegression()), frame, target, folds, workers=2)
    for k in range(3):
        for other in range(3):
            fit_on = ~np.isin(nested.fold, [k, other])
            fitted = clone(pipeline(LogisticRegression())).fit(frame[fit_on], target[fit_on])
            place = nested.fold == other
            expected = compute_output(fitted, frame[place])
            given = nested.output[place] if k == other else nested.inner[k, place]
            assert given == pytest.approx(expected, abs=1e-12)
        assert np.isnan(nested.inner[k, nested.fold == k]).all()


def test_it_is_what_scikit_learn_makes_with_one_model_inside(table: Table) -> None:
    frame, target, groups = table
    trained = train(table, SVC())
    folds = stratified_group_folds(target, groups, 3, seed=1)
    theirs = CalibratedClassifierCV(pipeline(SVC()), method="sigmoid", ensemble=False, cv=folds).fit(frame, target)
    assert trained.model.predict_proba(frame) == pytest.approx(theirs.predict_proba(frame), abs=1e-4)


def test_calibrating_costs_no_roc_auc_and_gives_probabilities(table: Table) -> None:
    frame, target, _ = table
    for method in ("sigmoid", "beta", "isotonic"):
        model = train(table, ExtraTreesClassifier(30, random_state=0), [method]).model
        both = model.predict_proba(frame)
        assert both.sum(axis=1) == pytest.approx(np.ones(len(frame)))
        raw = roc_auc_score(target, model.compute_output(frame))
        assert roc_auc_score(target, both[:, 1]) == pytest.approx(raw, abs=1e-9)


def test_threads_and_leftover_settings_change_nothing(table: Table) -> None:
    one = train(table, ExtraTreesClassifier(20, random_state=0, n_jobs=2), workers=1)
    two = train(table, ExtraTreesClassifier(20, random_state=0), workers=2)
    outputs = [[model.compute_output(table[0]) for model in (one.model, *one.fold_models)] for one in (one, two)]
    assert np.array_equal(*outputs)
    assert one.model.get_params()["pipeline__model__n_jobs"] is None
    assert without_threads(ExtraTreesClassifier(n_jobs=1)).n_jobs == 1  # to LightGBM None means every processor


def test_known_customers_get_the_out_of_fold_probability(table: Table) -> None:
    frame, target, groups = table
    is_test = np.arange(len(frame)) % 4 == 0
    known, labels = frame[~is_test], target[~is_test]
    trained = train((known, labels, groups[~is_test]), LogisticRegression())
    fold = np.zeros(len(frame), dtype=int)
    fold[~is_test] = trained.fold
    given = tabulate_probabilities([trained.model, *trained.fold_models], fold, frame)
    own = trained.model.predict_proba(frame)[:, 1]
    assert given.loc[is_test, "decline_probability"].to_numpy() == pytest.approx(own[is_test])
    folds = [(np.flatnonzero(trained.fold != number), np.flatnonzero(trained.fold == number)) for number in (1, 2, 3)]
    nested = compute_nested_outputs(pipeline(LogisticRegression()), known, labels, folds)
    expected = calibrate_out_of_fold(nested, labels, "sigmoid", "log-odds")
    assert given.loc[~is_test, "decline_probability"].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert not np.isclose(expected, own[~is_test], atol=1e-12).any()


def synthetic(distort: float, n: int = 3000) -> tuple[NestedOutputs, np.ndarray]:
    """Outputs in log-odds that are `distort` times too large."""
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, n)
    fold = np.arange(n) % 5
    inner = np.where(fold == np.arange(5)[:, None], np.nan, odds * distort)
    return NestedOutputs(fold, odds * distort, inner, ()), (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


def test_the_simplest_within_the_noise_is_chosen() -> None:
    methods = ["none", "sigmoid", "beta", "isotonic"]
    assert choose_calibration(*synthetic(1.0), methods, "log-odds").method == "none"
    overconfident = choose_calibration(*synthetic(2.5), methods, "log-odds")
    assert overconfident.method == "sigmoid"
    assert overconfident.candidates["none"].calibration_slope == pytest.approx(0.4, abs=0.03)
    assert overconfident.candidates["sigmoid"].calibration_slope == pytest.approx(1, abs=0.1)
    assert overconfident.candidates["none"].log_loss_over_best.low > 0


def test_a_mere_score_is_never_taken_for_a_probability() -> None:
    chosen = choose_calibration(*synthetic(1.0), ["none"], "score")
    assert (chosen.method, list(chosen.candidates)) == ("sigmoid", ["sigmoid"])


def test_the_scale_of_the_output_is_recognised(table: Table) -> None:
    frame, target, _ = table
    scales = {
        find_output_scale(pipeline(model).fit(frame, target), frame)  # type: ignore[attr-defined]
        for model in (LogisticRegression(), SVC(), ExtraTreesClassifier(5))
    }
    assert scales == {"log-odds", "score", "probability"}


def test_the_model_refuses_to_be_refitted(table: Table) -> None:
    with pytest.raises(TypeError, match="train_model"):
        train(table, LogisticRegression()).model.fit(table[0], table[1])


@pytest.mark.slow
def test_customers_who_come_back_are_calibrated_by_the_model_of_their_fold() -> None:
    """A toy panel: next month the same customers are much as they were, and their labels are drawn anew."""
    rng = np.random.default_rng(11)
    habit = rng.normal(size=(1500, 5))
    month, later = (pd.DataFrame(habit + rng.normal(0, 0.1, habit.shape), columns=list("abcde")) for _ in range(2))
    chance = expit(1.5 * habit[:, 0] - habit[:, 1] * habit[:, 2])
    target, next_target = ((rng.random(1500) < chance).astype(int) for _ in range(2))
    forest = build_pipeline(ExtraTreesClassifier(100, random_state=0), None, OneHotEncoder(), None, [])
    trained = train_model(forest, month, target, np.arange(1500), TrainSettings(folds=5, methods=["beta"]), seed=1)
    models = [trained.model, *trained.fold_models]
    slopes = {}
    for kind, fold in {"final": np.zeros(1500, dtype=int), "fold": trained.fold}.items():
        probability = tabulate_probabilities(models, fold, later)["decline_probability"].to_numpy()
        odds = logit(np.clip(probability, 1e-6, 1 - 1e-6))[:, None]
        slopes[kind] = LogisticRegression(C=np.inf).fit(odds, next_target).coef_[0, 0]
    assert slopes["fold"] == pytest.approx(1, abs=0.12)
    assert slopes["final"] < 0.85
