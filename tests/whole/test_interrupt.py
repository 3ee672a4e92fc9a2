"""Ctrl-C in real processes, at seeded moments: ended soon, with exit code 130, no stack trace and nobody left."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from retention.files import write_json
from retention.paths import Paths
from retention.settings import compose_params, read_settings
from retention.tables.roles import list_roles

from ..conftest import write_learnt

SOON = 5.0  # seconds
SMALL = ["search=quick", "search.n_trials=100", "search.batch_size=4", "model=[knn,tree,logistic]"]
SMALL += ["search.selection.candidates=2", "search.selection.repeats=1"]
DATABASE = (
    "import pathlib, retention.tracking.store.backend as b; b.quiet_mlflow(); b.create_database(pathlib.Path('mlruns'))"
)
IMPORTS = ["pydantic", "yaml", "numpy", "pandas", "sklearn.base", "optuna", "hydra.utils"]
IN_C = """
import builtins, os, signal, sys
from retention.__main__ import main
imported = builtins.__import__
def interrupted(name, space=None, names=None, parts=(), level=0):
    if parts == [] and name.startswith("numpy._core") and "numpy.linalg" in sys.modules:  # as C imports
        os.kill(os.getpid(), signal.SIGINT)
    return imported(name, space, names, parts, level)
builtins.__import__ = interrupted
main()
"""
TRACES = re.compile(r"Traceback|File \"|KeyboardInterrupt|Exception ignored|leaked|retention:|goes on")


class Command:
    """A verb in a process group of its own that tells what it imports.

    Parameters
    ----------
    folder : Path
        The project.
    *words : str
        The verb and its arguments.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self._said = folder / "said"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "importtime", "-m", "retention", *words],
                cwd=folder,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
            )

    @property
    def said(self) -> str:
        """Return what it said so far."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def has_imported(self, *modules: str) -> bool:
        """Return whether all of some modules were imported."""
        return set(modules) <= set(re.findall(r"\| +(\S+)$", self.said, re.MULTILINE))

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Wait until something is reached, which must be before the end."""
        end = time.monotonic() + 120
        while not reached():
            assert self._process.poll() is None, self.said[-2000:]
            assert time.monotonic() < end
            time.sleep(0.002)

    def interrupt(self, *, group: bool, by: int = signal.SIGINT) -> None:
        """Send it Ctrl-C or another signal, to its whole group or to itself alone, and look at its end."""
        (os.killpg if group else os.kill)(self._process.pid, by)
        began = time.monotonic()
        try:
            code = self._process.wait(60)
            took = time.monotonic() - began
            while self._list_left() and time.monotonic() < began + SOON:
                time.sleep(0.05)
            left = self._list_left()
        finally:
            for pid in [self._process.pid] * (self._process.poll() is None) + self._list_left():
                os.kill(pid, signal.SIGKILL)
        assert (code, left) == (128 + by, [])
        assert took < SOON
        assert not TRACES.search(self.said), self.said

    def _list_left(self) -> list[int]:
        """Return the processes of its session that are still at work."""
        told = subprocess.run(["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in told.stdout.splitlines()]
        return [int(pid) for pid, session, state in rows if session == str(self._process.pid) and state[0] != "Z"]


def _make_shop(project: Path, folder: Path, *overrides: str) -> Paths:
    """A project with what the search reads: customers that fit in no time, and a small space."""
    rng = np.random.default_rng(4)
    paths = Paths(folder, folder)
    folder.mkdir(parents=True)
    compose_params(project / "conf", paths.params, [*SMALL, *overrides])
    roles = list_roles(read_settings(paths.params).tables.columns)
    customers = pd.DataFrame({name: rng.normal(10, 3, 400) for name in roles.numeric})
    for name in roles.categorical:
        customers[name] = rng.choice(["yes", "no"], 400)
    customers["declined"] = (customers["pages_per_visit"] + rng.normal(0, 3, 400) < 10).astype("int8")
    write_learnt(paths, roles, customers.assign(monthly_profit=1.0), 300)
    return paths


def _search(paths: Paths) -> tuple[bytes, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "retention", "search"], cwd=paths.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return paths.trials.read_bytes(), paths.best.read_bytes()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        yield


@pytest.fixture(scope="module")
def unbroken(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """What a search that nobody disturbs writes."""
    return _search(_make_shop(project, tmp_path_factory.mktemp("unbroken") / "shop"))


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "group"), [(2, True), (2, False), (1, True)])
def test_a_search_interrupted_again_and_again_ends_like_an_unbroken_one(
    project: Path, unbroken: tuple[bytes, bytes], tmp_path: Path, workers: int, group: bool
) -> None:
    paths = _make_shop(project, tmp_path / "shop", f"runtime.workers={workers}")
    draw = random.Random(10 * workers + group)

    def count() -> int:
        return len(list(paths.studies.glob("*/batch-*.json")))

    for module in draw.sample(IMPORTS, 4):
        search = Command(paths.root, "search")
        search.wait_for(lambda search=search, module=module: search.has_imported(module))
        search.interrupt(group=group)
    lock = paths.root / ".retention" / "search.lock"
    with _held(lock):
        search = Command(paths.root, "search")
        search.wait_for(lambda search=search: "Another search works on this folder" in search.said)
        time.sleep(draw.uniform(0, 0.2))
        search.interrupt(group=group)
    for _ in range(4):  # while workers start, and in the first batch
        lock.unlink()
        search = Command(paths.root, "search")
        search.wait_for(lock.exists)
        time.sleep(draw.uniform(0, 0.7))
        search.interrupt(group=group)
    for pause in (0, draw.uniform(0, 0.1), draw.uniform(0, 0.3)):  # between two batches, and in one
        search, before = Command(paths.root, "search"), count()
        search.wait_for(lambda before=before: count() > before)
        time.sleep(pause)
        search.interrupt(group=group)
    assert count() > 0
    assert _search(paths) == unbroken


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    ["validate", "explore", "train", "segment", "plan", "report", "publish", "params", "summary", "history", "promote",
     "use --sample", "check artifacts", "score artifacts --out scored"],
)  # fmt: skip
def test_every_verb_ends_by_ctrl_c_without_a_trace(project: Path, tmp_path: Path, words: str) -> None:
    paths, draw = _make_shop(project, tmp_path / "shop"), random.Random(words)
    before = {path: path.read_bytes() for path in paths.root.rglob("*") if path.is_file()}
    command = Command(paths.root, *words.split())
    command.wait_for(lambda: command.has_imported("typer"))
    seen, more = command.said.count("\n"), draw.randint(0, 200)
    command.wait_for(lambda: command.said.count("\n") > seen + more)
    command.interrupt(group=True)
    (paths.root / "said").unlink()
    assert {path: path.read_bytes() for path in paths.root.rglob("*") if path.is_file()} == before


def test_an_import_in_c_ends_by_ctrl_c_without_a_trace(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", IN_C, "history"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_monthly_job_that_is_terminated_ends_what_it_has_started(project: Path, tmp_path: Path) -> None:
    paths = _make_shop(project, tmp_path / "shop")
    shutil.copytree(project / "conf", paths.conf)
    (paths.data / "2026-06").mkdir(parents=True)
    chain = "import subprocess\nsubprocess.run('echo the chain; sleep 99; true', shell=True)"
    (paths.root / "dvc.py").write_text(chain)
    command = Command(paths.root, "month", "--month", "2026-06")
    command.wait_for(lambda: "the chain" in command.said)
    command.interrupt(group=False, by=signal.SIGTERM)


@pytest.mark.parametrize("words", ["history", "models", "promote", "rollback", "score artifacts --out scored"])
def test_who_only_reads_makes_no_store(project: Path, tmp_path: Path, words: str) -> None:
    compose_params(project / "conf", tmp_path / "params.yaml", [])
    done = subprocess.run([sys.executable, "-m", "retention", *words.split()], cwd=tmp_path, capture_output=True)
    assert done.returncode in (0, 1)
    assert not (tmp_path / "mlruns").exists()


@pytest.mark.slow
@pytest.mark.parametrize("group", [True, False])
def test_the_ui_and_its_server_end_by_ctrl_c(project: Path, tmp_path: Path, group: bool) -> None:
    paths = _make_shop(project, tmp_path / "shop")
    write_json(paths.receipt, {})
    subprocess.run([sys.executable, "-c", DATABASE], cwd=paths.root, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = Command(paths.root, "ui", "--port", str(port))
    command.wait_for(answers)
    command.interrupt(group=group)
    assert not answers()
