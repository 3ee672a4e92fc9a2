"""Trials shown while a search runs: by a process of its own, which can neither stop the search nor hold it up."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retention.paths import Paths
from retention.tracking.live import open_live_trials
from retention.tracking.store.backend import find_store

Make = Callable[..., Paths]
Look = Callable[[Paths], dict[str, Any]]


def _rows(numbers: range) -> list[dict[str, Any]]:
    """A batch as the search hands it over."""
    choice = {"batch": 1, "model": "knn", "scaler": "none", "encoder": "onehot", "features": "none"}
    known = {"state": "complete", "params": '{"n_neighbors": 3}', "roc_auc": 0.9, "fold_1": 0.9, "seconds": 0.1}
    return [{"number": number, **choice, **known, "reason": "", "repeat_of": None} for number in numbers]


def _show(uri: str, mlruns: Path, batches: list[range], *, patience: float) -> tuple[list[str], float]:
    """Show batches one after the other; return what the user was told, and how long it held the search up."""
    told: list[str] = []
    start = time.monotonic()
    with open_live_trials(uri, mlruns, "retention", "c" * 64, timeout_seconds=patience, warn=told.append) as show:
        for batch in batches:
            show(_rows(batch))
    return told, time.monotonic() - start


def test_an_unreachable_server_is_told_once_and_costs_nothing(tmp_path: Path) -> None:
    told, seconds = _show("http://127.0.0.1:9", tmp_path, [range(4), range(4, 8)], patience=60)
    assert len(told) == 1
    assert "search goes on" in told[0]
    assert "http://127.0.0.1:9 cannot be reached" in told[0]
    assert seconds < 30  # not the sixty that it may wait: the process has given up


def test_a_server_that_does_not_answer_costs_the_time_out_and_no_more(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        told, seconds = _show(uri, tmp_path, [range(2000)], patience=1)
    assert len(told) <= 1
    assert seconds < 5


def test_a_store_that_cannot_be_used_does_not_stop_the_search(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    told, _ = _show(find_store("local", tmp_path, {}), tmp_path, [range(2)], patience=120)
    (sentence,) = told
    assert sentence.startswith("The search goes on, but its trials are not shown live: ")
    assert "mlflow.db cannot be used (file is not a database)" in sentence


@pytest.mark.slow
def test_trials_shown_live_are_the_ones_that_publish_would_add(
    make: Make, publish: Callable[..., str], look: Look, tmp_path: Path
) -> None:
    live, plain = make(tmp_path / "live"), make(tmp_path / "plain")
    trials, study = pd.read_parquet(live.trials), json.loads(live.best.read_text())["study"]
    told: list[str] = []
    uri = find_store("local", live.mlruns, {})
    with open_live_trials(uri, live.mlruns, "retention", study, timeout_seconds=120, warn=told.append) as show:
        for _, batch in trials.groupby("batch"):
            show(batch.to_dict("records"))
    assert not told
    shown = look(live)["runs"]
    assert len(shown) == len(trials) + 1
    assert shown[study]["status"] == "RUNNING"
    publish(live)
    publish(plain)
    assert look(live) == look(plain)


@pytest.mark.slow
def test_a_search_that_ends_early_leaves_the_rest_to_publish(
    make: Make, publish: Callable[..., str], look: Look, tmp_path: Path
) -> None:
    paths, plain = make(tmp_path / "hasty"), make(tmp_path / "plain")
    trials, study = pd.read_parquet(paths.trials), json.loads(paths.best.read_text())["study"]
    uri = find_store("local", paths.mlruns, {})
    told: list[str] = []
    with open_live_trials(uri, paths.mlruns, "retention", study, timeout_seconds=0.2, warn=told.append) as show:
        show(trials.to_dict("records"))
    assert not told  # nothing is wrong, it was only too slow
    publish(paths)
    publish(plain)
    assert look(paths) == look(plain)
