"""A plan is launched once, by the champion or with a reason; what was sent is versioned with the data."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retention.campaigns.ledger import read_ledger
from retention.errors import UserError
from retention.files import read_artifact, write_artifact
from retention.registry.launching import launch_plan, list_campaigns
from retention.registry.scoring import score
from retention.simulate import write_shop
from retention.stages import measure
from retention.tables.months.periods import Periods

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(make_shop: Callable[..., Any], recipes: dict[str, Any]) -> Any:
    """The good model is champion, and its plan has a control group."""
    made = make_shop("plan.holdout.share=0.1")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=made.paths.root, check=True)
    made.fit(recipes["good"])
    made.register()
    return made


def test_a_life_of_campaigns(shop: Any, recipes: dict[str, Any], tmp_path: Path) -> None:
    settings, paths = shop.settings, shop.paths
    ledger = paths.data / "campaigns"
    assert list(list_campaigns(paths)) == [
        "No campaign has been launched yet: `retention launch` freezes the plan that is sent."
    ]
    with pytest.raises(UserError, match="has no month: say which"):
        launch_plan(settings, paths)
    with pytest.raises(UserError, match="2026-13 is no month"):
        launch_plan(settings, paths, month="2026-13")
    said = launch_plan(settings, paths, month="2026-01")
    assert "Campaign 2026-01 is launched" in said[0]
    assert "exports of 2026-04" in said[1]
    assert "dvc repro" in said[2]
    (entry,) = read_ledger(ledger)
    assert (entry.launched.version, entry.launched.forced) == (1, "")
    assert set(entry.launched.settings) == {"offer", "plan", "campaigns"}
    assert paths.data_dvc.exists()
    before = {path: path.read_bytes() for path in paths.data.rglob("*.*")}
    with pytest.raises(UserError, match="launched already"):
        launch_plan(settings, paths, month="2026-01")
    with pytest.raises(UserError, match="This plan was launched already, as campaign 2026-01"):
        launch_plan(settings, paths, month="2026-02")
    assert before == {path: path.read_bytes() for path in paths.data.rglob("*.*")}

    shop.fit(recipes["poor"])
    with pytest.raises(UserError, match="by another model"):
        launch_plan(settings, paths, month="2026-02")
    with pytest.raises(UserError, match="--force needs --reason"):
        launch_plan(settings, paths, month="2026-02", force=True)
    launch_plan(settings, paths, month="2026-02", force=True, reason="the CRM had sent it")
    write_shop(tmp_path / "2026-03", customers=300, seed=9, truth=None)
    with pytest.raises(UserError, match=r"scored\.json is missing in .*: name a folder that `retention score` wrote"):
        launch_plan(settings, paths, month="2026-03", folder=tmp_path)
    score(tmp_path / "2026-03", tmp_path / "out", settings, paths)
    with pytest.raises(UserError, match="is of 2026-03, not 2026-04"):
        launch_plan(settings, paths, month="2026-04", folder=tmp_path / "out")
    launch_plan(settings, paths, folder=tmp_path / "out")
    listed = list(list_campaigns(paths))
    assert [line.partition(" ")[0] for line in listed] == ["2026-01", "2026-02", "2026-03"]
    assert "another model, by force: the CRM had sent it" in listed[1]
    assert all("to be read with the exports of" in line for line in listed)

    periods = read_artifact(paths.periods, Periods)
    write_artifact(paths.periods, periods.model_copy(update={"acted_on": "2026-04"}))
    measure.run(settings, paths)
    with pytest.raises(UserError, match="is of 2026-04, not 2026-05"):
        launch_plan(settings, paths, month="2026-05")
