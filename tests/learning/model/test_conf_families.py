"""Every family and step in ``conf/``, selected or not: fitted, stored with the types its file lists, explained."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.learning.calibration.calibrated_model import train_model
from retention.learning.explanation.explanation import choose_reference, explain_customers
from retention.learning.model.choice import STEPS, Choice
from retention.learning.model.model_file import list_trusted_types, read_model, write_model_bytes
from retention.learning.model.space import build_choice
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace, TrainSettings
from retention.settings import Settings
from retention.tables.roles import ColumnRoles, list_roles

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
def roles(composed: Settings) -> ColumnRoles:
    """The sample shop's, a column with an order more, and cells of each kind that may be empty."""
    usual = list_roles(composed.tables.columns)
    orders, missing = {"rank": ("low", "middle", "high")}, ("pages_per_visit", usual.categorical[0], "rank")
    return usual.model_copy(
        update={"features": usual.features | {"rank": "ordered"}, "orders": orders, "missing": missing}
    )


@pytest.fixture(scope="module")
def shop(roles: ColumnRoles) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    keys = {name: roles.orders.get(name, ["one", "two"]) for name in roles.categorical}
    frame = pd.DataFrame({
        name: rng.choice(keys[name], 200) if name in keys else rng.gamma(2.0, 3.0, 200) for name in roles.names
    })  # fmt: skip
    target = (frame["pages_per_visit"] + rng.normal(0, 2, 200) < 6).to_numpy().astype(np.int64)
    for name in roles.missing:
        frame.loc[rng.random(200) < 0.1, name] = None
    return frame, target


CASES = [
    *[("logistic" if name != "none" else "tree", {"scaler": name}) for name in _names("scaler")],
    *[("tree", {kind: name}) for kind in ("encoder", "features") for name in _names(kind)],
    *[("tree", {"features": name}) for name in SHOP_STEPS],
    *[(name, {}) for name in _names("model")],
]


@pytest.mark.filterwarnings("ignore:Bins whose width")  # an order of three has no six bins
@pytest.mark.parametrize(("model", "wanted"), CASES)
def test_it_is_fitted_stored_and_explained(
    model: str, wanted: dict[str, str], shop: tuple[pd.DataFrame, np.ndarray], roles: ColumnRoles
) -> None:
    family = _read("model", model)
    if not can_be_imported(package := family["object"]["_target_"].split(".")[0]):
        pytest.skip(f"{package} cannot be imported: it is optional")
    frame, target = shop
    start = {"scaler": "none", "encoder": "onehot", "features": "none"} | family["start"][0] | wanted
    choice = Choice(model, *map(start.pop, STEPS), start)
    steps = {group: {name: StepSpace(**_read(group, name))} for group in STEPS if (name := getattr(choice, group))}
    space = SpaceSettings(model={model: ModelSpace(**family)}, **steps)
    pipeline = build_choice(choice, space, roles, seed=0)
    how = TrainSettings(folds=3, methods=["sigmoid"])
    trained = train_model(pipeline, frame, target, np.arange(200), how, seed=0).model
    loaded = read_model(write_model_bytes(trained), list_trusted_types(choice, space))
    assert np.array_equal(loaded.predict_proba(frame), trained.predict_proba(frame))
    few = frame.head(40)
    alike, fold = [loaded.pipeline] * 3, np.arange(len(few)) % 2 + 1
    reference = choose_reference(alike, fold, few, background=20, seed=0)
    explained = explain_customers(alike, fold, few, reference)
    assert np.allclose(explained.base_value + explained.by_column.sum(axis=1), explained.output, atol=1e-6)
