"""Columns of every kind, some with empty cells, through the search, training, the stored file and explanation."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from retention.learning.calibration.calibrated_model import TrainedModel, train_model
from retention.learning.evaluation.baselines import build_baselines, predict_baselines
from retention.learning.explanation.explanation import Reference, choose_reference, explain_customers
from retention.learning.explanation.summary import compute_refit_shares, summarise_importance, summarise_shapes
from retention.learning.model.cells import ReadyCells, build_ready_cells
from retention.learning.model.choice import Choice
from retention.learning.model.model_file import list_trusted_types, read_model, write_model_bytes
from retention.learning.model.space import build_choice, build_space
from retention.learning.search.search import open_study
from retention.learning.search.selection import choose_winner
from retention.learning.settings import PruneRule, SearchSettings, SelectionSettings, SpaceSettings, TrainSettings
from retention.tables.roles import ColumnRoles

from .conftest import KNN, LOGISTIC, STEPS, TREE

ROLES = ColumnRoles(
    features={"pages": "number", "minutes": "number", "city": "category", "app": "boolean", "plan": "ordered"},
    orders={"plan": ("basic", "plus", "gold")},
    missing=("minutes", "city", "plan"),
    money=False,
    consent=None,
    favourite_category=None,
    series={},
)
TRUSTED = {"trusted_types": ["sklearn.neighbors._kd_tree.KDTree", "sklearn.metrics._dist_metrics.EuclideanDistance64"]}
SPACE = SpaceSettings(
    model={
        "logistic": LOGISTIC,
        "knn": KNN.model_copy(update=TRUSTED),
        "tree": TREE.model_copy(update={"trusted_types": ["sklearn.tree._tree.Tree"]}),
    },
    **STEPS | {"features": {"none": STEPS["features"]["none"]}},
)
CHOICES = {
    "linear": Choice("logistic", "standard", "onehot", "none", {"C": 1.0}),
    "tree": Choice("tree", "none", "ordinal", "none", {"max_depth": 4, "class_weight": None}),
    "permutation": Choice("knn", "standard", "onehot", "none", {"n_neighbors": 9, "p": 2}),
}


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"pages": rng.normal(8, 3, 240), "minutes": rng.normal(12, 4, 240)})
    frame["city"] = rng.choice(["north", "south"], 240)
    frame["app"] = rng.choice(["yes", "no"], 240)
    frame["plan"] = rng.choice(ROLES.orders["plan"], 240)
    chance = 1 / (1 + np.exp(frame["pages"] - 8 + (frame["plan"] == "gold") - (frame["city"] == "south")))
    for name in ROLES.missing:
        frame.loc[rng.random(240) < 0.15, name] = None
    target = (rng.random(240) < chance + 0.3 * frame["minutes"].isna()).astype(np.int64)
    return frame, target.to_numpy()


def train(shop: tuple[pd.DataFrame, np.ndarray], choice: Choice) -> TrainedModel:
    pipeline = build_choice(choice, SPACE, ROLES, seed=0)
    return train_model(pipeline, *shop, np.arange(240), TrainSettings(folds=3, methods=["sigmoid"]), seed=0)


def test_cells_are_made_ready_by_what_was_fitted(shop: tuple[pd.DataFrame, np.ndarray]) -> None:
    known, unseen = shop[0][:160], shop[0][160:].assign(minutes=None)
    step = build_ready_cells(ROLES)
    assert step is not None
    ready = step.fit(known).transform(unseen)
    assert set(ready["minutes"]) == {known["minutes"].median()}
    assert ready["minutes_empty"].eq(1).all()
    places = known["plan"].map({"basic": 0, "plus": 1, "gold": 2})
    expected = unseen["plan"].map({"basic": 0, "plus": 1, "gold": 2}).fillna(places.median())
    assert ready["plan"].tolist() == expected.tolist()
    assert ready["plan_empty"].tolist() == unseen["plan"].isna().astype(float).tolist()
    assert set(ready["city"]) == {"north", "south", "(empty)"}
    assert ready[["pages", "app"]].equals(unseen[["pages", "app"]])
    full = ReadyCells({}, [], ["city"]).fit(known.dropna())
    assert "(empty)" not in set(full.transform(unseen)["city"])  # nothing was learnt of empty ones
    with pytest.raises(ValueError, match="city holds nothing but empty cells"):
        ReadyCells({}, [], ["city"]).fit(known.assign(city=None))


def test_a_shop_of_full_numbers_and_categories_needs_no_such_step() -> None:
    usual = ROLES.model_copy(update={"features": {"pages": "number", "app": "boolean"}, "orders": {}, "missing": ()})
    assert build_ready_cells(usual) is None
    assert list(build_choice(CHOICES["linear"], SPACE, usual, 0).named_steps) == ["features", "columns", "model"]


def test_an_order_is_scaled_as_a_number_and_what_was_empty_is_not(shop: tuple[pd.DataFrame, np.ndarray]) -> None:
    fitted = build_choice(CHOICES["linear"], SPACE, ROLES, 0).fit(*shop)
    seen = pd.DataFrame(fitted[:-1].transform(shop[0]), columns=fitted["columns"].get_feature_names_out())
    assert list(seen.filter(regex="^(city|app)_")) == ["city_(empty)", "city_north", "city_south", "app_no", "app_yes"]
    assert set(seen["minutes_empty"]) == {0, 1}
    filled = fitted["ready"].transform(shop[0])[["plan"]]
    assert seen["plan"].to_numpy() == pytest.approx(StandardScaler().fit_transform(filled).ravel())


def test_the_search_tries_every_family_on_them(shop: tuple[pd.DataFrame, np.ndarray]) -> None:
    protocol = SearchSettings(
        n_trials=9, batch_size=3, startup=9, folds=3, repeats=1, enough=1, reuse=False,
        prune=[PruneRule(after=1, margin=0.5)],
        selection=SelectionSettings(candidates=2, repeats=1, tolerance=0.001),
    )  # fmt: skip
    with open_study(*shop, np.arange(240), build_space(SPACE, ROLES, 1), protocol, seed=1, workers=1) as study:
        trials = [trial for batch in study.search() for trial in batch.trials]
        candidates = study.select(trials)
    assert {trial.choice.model for trial in trials} == set(SPACE.model)
    assert {trial.state for trial in trials} <= {"complete", "pruned", "repeated"}
    assert choose_winner(candidates, protocol.selection, "", trials, protocol.folds).roc_auc.value > 0.65


@pytest.mark.parametrize("method", CHOICES)
def test_they_are_trained_stored_and_explained_on_the_columns_of_the_table(
    method: str, shop: tuple[pd.DataFrame, np.ndarray]
) -> None:
    trained, frame = train(shop, CHOICES[method]), shop[0]
    trusted = list_trusted_types(CHOICES[method], SPACE)
    loaded = read_model(write_model_bytes((trained.model, *trained.fold_models)), trusted)
    assert np.array_equal(loaded[0].predict_proba(frame), trained.model.predict_proba(frame))
    pipelines = [model.pipeline for model in loaded]
    reference = choose_reference(pipelines, trained.fold, frame, background=20, seed=0)
    kept = Reference.model_validate_json(reference.model_dump_json())  # an empty cell is null in the file
    assert kept.method == method
    few = slice(0, 30)
    explained = explain_customers(pipelines, trained.fold[few], frame[few], kept)
    assert list(explained.by_column) == list(ROLES.names)
    total = explained.base_value + explained.by_column.sum(axis=1)
    assert total.to_numpy() == pytest.approx(explained.output, abs=1e-6)
    alone = explain_customers(pipelines, trained.fold[4:5], frame[4:5], kept)
    assert alone.by_column.to_numpy() == pytest.approx(explained.by_column[4:5].to_numpy(), abs=1e-9)
    shares = compute_refit_shares(explained.by_column, trained.fold[few])
    rows = summarise_importance(explained.by_column, frame[few], shares, ROLES.categorical, 20, 0)
    assert {row.column: row.direction is None for row in rows} == {
        name: kind != "number" for name, kind in ROLES.features.items()
    }
    shapes = summarise_shapes(explained.by_column, frame[few], ROLES.categorical, bins=4)
    assert sum(part.customers for part in shapes["minutes"]) == frame["minutes"][few].count()


def test_the_studies_recipes_take_them(shop: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, target = shop
    predictions = predict_baselines(build_baselines(ROLES), frame[:180], target[:180], frame[180:])
    assert all(np.isfinite(prediction.value).all() for prediction in predictions.values())
