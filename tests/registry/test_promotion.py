"""The champion by real fits: the worse, the equal and the better model, force, rollback, and tampering."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from retention.errors import UserError
from retention.registry.comparison import predict_champion
from retention.registry.entrant import Entrant, read_families
from retention.registry.listing import list_history, list_models
from retention.registry.promotion import promote, roll_back
from retention.simulate import write_shop
from retention.tables.roles import list_roles
from retention.tracking.models.ledger import Move, move_champion, open_registry
from retention.tracking.models.registry import find_by_alias, read_model_bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(make_shop: Callable[..., Any], recipes: dict[str, Any]) -> Any:
    """Version 1 is the good model and champion, version 2 the poor one and challenger."""
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    made.fit(recipes["poor"])
    made.register()
    return made


def _champion_bytes(shop: Any) -> bytes:
    with open_registry(shop.settings.tracking, shop.paths.mlruns) as (store, _):
        version = find_by_alias(store, "retention", "champion")
        assert version is not None
        return read_model_bytes(store, version)


def test_a_worse_model_does_not_become_champion(shop: Any) -> None:
    told = promote(shop.settings, shop.paths)
    assert shop.find_champion() == 1
    assert "stays champion (keep)" in told[-1]
    assert any(line.startswith("failed") and "ROC-AUC improves by -" in line for line in told), told


def test_force_needs_a_reason_then_moves_and_rollback_restores(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_ACTOR", "Анна")
    before = _champion_bytes(shop)
    with pytest.raises(UserError, match="reason"):
        promote(shop.settings, shop.paths, force=True)
    promote(shop.settings, shop.paths, force=True, reason="a trial\nof the tree")
    assert shop.find_champion() == 2
    assert _champion_bytes(shop) != before
    file = shop.find_model_file(1)
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(UserError, match="version 1 is not the one that was registered"):
        roll_back(shop.settings, shop.paths)
    assert shop.find_champion() == 2
    file.write_bytes(content)
    assert roll_back(shop.settings, shop.paths).startswith("Version 1 is champion again")
    assert _champion_bytes(shop) == before
    forced, back = list_history(shop.settings, shop.paths)
    assert "forced    1 → 2  by Анна: a trial of the tree [keep:" in forced
    assert "rollback  2 → 1" in back
    with pytest.raises(UserError, match="no former champion"):
        roll_back(shop.settings, shop.paths)


def test_a_tampered_file_is_refused(shop: Any) -> None:
    file = shop.find_model_file(2)
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"x")
    with pytest.raises(UserError, match="sha256"):
        promote(shop.settings, shop.paths, force=True, reason="to see")
    file.write_bytes(content)
    assert shop.find_champion() == 1


def _history(shop: Any) -> list[str]:
    return list(list_history(shop.settings, shop.paths))


def test_a_move_is_refused_if_the_champion_changed_meanwhile(shop: Any) -> None:
    before = _history(shop)
    with (
        open_registry(shop.settings.tracking, shop.paths.mlruns) as (store, ledger),
        pytest.raises(UserError, match="Somebody else"),
    ):
        move_champion(store, ledger, Move("retention", "promotion", 2, 1, "", "", ""))
    assert (_history(shop), shop.find_champion()) == (before, 1)


@pytest.mark.parametrize(("step", "carried_out"), [("set_registered_model_alias", 0), ("set_terminated", 1)])
def test_a_move_that_was_killed_is_settled(shop: Any, step: str, carried_out: int) -> None:
    before, start = _history(shop), shop.find_champion()
    move = Move("retention", "promotion", start, 3 - start, "", "killed", "")
    with (
        open_registry(shop.settings.tracking, shop.paths.mlruns) as (store, ledger),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(type(store.client), step, _die)
        with pytest.raises(KeyboardInterrupt):
            move_champion(store, ledger, move)
    after = _history(shop)
    assert after[: len(before)] == before
    assert len(after) == len(before) + carried_out
    assert shop.find_champion() == (3 - start if carried_out else start)
    if carried_out:
        roll_back(shop.settings, shop.paths)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_two_promotions_at_once_are_one(shop: Any) -> None:
    before = _history(shop)
    command = [sys.executable, "-m", "retention", "promote", "--force", "--reason", "both"]
    both = [
        subprocess.Popen(command, cwd=shop.paths.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [" ".join(process.communicate()) for process in both]
    assert sum("is champion now (forced)" in one for one in said) == 1, said
    assert sum("Somebody else moved" in one or "nothing to promote" in one for one in said) == 1, said
    assert not any("Traceback" in one for one in said)
    assert len(_history(shop)) == len(before) + 1
    roll_back(shop.settings, shop.paths)
    assert shop.find_champion() == 1


def test_a_champion_that_cannot_be_compared_never_loses(shop: Any, recipes: dict[str, Any]) -> None:
    with open_registry(shop.settings.tracking, shop.paths.mlruns) as (store, _):
        version = find_by_alias(store, "retention", "champion")
    assert version is not None
    learnt, said = pd.read_parquet(shop.paths.learnt), pd.read_parquet(shop.paths.learnt_probabilities)
    roles = list_roles(shop.settings.tables.columns)
    challenger = Entrant(version, b"", recipes["good"], said.set_index("customer_id"), roles)
    lost = replace(challenger, choice=replace(recipes["good"], model="no_such_model"))
    families = read_families(shop.settings.space, shop.paths.conf)
    told = predict_champion(shop.settings, families, learnt, challenger, lost)
    assert told[0] is None
    assert told[1].status == "undecided"
    assert "no_such_model" in told[1].sentence


def test_versions_are_listed_with_their_roles(shop: Any) -> None:
    first, second = list_models(shop.settings, shop.paths)
    assert "version 1 [champion]" in first
    assert "version 2 [challenger]" in second


def test_better_becomes_champion_equal_does_not_and_a_changed_split_is_refitted(
    make_shop: Callable[..., Any], recipes: dict[str, Any]
) -> None:
    made = make_shop()
    made.fit(recipes["poor"])
    made.register(without_months=True)
    made.fit(recipes["good"])
    made.register()
    told = promote(made.settings, made.paths)
    assert made.find_champion() == 2, told
    assert "has learnt from 0 of these" in told[0]
    assert "its file scored" in told[0]
    assert any("comparison 2 on the same" in line for line in promote(made.settings, made.paths, number=1))

    # The same recipe on another split: the champion learnt from these customers, so its recipe is fitted again.
    made.paths.params.write_text(made.paths.params.read_text().replace("\n  seed: 42", "\n  seed: 7"))
    assert made.settings.split.seed == 7
    from retention.stages import split

    split.run(made.settings, made.paths)
    made.fit(recipes["good"])
    assert made.register() == 3
    told = promote(made.settings, made.paths)
    assert "fitted again without them" in told[0]
    assert any("The two are equal" in line for line in told)
    assert made.find_champion() == 2


def test_an_equal_model_of_newer_months_is_promoted_as_fresh(
    make_shop: Callable[..., Any], recipes: dict[str, Any]
) -> None:
    made = make_shop("gate.margin.roc_auc=0.1", "gate.margin.log_loss=0.1", "gate.margin.profit=0.5")
    shutil.rmtree(made.paths.data)
    for number in range(1, 6):  # with the fourth month the labels of the first are known
        if number < 4:
            write_shop(made.paths.data / f"2026-0{number}", customers=400, seed=number, truth=None)
            continue
        made.read(400, seed=number, month=f"2026-0{number}")
        made.fit(recipes["good"])
        made.register()
    told = promote(made.settings, made.paths)
    assert made.find_champion() == 2, told
    assert "of months after those that one of the two has learnt, 0 of months after those that both have" in told[0]
    assert any(line.startswith("passed") and "has learnt newer months" in line for line in told)
    first, second = list_models(made.settings, made.paths)
    assert "months 2026-01;" in first
    assert "months 2026-01..2026-02;" in second
    assert "1 → 2 (2026-01..2026-02)" in _history(made)[-1]
