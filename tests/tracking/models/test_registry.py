"""One version a model file, aliases that a new model does not take, and what a killed process left is completed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retention.tracking.models.ledger import find_former, read_moves, set_aliases, take_turn
from retention.tracking.models.registry import (
    CHAMPION,
    find_aliases,
    find_by_alias,
    find_rules_run,
    find_version,
    put_model,
)
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import RULES, SHA256, SHOP, Metric, Model, Run
from retention.tracking.store.store import Store, create_run

Describe = Callable[..., Model]


@pytest.fixture
def run_id(store: Store) -> str:
    return put_run(store, Run("pipeline", "f" * 64, "pipeline"))


@pytest.fixture
def describe_model(tmp_path: Path) -> Describe:
    """Describe a model whose package is one file."""

    def build(sha256: str, content: str = "model") -> Model:
        package = tmp_path / sha256
        (package / "data").mkdir(parents=True, exist_ok=True)
        (package / "data" / "model.skops").write_text(content)
        return Model(sha256, package, {"model": "svc"}, {"from": "test"}, (Metric("roc_auc", 0.9),), "told")

    return build


def test_a_file_is_one_version_whoever_publishes_it(store: Store, run_id: str, describe_model: Describe) -> None:
    assert put_model(store, "one", describe_model("a1"), run_id) == 1
    again = put_run(store, Run("pipeline", "e" * 64, "another pipeline"))
    assert put_model(store, "one", describe_model("a1"), again) == 1
    assert put_model(store, "one", describe_model("a2"), run_id) == 2
    outputs = [store.client.get_run(one).outputs.model_outputs for one in (run_id, again)]
    assert [len(found) for found in outputs] == [2, 1]
    found = find_version(store, "one", "a2")
    assert found is not None
    assert (found.tags[SHA256], found.tags["from"], found.description, found.run_id) == ("a2", "test", "told", run_id)
    assert find_version(store, "one", "a3") is None


def test_a_run_that_is_not_yet_whole_is_not_asked_for_the_rules(
    store: Store, run_id: str, describe_model: Describe
) -> None:
    tags = {SHA256: "e1", RULES: "r", SHOP: "shop"}
    set_aliases(store, store, "rules", put_model(store, "rules", replace(describe_model("e1"), tags=tags), run_id))
    version = find_by_alias(store, "rules", CHAMPION)
    assert version is not None
    whole = put_run(store, Run("pipeline", "a" * 64, "published", tags=tags))
    create_run(store, Run("pipeline", "b" * 64, "killed, or still at it", tags=tags))
    assert find_rules_run(store, version, "r") == whole


def test_only_the_first_model_is_champion_by_being_there(store: Store, run_id: str, describe_model: Describe) -> None:
    assert find_aliases(store, "two") == {}
    poor = put_model(store, "none", describe_model("b0"), run_id)
    assert set_aliases(store, store, "none", poor, usable=False) == ["challenger"]
    first, second = (put_model(store, "two", describe_model(sha), run_id) for sha in ("b1", "b2"))
    assert set_aliases(store, store, "two", first) == ["challenger", "champion"]
    assert set_aliases(store, store, "two", second) == ["challenger"]
    assert set_aliases(store, store, "two", first) == ["challenger", "champion"]
    assert find_aliases(store, "two") == {"champion": 1, "challenger": 1}


def test_a_model_that_was_left_half_written_is_completed(store: Store, run_id: str, describe_model: Describe) -> None:
    model = describe_model("c1")
    left = store.client.create_logged_model(store.experiment_id, "three", run_id, {SHA256: "c1"})
    cut = model.package.parent / "model.skops"
    cut.write_text("mod")
    store.client.log_model_artifact(left.model_id, str(cut), "data")
    assert put_model(store, "three", model, run_id) == 1
    found = store.client.get_logged_model(left.model_id)
    assert str(found.status) == "READY"
    assert [metric.key for metric in found.metrics] == ["roc_auc"]
    stored = store.client.list_logged_model_artifacts(left.model_id, "data")
    assert [(one.path, one.file_size) for one in stored] == [("data/model.skops", 5)]


def test_an_experiment_is_a_candidate_and_moves_nobody(store: Store, run_id: str, describe_model: Describe) -> None:
    first, second = (put_model(store, "four", describe_model(sha), run_id) for sha in ("d1", "d2"))
    assert set_aliases(store, store, "four", first, "early try") == ["candidate-early-try"]
    assert set_aliases(store, store, "four", second) == ["challenger", "champion"]
    assert set_aliases(store, store, "four", first, "frail-bums") == ["candidate-early-try", "candidate-frail-bums"]
    assert find_aliases(store, "four")["challenger"] == second


def test_the_first_model_of_real_customers_follows_a_simulated_one(
    store: Store, run_id: str, describe_model: Describe
) -> None:
    def publish(sha256: str, shop: str, experiment: str | None = None) -> list[str]:
        model = replace(describe_model(sha256), tags={SHOP: shop})
        return set_aliases(store, store, "five", put_model(store, "five", model, run_id), experiment)

    assert publish("e1", "sample-1") == ["challenger", "champion"]
    assert publish("e2", "shop-1", "a try") == ["candidate-a-try"]
    assert publish("e3", "shop-1") == ["challenger", "champion"]
    assert publish("e1", "sample-1") == ["challenger"]  # never the other way
    assert publish("e4", "shop-1") == ["challenger"]
    moves = read_moves(store, "five")
    assert [(move.action, move.former, move.to) for move in moves] == [("succession", 1, 3)]
    assert find_former(moves, 3) == 1
    assert find_former(moves, 3, foreign={1}) is None


def test_a_comparison_keeps_its_turn_and_is_no_move(store: Store) -> None:
    turns = [
        take_turn(store, "six", months, 1, to) for months, to in [("a", 2), ("a", 2), ("a", 3), ("b", 3), ("a", 2)]
    ]
    assert turns == [1, 1, 2, 1, 1]
    assert take_turn(store, "six", "a", 3, 2) == 3
    assert read_moves(store, "six") == []
