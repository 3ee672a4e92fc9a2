import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from scipy.special import expit
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from retention.files import read_artifact, rounded
from retention.learning.calibration import calibrated_model
from retention.learning.explanation import attribution
from retention.learning.explanation.explanation import (
    Attributions,
    Reference,
    choose_reference,
    explain_customers,
    sum_to_sources,
    tabulate_attributions,
    trace_columns,
)
from retention.learning.explanation.pictures import draw_pictures
from retention.learning.explanation.summary import (
    CategoryPart,
    compute_agreement,
    compute_refit_shares,
    summarise_importance,
    summarise_shapes,
)
from retention.learning.model.features import ComputedColumns
from retention.learning.model.pipeline import build_pipeline, compute_output, find_output_scale
from retention.learning.model.regression import RegressionClassifier
from retention.learning.settings import TrainSettings
from retention.paths import Paths
from retention.stages.explain import load_explanation
from retention.tables.roles import ColumnRoles

from ..conftest import can_be_imported

Table = tuple[pd.DataFrame, np.ndarray, np.ndarray]
RATIO = ComputedColumns({"pages_a_minute": {"ratio": ["pages", "minutes"]}})


FOLD = np.arange(150) % 3  # of two folds; 0 is the test part
FEW = slice(0, 12)  # customers for whom switching is waited for


def fit(table: Table, model: Any, scaler: Any = None, encoder: Any = None, features: Any = None) -> Any:
    encoder = OneHotEncoder(sparse_output=False) if encoder is None else encoder
    return build_pipeline(model, scaler, encoder, features, ["city"]).fit(table[0], table[1])


def fit_by_fold(table: Table, model: Any, scaler: Any = None, features: Any = None) -> list[Any]:
    """Fit without the test part, then without each fold as well."""
    learnt = [(FOLD > 0) & (number != FOLD) for number in range(3)]
    return [fit((table[0][own], table[1][own], table[2]), clone(model), scaler, features=features) for own in learnt]


def explain(pipelines: list[Any], frame: pd.DataFrame, few: slice = slice(None)) -> Attributions:
    reference = choose_reference(pipelines, FOLD, frame, background=20, seed=0)
    return explain_customers(pipelines, FOLD[few], frame[few], reference)


@pytest.mark.parametrize("features", [None, RATIO], ids=["plain", "computed"])
@pytest.mark.parametrize(
    ("method", "model"),
    [
        ("linear", LogisticRegression()),
        ("linear", SVC(kernel="linear")),
        ("linear", RegressionClassifier(LinearRegression())),
        ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
        ("tree", ExtraTreesClassifier(10, random_state=0)),
        ("tree", HistGradientBoostingClassifier(max_iter=10, random_state=0)),
        ("permutation", SVC()),
        ("permutation", KNeighborsClassifier()),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_attributions_add_up_whatever_the_family(table: Table, method: str, model: Any, features: Any) -> None:
    pipelines, few = fit_by_fold(table, model, StandardScaler(), features), table[0][FEW]
    assert choose_reference(pipelines, FOLD, table[0], background=20, seed=0).method == method
    explained = explain(pipelines, table[0], FEW)
    assert list(explained.by_column.columns) == ["pages", "minutes", "city"]
    own = [compute_output(pipelines[number], few.iloc[[row]])[0] for row, number in enumerate(FOLD[FEW])]
    total = explained.base_value + explained.by_column.sum(axis=1)
    assert total.to_numpy() == pytest.approx(own, abs=1e-9)
    assert (explained.sampling_error > 0) == (method == "permutation")


@pytest.mark.skipif(not can_be_imported("lightgbm"), reason="the extra `boosting` is not installed")
def test_lightgbm_is_explained_exactly(table: Table) -> None:
    from lightgbm import LGBMClassifier

    pipelines = fit_by_fold(table, LGBMClassifier(n_estimators=9, min_child_samples=5, n_jobs=1, verbosity=-1))
    assert choose_reference(pipelines, FOLD, table[0], background=20, seed=0).method == "tree"
    total = (explained := explain(pipelines, table[0])).base_value + explained.by_column.sum(axis=1)
    own = pipelines[0].predict_proba(table[0])[:, 1]
    assert expit(total.to_numpy()[FOLD == 0]) == pytest.approx(own[FOLD == 0], abs=1e-9)
    assert find_output_scale(pipelines[0], table[0]) == "log-odds"


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), DecisionTreeClassifier(max_depth=4, random_state=0), KNeighborsClassifier()],
    ids=["linear", "tree", "permutation"],
)
def test_a_later_customer_alone_is_explained_as_in_company(table: Table, model: Any) -> None:
    pipelines, frame = fit_by_fold(table, model, StandardScaler()), table[0]
    reference = choose_reference(pipelines, FOLD, frame, background=20, seed=0)
    together = explain_customers(pipelines, FOLD[FEW], frame[FEW], reference)
    kept = Reference.model_validate_json(json.dumps(rounded(reference)))
    for place in (0, 11):
        alone = explain_customers(pipelines, FOLD[[place]], frame.iloc[[place]], kept)
        assert alone.base_value[0] == pytest.approx(together.base_value[place], abs=1e-9)
        pd.testing.assert_frame_equal(alone.by_column.round(8), together.by_column.iloc[[place]].round(8))


def test_a_linear_model_by_hand(table: Table) -> None:
    frame = table[0]
    pipelines = fit_by_fold(table, LogisticRegression())
    explained = explain(pipelines, frame)
    for number, pipeline in enumerate(pipelines):
        own, learnt = number == FOLD, (FOLD > 0) & (number != FOLD)
        weight = dict(zip(pipeline[:-1].get_feature_names_out(), pipeline[-1].coef_[0], strict=True))
        by_hand = weight["pages"] * (frame["pages"] - frame["pages"][learnt].mean())
        assert explained.by_column["pages"][own].to_numpy() == pytest.approx(by_hand[own].to_numpy())
        city = frame["city"].map({name: weight[f"city_{name}"] for name in ("north", "south", "west")})
        assert explained.by_column["city"][own].to_numpy() == pytest.approx(
            (city - city[learnt].mean())[own].to_numpy()
        )
        assert explained.base_value[own] == pytest.approx(compute_output(pipeline, frame[learnt]).mean())


def test_a_training_customer_is_explained_by_a_model_that_has_not_seen_it(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, target, groups = table
    monkeypatch.setattr(calibrated_model, "stratified_group_folds", lambda *_: folds)
    held = [groups % 3 == number for number in range(3)]
    folds = [(np.flatnonzero(~own), np.flatnonzero(own)) for own in held]
    forest = build_pipeline(ExtraTreesClassifier(30, random_state=0), None, OneHotEncoder(), None, ["city"])

    def run(labels: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
        trained = calibrated_model.train_model(
            forest, frame, labels, groups, TrainSettings(folds=3, methods=["beta"]), seed=0
        )
        models = [trained.model, *trained.fold_models]
        pipelines = [model.pipeline for model in models]
        reference = choose_reference(pipelines, trained.fold, frame, background=20, seed=0)
        explained = explain_customers(pipelines, trained.fold, frame, reference)
        table = tabulate_attributions(explained, pd.Series(groups, name="customer_id"))
        return table, calibrated_model.tabulate_probabilities(models, trained.fold, frame)

    attributions, probabilities = run(target)
    ranked = roc_auc_score(target, attributions["output"])
    assert ranked == pytest.approx(roc_auc_score(target, probabilities["decline_probability"]), abs=0.01)
    assert ranked < 0.95  # the final model ranks its own customers with 1.000
    for customer in (0, 57):
        twins = groups == groups[customer]
        flipped, given = run(np.where(twins, 1 - target, target))
        assert flipped[twins].equals(attributions[twins]) and given[twins].equals(probabilities[twins])
        assert not flipped.equals(attributions)


def test_the_small_run_explains_the_out_of_fold_output(small_run: Paths) -> None:
    known = pd.read_parquet(small_run.probabilities)
    attributions = pd.read_parquet(small_run.attributions)
    names = [*read_artifact(small_run.columns, ColumnRoles).names]
    total = attributions["base_value"] + attributions[names].sum(axis=1)
    assert total.to_numpy() == pytest.approx(known["score"].to_numpy(), abs=1e-6)
    assert len(set(zip(known["fold"], attributions["base_value"], strict=True))) == 4  # one for each model
    explanation = load_explanation(small_run)
    assert explanation.shape == explanation.data.shape == (len(known), len(names))
    assert explanation.base_values.tolist() == attributions["base_value"].tolist()
    assert explanation.feature_names == names


def test_attributions_that_do_not_add_up_are_refused(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "read_weights", lambda _: np.ones(5))
    with pytest.raises(RuntimeError, match="do not add up"):
        explain(fit_by_fold(table, LogisticRegression()), table[0])


def test_each_column_is_traced_to_its_sources(table: Table) -> None:
    cases = {
        5: fit(table, SVC()),
        3: fit(table, SVC(), StandardScaler(), OrdinalEncoder()),
        6: fit(table, SVC(), features=RATIO),
        9: fit(table, SVC(), KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf")),
        15: fit(table, SVC(), SplineTransformer(n_knots=4)),
    }
    for n_columns, pipeline in cases.items():
        sources = trace_columns(pipeline)
        assert sources is not None
        seen = pipeline[:-1].transform(table[0])
        assert len(sources) == n_columns == seen.shape[1]
        for name in table[0].columns:  # a column reacts exactly where its sources say
            changed = table[0].assign(**{name: np.roll(table[0][name].to_numpy(), 7)})
            reacts = (pipeline[:-1].transform(changed) != seen).any(axis=0)
            assert [name in source for source in sources] == reacts.tolist()


def test_a_column_of_several_sources_is_shared_evenly() -> None:
    given = np.array([[1.0, 10.0, 4.0]])
    summed = sum_to_sources(given, [("a",), ("b",), ("a", "c")], ["a", "b", "c"])
    assert summed.tolist() == [[3.0, 10.0, 2.0]]


def test_a_step_of_unknown_making_is_explained_by_switching(table: Table) -> None:
    pipelines = fit_by_fold(table, LogisticRegression(), features=FunctionTransformer(lambda frame: frame))
    reference = choose_reference(pipelines, FOLD, table[0], background=20, seed=0)
    assert (reference.method, len(reference.background["pages"])) == ("permutation", 20)
    assert set(reference.background["pages"]) <= set(table[0]["pages"][FOLD > 0])


def test_importance_finds_what_matters_and_where_it_points(table: Table) -> None:
    frame = table[0]
    values = explain(fit_by_fold(table, LogisticRegression()), frame).by_column
    refits = compute_refit_shares(values, np.arange(150) % 4)
    first, *rest = summarise_importance(values, frame, refits, categorical=["city"], resamples=200, seed=0)
    assert first.column == "pages"  # the label was drawn from it
    assert (first.direction, first.first_rank, first.last_rank) == (-1, 1, 1)
    assert first.share + sum(row.share for row in rest) == pytest.approx(1)
    assert all(row.share_low <= row.share <= row.share_high for row in (first, *rest))
    assert next(row for row in rest if row.column == "city").direction is None
    assert first.mean_abs == pytest.approx(values["pages"].abs().mean())


def test_shapes_hold_every_customer_once(table: Table) -> None:
    frame = table[0].assign(flat=1.0)
    values = explain(fit_by_fold(table, LogisticRegression()), table[0]).by_column.assign(flat=0.0)
    shapes = summarise_shapes(values, frame, categorical=["city"], bins=4)
    for name, parts in shapes.items():
        assert sum(part.customers for part in parts) == len(frame), name
        weighted = sum(part.customers * part.mean for part in parts)
        assert weighted == pytest.approx(values[name].sum(), abs=1e-9)
    assert [part.value for part in shapes["city"] if isinstance(part, CategoryPart)] == ["north", "south", "west"]
    assert [part.mean for part in shapes["pages"]] == sorted((part.mean for part in shapes["pages"]), reverse=True)
    assert len(shapes["flat"]) == 1


def test_refits_are_the_models_of_the_folds() -> None:
    values = pd.DataFrame({"a": [9.0, -3.0, 1.0, 1.0, 2.0], "b": [9.0, 1.0, 1.0, -4.0, 1.0], "c": [0, 0, 0, 1.0, 1.0]})
    refits = compute_refit_shares(values, np.array([0, 1, 1, 2, 2]))
    assert refits.to_numpy() == pytest.approx(np.array([[4, 2, 0], [3, 5, 2]]) / [[6], [10]])
    assert compute_agreement(refits) == pytest.approx(0.5)  # ranks 3 2 1 and 2 3 1
    frame = pd.DataFrame({"a": range(5), "b": range(5), "c": range(5)})
    rows = summarise_importance(values, frame, refits, categorical=[], resamples=50, seed=0)
    told = {row.column: (row.refit_first_rank, row.refit_last_rank) for row in rows}
    assert told == {"a": (1, 2), "b": (1, 2), "c": (3, 3)}


def test_a_constant_model_has_no_shares_and_no_order() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 1.0, 3.0, 2.0]})
    values = pd.DataFrame({"a": [0.0, 0.0, 1.0, -1.0], "b": [0.0, 0.0, 0.5, 0.5]})  # the first fold's is constant
    refits = compute_refit_shares(values, np.array([1, 1, 2, 2]))
    assert refits.to_numpy().tolist() == [[0, 0], pytest.approx([2 / 3, 1 / 3])]
    assert compute_agreement(refits) == 0
    for given in (values, values * 0):
        rows = summarise_importance(given, frame, refits, categorical=[], resamples=50, seed=0)
        assert [row.share for row in rows] == pytest.approx([2 / 3, 1 / 3] if given is values else [0, 0])


def test_a_column_without_any_cells_has_no_picture_of_its_own() -> None:
    rng = np.random.default_rng(0)
    values, data = rng.normal(size=(50, 3)) * [5, 1, 1], rng.normal(size=(50, 3)).astype(object)
    data[:, 0] = float("nan")
    explanation = shap.Explanation(values, np.zeros(50), data, feature_names=["a", "b", "c"])
    drawn = [name for name, _ in draw_pictures(explanation, "en")]
    assert drawn == ["beeswarm", "bar", "dependence_1", "dependence_2", "waterfall"]
