"""The gate's checks: recomputed by scikit-learn, and every way it can end."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from retention.errors import UserError
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.model.choice import Choice
from retention.learning.settings import SpaceSettings
from retention.registry.comparison import _find_seen
from retention.registry.entrant import Entrant, read_families
from retention.registry.gate import Check, Contender, Verdict, judge, share_confidence
from retention.tables.roles import ColumnRoles
from retention.tracking.settings import GateSettings

STANDING = Check("comparable", "passed", "")
MARGIN = {"roc_auc": 0.01, "log_loss": 0.01, "profit": 0.05}
RNG = np.random.default_rng(5)
DECLINED = (RNG.random(400) < 0.4).astype(int)
GOOD = np.clip(0.4 + 0.25 * (2 * DECLINED - 1) + RNG.normal(0, 0.15, 400), 0.02, 0.98)
BAD = np.clip(0.5 * GOOD + 0.5 * RNG.permutation(GOOD), 0.02, 0.98)
SHAKEN = np.clip(GOOD + RNG.normal(0, 0.02, 400), 0.02, 0.98)


def test_a_row_set_aside_from_the_training_was_not_learnt() -> None:
    roles = ColumnRoles(
        features={"x": "number"}, orders={}, missing=(), money=False, consent=None, favourite_category=None, series={}
    )
    learnt = pd.DataFrame({"month": ["2026-02", "2026-02", "2026-01", "2026-01"], "customer_id": [1, 2, 1, 2]})
    learnt = learnt.assign(part=["train", "test", "aside", "test"], x=[0.1, 0.1, 0.2, 0.2])
    version: Any = None
    champion = Entrant(
        version, b"", Choice("tree", "none", "onehot", "none", {}), learnt.set_index("customer_id"), roles
    )
    assert _find_seen(learnt, champion).tolist() == [True, True, True, False]


def _contender(probability: np.ndarray, declined: np.ndarray = DECLINED) -> Contender:
    return Contender(probability, np.where(probability > 0.5, 2.0 * declined - 0.5, 0.0))


def _judge(challenger: np.ndarray, champion: np.ndarray, *, newer: bool = False, **settings: Any) -> Verdict:
    contenders = _contender(challenger), _contender(champion)
    return judge(DECLINED, *contenders, STANDING, _set(**settings), _draw(np.arange(400)), newer)


def _set(floor: float = 0.7, better: float = 0.0, margin: dict[str, float] = MARGIN) -> GateSettings:
    told = {"automatic": False, "resamples": 300, "confidence": 0.95}
    return GateSettings.model_validate({**told, "roc_auc_floor": floor, "better": better, "margin": margin})


def _draw(units: np.ndarray) -> Bootstrap:
    return Bootstrap(units, 300, 0.95, 1)


def _status(verdict: Verdict) -> dict[str, str]:
    return {check.code: check.status for check in verdict.checks}


def test_a_better_model_is_promoted_and_the_measures_are_right() -> None:
    verdict = _judge(GOOD, BAD)
    by_code = {check.code: check for check in verdict.checks}
    assert verdict.promotes
    assert by_code["roc_auc"].value == pytest.approx(roc_auc_score(DECLINED, GOOD) - roc_auc_score(DECLINED, BAD))
    assert by_code["log_loss"].value == pytest.approx(log_loss(DECLINED, BAD) - log_loss(DECLINED, GOOD))
    profit = [np.sum((2.0 * DECLINED - 0.5)[one > 0.5]) for one in (GOOD, BAD)]
    assert by_code["profit"].value == pytest.approx(profit[0] - profit[1])
    assert not _judge(GOOD, BAD, better=0.5).promotes


def test_an_equal_model_is_promoted_only_if_it_has_learnt_newer_months() -> None:
    same, fresh = (_judge(GOOD, GOOD.copy(), newer=newer) for newer in (False, True))
    assert (same.decision, _status(same)["fresh"]) == ("keep", "not_applicable")
    assert (fresh.decision, _status(fresh)["fresh"]) == ("promote", "passed")


def test_a_worse_model_is_not_promoted_however_fresh() -> None:
    assert {_judge(BAD, GOOD, newer=newer).decision for newer in (False, True)} == {"keep"}


def test_what_these_customers_do_not_tell_is_undecided() -> None:
    wide = MARGIN | {"roc_auc": 0.2, "log_loss": 0.2}
    assert _judge(SHAKEN, GOOD, newer=True, margin=wide).decision == "promote"
    narrow = _judge(SHAKEN, GOOD, newer=True, margin=wide | {"log_loss": 1e-4})
    assert (narrow.decision, _status(narrow)["log_loss"]) == ("undecided", "undecided")


def test_a_profit_that_is_worse_by_its_margin_speaks_against_a_better_log_loss() -> None:
    rich = Contender(BAD, np.full(400, 1.0))
    verdict = judge(DECLINED, _contender(GOOD), rich, STANDING, _set(), _draw(np.arange(400)), newer=False)
    assert (verdict.decision, _status(verdict)["profit"]) == ("keep", "failed")


def test_a_floor_must_be_reached_by_the_first_model_too() -> None:
    assert _status(_judge(GOOD, BAD, floor=0.9999))["roc_auc_floor"] == "failed"
    absent = Check("comparable", "not_applicable", "")
    for floor, decision in {0.7: "promote", 0.9999: "keep"}.items():
        first = judge(DECLINED, _contender(GOOD), None, absent, _set(floor), _draw(np.arange(400)), newer=False)
        assert first.decision == decision


def test_a_champion_that_cannot_be_compared_stays() -> None:
    lost = Check("comparable", "undecided", "unreadable")
    verdict = judge(DECLINED, _contender(GOOD), None, lost, _set(), _draw(np.arange(400)), newer=True)
    assert verdict.decision == "undecided"


def test_several_months_of_one_customer_tell_no_more_than_one() -> None:
    def spread(times: int) -> float:
        tiled = (np.tile(part, times) for part in (DECLINED, SHAKEN, GOOD))
        declined, ours, theirs = tiled
        contenders = _contender(ours, declined), _contender(theirs, declined)
        units = _draw(np.tile(np.arange(400), times))
        verdict = judge(declined, *contenders, STANDING, _set(), units, newer=True)
        found = {check.code: check for check in verdict.checks}["roc_auc"]
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert spread(4) == pytest.approx(spread(1))


def test_comparisons_on_the_same_months_share_the_error() -> None:
    assert share_confidence(0.95, 1) == pytest.approx(0.95)
    assert share_confidence(0.95, 2) == pytest.approx(1 - 0.05 / 3)
    at_one_end = [(1 - share_confidence(0.95, turn)) / 2 for turn in range(1, 1000)]
    assert 0.0499 < sum(at_one_end) < 0.05


@pytest.mark.parametrize(("content", "said"), [("", "it is empty"), ("a: [", "flow"), ("a: {objekt: 1}", "objekt")])
def test_a_draft_among_the_families_is_named(project: Path, tmp_path: Path, content: str, said: str) -> None:
    shutil.copytree(project / "conf", tmp_path / "conf")
    (tmp_path / "conf" / "model" / "draft.yaml").write_text(content)
    with pytest.raises(UserError, match=rf"conf/model/draft\.yaml cannot be read \(.*{said}"):
        read_families(SpaceSettings(model={}, scaler={}, encoder={}, features={}), tmp_path / "conf")
