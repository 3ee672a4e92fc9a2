from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.errors import UserError
from retention.learning.model.choice import Choice
from retention.learning.model.space import Space, build_choice, build_space
from retention.learning.search.trial import list_starts
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace
from retention.settings import Settings
from retention.tables.roles import list_roles

from ..conftest import KNN, LOGISTIC, ROLES, STEPS, can_be_imported, draw


def _build(**families: ModelSpace) -> Space:
    return build_space(SpaceSettings(model=families, **STEPS), ROLES, seed=3)


SVC: dict[str, Any] = {"_target_": "sklearn.svm.SVC"}


@pytest.mark.parametrize(
    ("family", "message"),
    [
        ({"object": {"_target_": "sklearn.svm.Nope"}}, r"conf/model/own.yaml: model.own.object._target_ .*Nope"),
        (
            {"object": {"_target_": "xgboost.XGBClassifier"}},
            r"needs the package xgboost, which is not installed",
        ),
        ({"object": {"kernel": "rbf"}}, r"model.own.object has no _target_"),
        ({"object": SVC | {"kernle": "rbf"}}, r"model.own.object .*kernle"),
        ({"object": SVC, "search": {"CC": draw("Float", low=1, high=2)}}, r"search.CC: SVC has no .*nearest is .C."),
        ({"object": SVC, "search": {"C": draw("Float", low=2, high=1)}}, r"model.own.search.C .*low"),
        ({"object": SVC, "refit": {"CC": 1}}, r"model.own.refit.CC: SVC has no .*nearest is .C."),
        ({"object": SVC, "search": {"C": draw("Float", low=1, high=2)}, "refit": {"C": 1}}, r"both searches C and"),
        ({"object": SVC, "scalers": ["robust"]}, r"model.own.scaler allows robust, and none of it is selected"),
        ({"object": SVC, "start": [{"C": 1}]}, r"model.own.start.0.C is not searched"),
        (
            {"object": SVC, "search": {"C": draw("Float", low=1, high=2)}, "start": [{"C": 3}]},
            r"model.own.start.0.C = 3 is outside",
        ),
    ],
)
def test_a_mistake_in_yaml_names_file_and_key(family: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _build(own=ModelSpace(**family, complexity=2))


def test_a_space_is_fitted_to_the_shop_and_its_size() -> None:
    months = StepSpace(object={"_target_": "retention.learning.model.features.MonthRatios", "series": None})
    slow = KNN.model_copy(update={"at_most": 100})
    steps = STEPS | {"features": {"none": StepSpace(object=None), "months": months}}
    whole = SpaceSettings(model={"slow": slow, "quick": LOGISTIC}, **steps)
    told = build_space(whole.fit_to_shop({"spent": ("may", "june")}), ROLES, seed=3)
    assert told.steps["features"]["months"].series == {"spent": ["may", "june"]}
    assert list(whole.fit_to_shop({}).features) == ["none"]
    assert [list(whole.fit_to_size(n).model) for n in (100, 101)] == [["slow", "quick"], ["quick"]]


def test_builds_what_best_json_names() -> None:
    choice = Choice("knn", "standard", "onehot", "per_page", {"n_neighbors": 7, "p": 1})
    declared = SpaceSettings(model={"knn": KNN}, **STEPS)
    pipeline = build_choice(choice, declared, ROLES, seed=4)
    assert list(pipeline.named_steps) == ["features", "columns", "model"]
    assert (pipeline["model"].n_neighbors, pipeline["model"].p) == (7, 1)
    with pytest.raises(UserError, match=r"names the scaler 'robust'.*no longer select"):
        build_choice(replace(choice, scaler="robust"), declared, ROLES, seed=4)


def test_every_random_state_gets_the_seed_at_any_depth() -> None:
    bagged = {
        "_target_": "sklearn.ensemble.BaggingClassifier",
        "estimator": {"_target_": "sklearn.tree.DecisionTreeClassifier"},
    }
    estimator = _build(bagged=ModelSpace(object=bagged, complexity=2)).families["bagged"].estimator
    assert estimator.random_state == estimator.estimator.random_state == 3


def test_a_start_without_a_selected_step_is_kept() -> None:
    family = LOGISTIC.model_copy(update={"start": [{"C": 2.0, "scaler": "robust", "features": "per_page"}]})
    assert list_starts(_build(own=family)) == [{"model": "own", "own.C": 2.0, "own.features": "per_page"}]


def _section(project: Path, group: str, kind: type) -> dict[str, Any]:
    files = sorted((project / "conf" / group).glob("*.yaml"))
    content = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    assert all(list(section) == [stem] for stem, section in content.items())  # a file is named by its key
    return {name: kind(**section[name]) for name, section in content.items()}


def test_everything_in_conf_can_be_built_and_names_only_what_there_is(project: Path, composed: Settings) -> None:
    steps = {group: _section(project, group, StepSpace) for group in ("scaler", "encoder")}
    steps["features"] = composed.features
    families = _section(project, "model", ModelSpace)
    usable = {
        name: family for name, family in families.items() if can_be_imported(family.object["_target_"].split(".")[0])
    }
    assert set(families) - set(usable) <= {"lightgbm"}
    roles = list_roles(composed.tables.columns)
    build_space(SpaceSettings(model=usable, **steps).choose_searched(composed.search), roles, seed=1)
    for family in families.values():
        assert set(family.scalers or ()) <= set(steps["scaler"])
        assert set(family.encoders or ()) <= set(steps["encoder"])
        assert set(family.features or ()) <= set(steps["features"])
