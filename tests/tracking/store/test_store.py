"""Records performed in a real store: nothing twice, gaps filled, the larger of two searches stands."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retention.errors import UserError
from retention.tracking.store.backend import find_store
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import COMPLETE, DIGEST, STUDY, Dataset, File, Metric, Run
from retention.tracking.store.store import PARENT, Store, create_run, open_store, search_runs

Describe = Callable[[Store], dict[str, Any]]
FOLDER = Path(tempfile.mkdtemp())


def _trial(study: str, number: int) -> Run:
    metrics = [Metric("cv_roc_auc", (80 + number) / 100)]
    return Run("trial", f"{study}:{number}", f"trial {number}", {"model": "svc"}, metrics, {STUDY: study})


def _table(n: int) -> File:
    path = FOLDER / str(n) / "trials.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * n)
    return File("table", path)


def _search(study: str, n: int) -> Run:
    metrics = [*(Metric("best", (80 + step) / 100, step) for step in range(n)), Metric("trials", n, step=n)]
    tags = {STUDY: study, "chosen": f"the best of {n}"}
    data = [Dataset("customers", "d" * 32, "data", {"a": "double"}, 5)]
    children = tuple(_trial(study, number) for number in range(n))
    return Run("search", study, f"search {study}", {}, metrics, tags, [_table(n)], data, extent=n, children=children)


def _runs(store: Store, describe: Describe, study: str) -> dict[str, Any]:
    return {key: run for key, run in describe(store)["runs"].items() if key.partition(":")[0] == study}


def test_a_run_holds_what_was_described(store: Store, describe: Describe) -> None:
    put_run(store, _search("a1", 3))
    runs = _runs(store, describe, "a1")
    search, trial = runs["a1"], runs["a1:2"]
    assert search["metrics"] == {"best": [(0, 0.8), (1, 0.81), (2, 0.82)], "trials": [(3, 3.0)]}
    assert (search["files"], search["datasets"], search["status"]) == (["table/trials.csv"], ["d" * 32], "FINISHED")
    assert (trial["params"], trial["metrics"]) == ({"model": "svc"}, {"cv_roc_auc": [(0, 0.82)]})
    assert (trial["tags"]["parent"], trial["tags"][COMPLETE]) == ("a1", "1")
    assert len(runs) == 4


def test_a_search_stays_with_the_first_pipeline_run_that_used_it_while_that_one_stands(
    store: Store, describe: Describe
) -> None:
    first, second = (Run("pipeline", f"c{number}", "run", children=(_search("c0", 2),)) for number in (1, 2))
    first_id = put_run(store, first)
    put_run(store, second)
    put_run(store, first)
    runs = describe(store)["runs"]
    parents = {digest: run["tags"].get("parent") for digest, run in runs.items() if digest.startswith("c")}
    assert parents == {"c1": None, "c2": None, "c0": "c1", "c0:0": "c0", "c0:1": "c0"}
    store.client.delete_run(first_id)
    put_run(store, second)
    assert describe(store)["runs"]["c0"]["tags"]["parent"] == "c2"


def test_performing_again_changes_nothing(store: Store, describe: Describe) -> None:
    first = put_run(store, _search("a2", 3))
    before = _runs(store, describe, "a2")
    assert put_run(store, _search("a2", 3)) == first
    assert _runs(store, describe, "a2") == before


def test_a_longer_search_continues_a_shorter_one_and_a_shorter_one_takes_nothing_back(
    store: Store, describe: Describe
) -> None:
    put_run(store, _search("a3", 3))
    put_run(store, _search("a3", 5))
    grown = _runs(store, describe, "a3")
    assert (len(grown), grown["a3"]["tags"]["chosen"], grown["a3"]["tags"][COMPLETE]) == (6, "the best of 5", "5")
    assert grown["a3"]["metrics"]["trials"] == [(3, 3.0), (5, 5.0)]
    run_id = put_run(store, _search("a3", 3))
    assert _runs(store, describe, "a3") == grown
    assert Path(store.client.download_artifacts(run_id, "table/trials.csv")).read_bytes() == b"x" * 5


def test_what_a_killed_process_left_is_completed(store: Store, describe: Describe) -> None:
    wanted = _search("a4", 4)
    put_run(store, wanted)
    whole = _runs(store, describe, "a4")
    half = replace(wanted, digest="a5", children=(), metrics=(), tags={STUDY: "a5"}, files=(), datasets=())
    parent = create_run(store, half).info.run_id
    put_run(store, replace(half, extent=0, files=[_table(1)]))  # cut short
    for number in (0, 1):
        child = create_run(store, _trial("a5", number), parent).info.run_id
        if number:
            store.client.log_param(child, "model", "svc")
    put_run(store, _search("a5", 4))
    mended = _runs(store, describe, "a5")
    assert len(mended) == len(whole)
    assert mended["a5"]["metrics"] == whole["a4"]["metrics"]
    assert mended["a5:1"]["metrics"] == whole["a4:1"]["metrics"]
    assert all(run["status"] == "FINISHED" and COMPLETE in run["tags"] for run in mended.values())
    path = store.client.download_artifacts(parent, "table/trials.csv")
    assert Path(path).read_bytes() == b"x" * 4


def test_deleted_files_and_parents_are_made_again(store: Store, describe: Describe) -> None:
    first = put_run(store, _search("a6", 3))
    before = _runs(store, describe, "a6")
    Path(store.client.download_artifacts(first, "table/trials.csv")).unlink()
    store.client.delete_run(first)
    assert put_run(store, _search("a6", 3)) != first
    assert _runs(store, describe, "a6") == before


def test_of_two_runs_published_at_once_to_a_server_one_stays(store: Store) -> None:
    kept = create_run(store, _search("a7", 2)).info.run_id
    create_run(store, _search("a7", 2))
    assert put_run(store, _search("a7", 2)) == kept
    found = search_runs(store, {DIGEST: "a7"})
    assert [run.info.run_id for run in found] == [kept]
    children = search_runs(store, {STUDY: "a7", "retention.kind": "trial"})
    assert {run.data.tags[PARENT] for run in children} == {kept}


def test_more_than_mlflow_takes_at_once(store: Store, describe: Describe, tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_text("s")
    params, tags = {f"p{i}": "x" * 7000 for i in range(150)}, {f"t{i}": str(i) for i in range(130)}
    curve = [Metric("curve", i / 1000, i) for i in range(1700)]
    put_run(store, Run("pipeline", "a8", "large", params, curve, tags, [File("deep/er", tmp_path / "source.txt")]))
    run = _runs(store, describe, "a8")["a8"]
    assert (len(run["params"]), len(run["metrics"]["curve"]), run["tags"]["t129"]) == (150, 1700, "129")
    assert run["files"] == ["deep/er/source.txt"]


def test_a_failed_trial_is_shown_as_failed_with_its_duration(store: Store) -> None:
    run_id = put_run(store, Run("trial", "a9:0", "trial", failed=True, seconds=2.5))
    info = store.client.get_run(run_id).info
    assert (info.status, info.end_time - info.start_time) == ("FAILED", 2500)


def test_a_moved_store_is_said_so(mlruns: Path) -> None:
    with open_store(find_store("local", mlruns, {}), mlruns, "retention", timeout_seconds=1):
        pass
    moved = mlruns.rename(mlruns.with_name("moved"))
    with (
        pytest.raises(UserError, match="was made in another folder"),
        open_store(find_store("local", moved, {}), moved, "retention", timeout_seconds=1),
    ):
        pass


def test_a_store_in_use_is_said_so(mlruns: Path) -> None:
    uri = find_store("local", mlruns, {})
    with (
        open_store(uri, mlruns, "retention", timeout_seconds=1),
        pytest.raises(UserError, match="in use by another"),
        open_store(uri, mlruns, "retention", timeout_seconds=1, patience_seconds=0.1),
    ):
        pass


def test_an_experiment_deleted_in_the_ui_comes_back(mlruns: Path) -> None:
    uri = find_store("local", mlruns, {})
    with open_store(uri, mlruns, "retention", timeout_seconds=1) as opened:
        run = put_run(opened, _search("b1", 1))
        opened.client.delete_experiment(opened.experiment_id)
    with open_store(uri, mlruns, "retention", timeout_seconds=1) as opened:
        assert put_run(opened, _search("b1", 1)) == run
