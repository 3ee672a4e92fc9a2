"""The gate's checks: recomputed by scikit-learn, and every way it can end."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.registry.gate import Check, Contender, Verdict, judge
from retention.tracking.settings import GateSettings

STANDING = Check("comparable", "passed", "")
MARGIN = {"roc_auc": 0.0, "log_loss": 0.0, "profit": 0.0}


def _shop(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    declined = (rng.random(n) < 0.4).astype(int)
    return declined, np.clip(0.4 + 0.25 * (2 * declined - 1) + rng.normal(0, 0.15, n), 0.02, 0.98)


def _contender(probability: np.ndarray, declined: np.ndarray) -> Contender:
    return Contender(probability, np.where(probability > 0.5, 2.0 * declined - 0.5, 0.0))


def _judge(challenger: np.ndarray, champion: np.ndarray | None, **more: Any) -> Verdict:
    declined, _ = _shop()
    theirs = None if champion is None else _contender(champion, declined)
    return judge(declined, _contender(challenger, declined), theirs, STANDING, _gate(**more), _bootstrap(declined))


def _bootstrap(declined: np.ndarray) -> Bootstrap:
    return Bootstrap(np.arange(len(declined)), 300, 0.95, 1)


def _gate(floor: float = 0.7, margin: dict[str, float] = MARGIN) -> GateSettings:
    told = {"automatic": False, "resamples": 300, "confidence": 0.95, "roc_auc_floor": floor, "margin": margin}
    return GateSettings.model_validate(told)


def _status(verdict: Verdict) -> dict[str, str]:
    return {check.code: check.status for check in verdict.checks}


def _worse(probability: np.ndarray) -> np.ndarray:
    mixed = np.random.default_rng(2).permutation(probability)
    return np.clip(0.5 * probability + 0.5 * mixed, 0.02, 0.98)


def test_a_better_model_is_promoted_and_the_measures_are_right() -> None:
    declined, good = _shop()
    bad = _worse(good)
    verdict = _judge(good, bad)
    by_code = {check.code: check for check in verdict.checks}
    assert verdict.promotes
    assert by_code["roc_auc"].value == pytest.approx(roc_auc_score(declined, good) - roc_auc_score(declined, bad))
    assert by_code["log_loss"].value == pytest.approx(log_loss(declined, bad) - log_loss(declined, good))
    profit = [np.sum((2.0 * declined - 0.5)[one > 0.5]) for one in (good, bad)]
    assert by_code["profit"].value == pytest.approx(profit[0] - profit[1])


def test_a_worse_and_an_equal_model_are_not() -> None:
    _, good = _shop()
    assert _judge(_worse(good), good).decision == "keep"
    equal = _judge(good, good.copy())
    assert equal.decision == "keep"
    assert {_status(equal)[code] for code in MARGIN} == {"failed"}


def test_what_these_customers_do_not_tell_is_undecided() -> None:
    _, good = _shop()
    shaken = np.clip(good + np.random.default_rng(3).normal(0, 0.02, len(good)), 0.02, 0.98)
    assert not _judge(good, shaken).promotes
    assert "undecided" in _status(_judge(good, shaken)).values()


def test_a_margin_must_be_exceeded_and_a_floor_reached() -> None:
    _, good = _shop()
    assert not _judge(good, _worse(good), margin=MARGIN | {"roc_auc": 0.3}).promotes
    assert _status(_judge(good, _worse(good), floor=0.9999))["roc_auc_floor"] == "failed"


def test_without_a_champion_comparisons_do_not_apply_and_are_not_passed() -> None:
    _, good = _shop()
    status = _status(_judge(good, None))
    assert {status[code] for code in MARGIN} == {"not_applicable"}
    assert _judge(good, None).promotes  # the floor is passed, and there is nobody to lose to


def test_a_champion_that_cannot_be_compared_stays() -> None:
    declined, good = _shop()
    lost = Check("comparable", "undecided", "unreadable")
    verdict = judge(declined, _contender(good, declined), None, lost, _gate(), _bootstrap(declined))
    assert verdict.decision == "undecided"
