"""Every family and step in ``conf/``, selected or not: fitted, stored with the types its file lists, explained."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.learning.calibration.training import train_model
from retention.learning.explanation.explanation import choose_reference, explain_customers
from retention.learning.model.choice import STEPS, Choice
from retention.learning.model.model_file import list_trusted_types, read_model, write_model_bytes
from retention.learning.model.space import build_choice
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace, TrainSettings
from retention.tables.columns import CATEGORICAL, FEATURES, NUMERIC

from ..conftest import can_be_imported

CONF = Path(__file__).parents[3] / "conf"
SHOP_STEPS = yaml.safe_load((CONF / "shop" / "one_click" / "features.yaml").read_text(encoding="utf-8"))


def _read(group: str, name: str) -> dict[str, Any]:
    if group == "features" and name in SHOP_STEPS:
        return SHOP_STEPS[name]
    section: dict[str, Any] = yaml.safe_load((CONF / group / f"{name}.yaml").read_text(encoding="utf-8"))[name]
    return section


def _names(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.gamma(2.0, 3.0, 200) for name in NUMERIC})
    frame = frame.assign(**{name: rng.choice(["one", "two"], 200) for name in CATEGORICAL})[list(FEATURES)]
    return frame, (frame["pages_per_visit"] + rng.normal(0, 2, 200) < 6).to_numpy().astype(np.int64)


CASES = [
    *[("logistic" if name != "none" else "tree", {"scaler": name}) for name in _names("scaler")],
    *[("tree", {kind: name}) for kind in ("encoder", "features") for name in _names(kind)],
    *[("tree", {"features": name}) for name in SHOP_STEPS],
    *[(name, {}) for name in _names("model")],
]


@pytest.mark.parametrize(("model", "wanted"), CASES)
def test_it_is_fitted_stored_and_explained(
    model: str, wanted: dict[str, str], shop: tuple[pd.DataFrame, np.ndarray]
) -> None:
    family = _read("model", model)
    if not can_be_imported(package := family["object"]["_target_"].split(".")[0]):
        pytest.skip(f"{package} cannot be imported: it is optional")
    frame, target = shop
    start = {"scaler": "none", "encoder": "onehot", "features": "none"} | family["start"][0] | wanted
    choice = Choice(model, *map(start.pop, STEPS), start)
    steps = {group: {name: StepSpace(**_read(group, name))} for group in STEPS if (name := getattr(choice, group))}
    space = SpaceSettings(model={model: ModelSpace(**family)}, **steps)
    pipeline = build_choice(choice, space, CATEGORICAL, seed=0)
    how = TrainSettings(folds=3, methods=["sigmoid"])
    trained = train_model(pipeline, frame, target, np.arange(200), how, seed=0).model
    loaded = read_model(write_model_bytes(trained), list_trusted_types(choice, space))
    assert np.array_equal(loaded.predict_proba(frame), trained.predict_proba(frame))
    alike, fold = [loaded.pipeline] * 3, np.arange(len(frame)) % 2 + 1
    reference = choose_reference(alike, fold, frame, background=20, seed=0)
    explained = explain_customers(alike, fold, frame, reference)
    assert np.allclose(explained.base_value + explained.by_column.sum(axis=1), explained.output, atol=1e-6)
