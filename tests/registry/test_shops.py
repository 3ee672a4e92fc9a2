"""Shops, experiments and rules: who may be champion of whom, by real models in a real registry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from retention.errors import UserError
from retention.registry.promotion import promote, roll_back
from retention.registry.scoring import score
from retention.stages import measure, plan, segment

pytestmark = pytest.mark.slow


def _point(shop: Any, remote: str | None) -> None:
    """Say whose data this is, as `retention use` does."""
    output = {"md5": "0.dir", "path": "data", **({"remote": remote} if remote else {})}
    shop.paths.data_dvc.write_text(yaml.safe_dump({"outs": [output]}))


def test_the_champion_of_the_sample_yields_to_the_first_real_model_and_never_returns(
    make_shop: Callable[..., Any], recipes: dict[str, Any], tmp_path: Path
) -> None:
    made = make_shop()
    _point(made, "sample")
    made.fit(recipes["good"])
    assert (made.register(), made.find_champion()) == (1, 1)
    _point(made, None)
    with pytest.raises(UserError, match=r"version 1\) was made from the sample shop"):
        score(made.paths.data, tmp_path / "out", made.settings, made.paths)
    made.fit(recipes["poor"])
    assert (made.register(), made.find_champion()) == (2, 2)
    score(made.paths.data, tmp_path / "out", made.settings, made.paths)
    with pytest.raises(UserError, match="no former champion of this shop"):
        roll_back(made.settings, made.paths)
    told = promote(made.settings, made.paths, number=1)
    assert "sample shop" in told[0]
    assert "stays champion (undecided)" in told[-1]


def test_any_version_is_promoted_from_the_registry_alone(
    make_shop: Callable[..., Any], recipes: dict[str, Any]
) -> None:
    made = make_shop()
    made.fit(recipes["poor"])
    made.register()
    made.fit(recipes["good"])
    assert made.register(experiment="frail-bums") == 2
    with pytest.raises(UserError, match="no version 9 of retention"):
        promote(made.settings, made.paths, number=9)
    assert "champion already" in promote(made.settings, made.paths)[0]  # the challenger is the workspace's
    for file in (made.paths.model, made.paths.learnt_probabilities, made.paths.best):
        file.unlink()
    told = promote(made.settings, made.paths, number=2)
    assert made.find_champion() == 2, told
    made.paths.learnt.write_bytes(made.paths.learnt.read_bytes() + b"x")
    with pytest.raises(UserError, match="not in DVC's cache"):
        promote(made.settings, made.paths, number=1)


def test_new_rules_are_followed_without_a_new_champion(
    make_shop: Callable[..., Any], recipes: dict[str, Any], tmp_path: Path
) -> None:
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    made.fit(recipes["poor"])  # the workspace has another model now, and gets another offer
    params = yaml.safe_load(made.paths.params.read_text())
    params["offer"]["another"] = next(iter(params["offer"].values()))
    made.paths.params.write_text(yaml.safe_dump(params, allow_unicode=True, sort_keys=False))
    for stage in (measure, segment, plan):
        stage.run(made.settings, made.paths)
    assert (made.register(), made.find_champion()) == (2, 1)
    told = score(made.paths.data, tmp_path / "out", made.settings, made.paths)
    assert "scored by version 1" in told[0]
    assert len(pd.read_csv(tmp_path / "out" / "offers.csv")) > 0
