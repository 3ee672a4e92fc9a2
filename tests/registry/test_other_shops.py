"""Shops that are like no other, adopted from their exports: without money or consent, with empty cells and text ids."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retention.adoption.adopt import adopt_shop
from retention.adoption.writing import write_shop
from retention.errors import UserError
from retention.registry.scoring import score
from retention.registry.service.predictor import load_predictor
from retention.stages import measure, prepare, split, validate

from ..adoption.shops import write_orders_shop, write_plain_shop
from .conftest import Shop

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("write", [write_orders_shop, write_plain_shop])
def test_it_is_scored_and_served_by_the_roles_of_its_columns(
    project: Path, database: Path, tmp_path: Path, recipes: dict[str, Any], write: Callable[[Path], None]
) -> None:
    conf, root = shutil.copytree(project / "conf", tmp_path / "conf"), tmp_path / "project"
    (root / "mlruns").mkdir(parents=True)
    shutil.copyfile(database, root / "mlruns" / "mlflow.db")
    write(root / "data")
    write_shop(adopt_shop(root / "data", "mine", None, {}, None).files, conf, "mine")
    shop = Shop(root, conf, ("shop=mine",))
    for stage in (validate, prepare, measure, split):
        stage.run(shop.settings, shop.paths)
    shop.fit(recipes["good"])
    shop.register()
    score(shop.paths.data, tmp_path / "lists", shop.settings, shop.paths)
    scored = pd.read_csv(tmp_path / "lists" / "segments.csv", keep_default_na=False, dtype={"customer_id": str})
    scored = scored.set_index("customer_id")
    customers = pd.read_parquet(shop.paths.learnt)
    parts = pd.read_parquet(shop.paths.learnt_probabilities)
    aside = customers[(parts["part"] == "test").to_numpy()].drop(columns=["month", "declined", "unit", "stands_for"])
    assert len(scored) >= len(customers)

    predictor = load_predictor(shop.settings, shop.paths)
    rows = json.loads(aside.to_json(orient="records"))
    predictor.check(rows[:100], details=True)
    served = predictor.describe(rows[:100], predictor.predict(rows[:100]))
    expected = scored.loc[aside["customer_id"].astype(str)[:100]]
    assert [one.decline_probability for one in served] == expected["decline_probability"].tolist()
    assert [one.best_offer for one in served] == expected["best_offer"].tolist()
    whole = next(name for name in predictor.rules if not predictor.rules[name].missing)
    with pytest.raises(UserError, match=f"{whole} is empty"):
        predictor.check([{**rows[0], whole: None}], details=False)
