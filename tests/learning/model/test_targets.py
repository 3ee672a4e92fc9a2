"""What the settings may name: nothing else is called, and nothing foreign is imported."""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.errors import UserError
from retention.learning.model.space import build_space
from retention.learning.settings import SpaceSettings, StepSpace
from retention.settings import parse_settings

from ..conftest import LOGISTIC, ROLES, STEPS

FORESTS = {"_target_": "sklearn.ensemble.BaggingClassifier"}


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.trace}",)


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A pickle, and a module that can be imported; both leave a trace if they are."""
    trace, stored = tmp_path / "it_ran", tmp_path / "stored.pkl"
    stored.write_bytes(pickle.dumps(Hostile(trace)))
    (tmp_path / "sklearn_extra_trap.py").write_text(f"open({str(trace)!r}, 'w')\nclass Model: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    return {"trace": trace, "stored": stored}


def _read_pickle(trap: dict[str, Path]) -> dict[str, Any]:
    return {"_target_": "pandas.read_pickle", "filepath_or_buffer": str(trap["stored"])}


@pytest.mark.parametrize(
    ("place", "declare", "said"),
    [
        ("model.knn.object", _read_pickle, "model.knn.object: _target_ = 'pandas.read_pickle' is not allowed"),
        ("scaler.standard.object", _read_pickle, "scaler.standard.object: _target_ = 'pandas.read_pickle'"),
        ("model.knn.search.p", _read_pickle, "model.knn.search.p: _target_ = 'pandas.read_pickle' is not allowed: name "
         "optuna.distributions.FloatDistribution"),
        ("model.knn.object", lambda trap: FORESTS | {"estimator": FORESTS | {"estimator": _read_pickle(trap)}},
         "model.knn.object: estimator.estimator._target_ = 'pandas.read_pickle'"),
        ("model.knn.object", lambda trap: FORESTS | {"_args_": [{"steps": [[_read_pickle(trap)]]}]},
         "_args_.0.steps.0.0._target_ = 'pandas.read_pickle'"),
        ("model.knn.object", lambda _: {"_target_": "sklearn_extra_trap.Model"}, "'sklearn_extra_trap.Model'"),
        ("model.knn.object", lambda _: {"_target_": "os.system", "command": "true"}, "'os.system' is not allowed"),
        ("model.knn.object", lambda _: {"_target_": "sklearn.utils._show_versions.os.system"}, "is not allowed"),
        ("model.knn.object", lambda _: {"_target_": "sklearn.datasets.load_files"}, "is not allowed"),
        ("model.knn.object", lambda _: {"_target_": ["os.system"]}, "_target_.0 = 'os.system' is not allowed"),
        ("model.knn.object", lambda _: FORESTS | {"_partial_": True}, "_partial_ is not allowed"),
        ("model.knn.object", lambda trap: FORESTS | {"estimator": "${oc.create:{_target_: pandas.read_pickle, "
         f"filepath_or_buffer: {trap['stored']}}}}}"}, "write the value itself in the place of ${…}"),
    ],
)  # fmt: skip
def test_a_foreign_target_is_refused_with_the_settings(
    project: Path, trap: dict[str, Path], place: str, declare: Any, said: str
) -> None:
    content = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))
    *parents, last = place.split(".")
    section = content
    for parent in parents:
        section = section[parent]
    section[last] = declare(trap)
    with pytest.raises(UserError) as error:
        parse_settings(content)
    assert said in str(error.value)
    assert not trap["trace"].exists()
    assert "sklearn_extra_trap" not in sys.modules


@pytest.mark.parametrize(
    "target",
    ["sklearn.utils.Bunch", "sklearn.model_selection.KFold", "sklearn.utils.validation.warnings.Warning",
     "lightgbm.basic.Booster"],
)  # fmt: skip
def test_a_class_that_is_no_estimator_is_refused_before_it_is_called(target: str) -> None:
    family = LOGISTIC.model_copy(update={"scalers": None, "start": []})
    steps = {**STEPS, "scaler": {"own": StepSpace(object={"_target_": target})}}
    with pytest.raises(UserError, match=rf"conf/scaler/own.yaml: scaler.own.object._target_ = '{target}' "):
        build_space(SpaceSettings(model={"logistic": family}, **steps), ROLES, seed=1)
