"""What `retention params` finds at once."""

from typing import Any

import pytest

from retention.errors import UserError
from retention.learning.settings import ModelSpace
from retention.rehearsal import rehearse
from retention.settings import Settings

BAGGING = ModelSpace(object={"_target_": "sklearn.ensemble.BaggingClassifier"}, complexity=3)
NONE = ModelSpace(object={"_target_": "sklearn.ensemble.ExtraTreesClassifier", "n_estimators": -5}, complexity=2)


def _with(settings: Settings, **families: ModelSpace) -> Settings:
    return settings.model_copy(update={"model": {"linear": settings.model["linear"], **families}})


def test_settings_that_work_are_let_through(composed: Settings) -> None:
    rehearse(_with(composed))


@pytest.mark.parametrize(
    ("families", "said"),
    [
        (
            {"bagging": BAGGING},
            r"^conf/model/bagging.yaml.*not trusted \(sklearn.tree._tree.Tree\)[^.]*trusted_types",
        ),
        ({"own": NONE}, r"^conf/model/own.yaml: it cannot be fitted.*'n_estimators' .* Got -5 instead\): mend it\.$"),
        (
            {"own": BAGGING.model_copy(update={"scalers": ["no"]})},
            r"^conf/model/own.yaml.*scaler allows no, and none",
        ),
        ({"own": NONE, "bagging": BAGGING}, r"own\.yaml.*bagging\.yaml"),
    ],
)
def test_a_family_that_would_end_a_run_is_told(composed: Settings, families: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        rehearse(_with(composed, **families))


def test_a_step_is_told_too(composed: Settings) -> None:
    step = composed.scaler["minmax"].model_copy(
        update={"object": {"_target_": "sklearn.preprocessing.MinMaxScaler", "feature_range": [1, 0]}}
    )
    settings = _with(composed).model_copy(update={"scaler": {**composed.scaler, "own": step}})
    with pytest.raises(UserError, match=r"^conf/scaler/own.yaml: it cannot be fitted"):
        rehearse(settings)
