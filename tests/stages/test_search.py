"""The stage ``search`` under kill -9, damaged files and a second process."""

import hashlib
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from retention.errors import UserError
from retention.files import read_artifact, write_artifact
from retention.history.figures import Reused
from retention.learning.model.choice import Choice
from retention.learning.search.best import Best
from retention.learning.settings import (
    ModelSpace,
    PruneRule,
    SearchSettings,
    SelectionSettings,
    SpaceSettings,
    StepSpace,
)
from retention.paths import Paths
from retention.stages import search
from retention.tables.months.rows import draw_units
from retention.tables.roles import ColumnRoles

from ..conftest import write_learnt

ROLES = ColumnRoles(
    features={"pages_per_visit": "number", "minutes_current": "number", "level": "ordered", "city": "category"},
    orders={"level": ("low", "high")},
    missing=("minutes_current",),
    money=False,
    consent=None,
    favourite_category=None,
    series={},
)


def _draw(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"_target_": f"optuna.distributions.{kind}Distribution", **arguments}


def _settings(**protocol: Any) -> Any:
    """What the stage reads of the settings, small."""
    logistic = ModelSpace(
        object={"_target_": "sklearn.linear_model.LogisticRegression"},
        search={"C": _draw("Float", low=0.01, high=10, log=True)},
        complexity=1,
    )
    knn = ModelSpace(
        object={"_target_": "sklearn.neighbors.KNeighborsClassifier"},
        search={"n_neighbors": _draw("Int", low=3, high=30)},
        complexity=3,
    )
    defaults = {"n_trials": 22, "batch_size": 2, "startup": 6, "folds": 3, "repeats": 1, "enough": 1000, "reuse": False}
    return SimpleNamespace(
        seed=1,
        space=SpaceSettings(
            model={"logistic": logistic, "knn": knn},
            scaler={"standard": StepSpace(object={"_target_": "sklearn.preprocessing.StandardScaler"})},
            encoder={"ordinal": StepSpace(object={"_target_": "sklearn.preprocessing.OrdinalEncoder"})},
            features={"none": StepSpace(object=None)},
        ),
        search=SearchSettings(
            prune=[PruneRule(after=1, margin=0.1)],
            selection=SelectionSettings(candidates=2, repeats=1, tolerance=0.001),
            **defaults | protocol,
        ),
        runtime=SimpleNamespace(workers=1, scheduler=None, progress=False),
    )


def _shop(folder: Path) -> Paths:
    rng = np.random.default_rng(4)
    customers = pd.DataFrame({name: rng.normal(10, 3, 120) for name in ROLES.numeric})
    customers.loc[::9, "minutes_current"] = None
    for name in ROLES.categorical:
        customers[name] = rng.choice(ROLES.orders.get(name, ["north", "south"]), 120)
    noise = rng.normal(0, 3, 120)
    customers["declined"] = (customers["pages_per_visit"] + noise < 10).astype("int8")
    paths = Paths(folder, folder)
    write_learnt(paths, ROLES, customers, 100)
    return paths


def _outcome(paths: Paths) -> tuple[bytes, bytes]:
    return paths.trials.read_bytes(), paths.best.read_bytes()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paths, float]:
    """A finished search and what it took."""
    paths = _shop(tmp_path_factory.mktemp("unbroken"))
    began = time.perf_counter()
    search.run(_settings(), paths)
    return paths, time.perf_counter() - began


def _kill_after(seconds: float, paths: Paths) -> bool:
    """Run the stage in a process of its own and kill it; tell whether it had already ended well."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["retention.stages.search"])
    process = context.Process(target=search.run, args=(_settings(), paths))
    process.start()
    process.join(seconds)
    if process.is_alive():
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        return False
    assert process.exitcode == 0
    return True


@pytest.mark.slow
@pytest.mark.parametrize("luck", range(3))
def test_killed_at_random_moments_it_ends_like_an_unbroken_one(
    luck: int, unbroken: tuple[Paths, float], tmp_path: Path
) -> None:
    whole, took = unbroken
    paths, moments = _shop(tmp_path / "shop"), random.Random(luck)
    before: dict[str, int] = {}
    for _ in range(8):
        if _kill_after(moments.uniform(0.01, 0.9) * took, paths):
            break
        batches = {path.name: path.stat().st_mtime_ns for path in paths.studies.glob("*/batch-*.json")}
        assert before.items() <= batches.items()  # a finished batch is kept, not done again
        before = batches
    search.run(_settings(), paths)
    assert _outcome(paths) == _outcome(whole)


def _seal(content: Any) -> bytes:
    text = json.dumps(content)
    return json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "batch": text}).encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"{",
        lambda _: b"\0" * 400,
        lambda _: b'{"sha256": 1, "batch": 1}',
        lambda _: _seal([]),
        lambda _: _seal({"number": 5, "trials": [{}]}),
        lambda _: _seal({"number": 5, "trials": [[]]}),
        lambda _: b"[" * 100_000,
    ],
)
def test_a_damaged_batch_is_done_again(damage: Callable[[bytes], bytes], unbroken: tuple[Paths, float]) -> None:
    paths, _ = unbroken
    expected = _outcome(paths)
    batch = sorted(paths.studies.glob("*/batch-*.json"))[4]
    batch.write_bytes(damage(batch.read_bytes()))
    paths.best.unlink()
    search.run(_settings(), paths)
    assert _outcome(paths) == expected


def test_a_longer_total_continues_and_a_shorter_one_is_a_part_of_it(unbroken: tuple[Paths, float]) -> None:
    paths, _ = unbroken
    expected = _outcome(paths)
    search.run(_settings(n_trials=9), paths)
    short = pd.read_parquet(paths.trials)
    search.run(_settings(), paths)
    assert _outcome(paths) == expected
    pd.testing.assert_frame_equal(short, pd.read_parquet(paths.trials).head(9))
    assert len(list(paths.studies.iterdir())) == 1


def test_the_test_part_is_never_looked_at(unbroken: tuple[Paths, float], tmp_path: Path) -> None:
    paths = _shop(tmp_path / "shop")
    customers = pd.read_parquet(paths.learnt)
    customers.loc[100:, ["pages_per_visit", "minutes_current"]] = 1e6
    customers.loc[100:, "declined"] = 1
    customers.to_parquet(paths.learnt)
    search.run(_settings(), paths)
    assert _outcome(paths) == _outcome(unbroken[0])


def test_no_duration_is_in_an_artifact(unbroken: tuple[Paths, float]) -> None:
    paths, _ = unbroken
    assert not [name for name in pd.read_parquet(paths.trials) if "second" in name or "time" in name]
    durations = next(paths.studies.glob("*/durations.json")).read_text(encoding="utf-8")
    assert '"21":' in durations


def test_a_second_search_waits_and_says_so(
    unbroken: tuple[Paths, float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, _ = unbroken
    folder = next(path for path in paths.studies.iterdir() if path.is_dir())
    monkeypatch.setattr(search, "PATIENCE", 0.2)
    with FileLock(folder / "lock"), pytest.raises(UserError, match="Another search has been working on this study"):
        search.run(_settings(), paths)
    assert "Another search works on this study" in capsys.readouterr().err


def test_failed_trials_are_told_on_the_terminal_and_in_best_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, settings = _shop(tmp_path / "shop"), _settings()
    wide = {"n_neighbors": _draw("Int", low=3, high=120)}  # of 67 training customers
    settings.space.model["knn"] = settings.space.model["knn"].model_copy(update={"search": wide})
    search.run(settings, paths)
    (told,) = read_artifact(paths.best, Best).failures
    failed = pd.read_parquet(paths.trials).query("model == 'knn' and state == 'failed'")
    assert told.failed == len(failed) < told.trials
    assert f"{told.failed} of {told.trials} trials of knn failed, the first by {failed['reason'].iloc[0]}" in (
        capsys.readouterr().err
    )


def test_an_earlier_winner_takes_the_place_of_a_search(unbroken: tuple[Paths, float], tmp_path: Path) -> None:
    best, paths = read_artifact(unbroken[0].best, Best), _shop(tmp_path / "shop")
    other = "knn" if best.model == "logistic" else "logistic"
    params = {"knn": {"n_neighbors": 7}, "logistic": {"C": 0.5}}[other]
    write_artifact(paths.reused, Reused(choice=Choice(other, "standard", "ordinal", "none", params)))
    search.run(_settings(reuse=True), paths)
    reused, first = read_artifact(paths.best, Best), _outcome(paths)
    assert (reused.model, reused.params, reused.n_trials, len(pd.read_parquet(paths.trials))) == (other, params, 1, 1)
    assert reused.study != best.study
    search.run(_settings(reuse=True), paths)
    assert _outcome(paths) == first
    write_artifact(paths.reused, Reused(choice=Choice("svc", "standard", "ordinal", "none", {})))
    with pytest.raises(UserError, match=r"search\.reuse=false"):
        search.run(_settings(reuse=True), paths)
    write_artifact(paths.reused, Reused(choice=None))
    search.run(_settings(reuse=True), paths)
    assert _outcome(paths) == _outcome(unbroken[0])


def test_it_sees_a_sample_of_whole_customers_and_says_so(
    unbroken: tuple[Paths, float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, settings = _shop(tmp_path / "shop"), _settings(sample=60, n_trials=6)
    learnt = pd.read_parquet(paths.learnt)
    learnt["unit"] = np.arange(len(learnt)) // 2  # of two rows each
    learnt.to_parquet(paths.learnt)
    search.run(settings, paths)
    best, first = read_artifact(paths.best, Best), _outcome(paths)
    assert best.scale is not None
    assert (best.scale.training, best.scale.searched, best.scale.left_out) == (100, 60, ())
    assert "sees 60 of 100 training rows" in capsys.readouterr().err
    drawn = np.flatnonzero(draw_units(learnt["unit"][:100], 60, settings.seed, search.SAMPLED))
    outside = np.setdiff1d(np.arange(100), drawn)
    assert set(drawn // 2).isdisjoint(outside // 2)
    learnt.loc[outside, "pages_per_visit"] = 1e6  # nobody looks there
    learnt.to_parquet(paths.learnt)
    settings.runtime.workers = 2
    search.run(settings, paths)
    assert _outcome(paths) == first
    assert b'"scale":' not in unbroken[0].best.read_bytes()


def test_a_family_that_is_too_slow_for_all_rows_leaves_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, settings = _shop(tmp_path / "shop"), _settings(sample=60, n_trials=6)
    settings.space.model["knn"] = settings.space.model["knn"].model_copy(update={"at_most": 99})
    search.run(settings, paths)
    assert set(pd.read_parquet(paths.trials)["model"]) == {"logistic"}
    assert "knn is not searched: it is too slow for more than 99 training rows" in capsys.readouterr().err
    settings.space.model["logistic"] = settings.space.model["logistic"].model_copy(update={"at_most": 99})
    with pytest.raises(UserError, match=r"No family of models is searched on 100 training rows"):
        search.run(settings, paths)
