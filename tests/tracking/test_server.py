"""A real MLflow server on PostgreSQL that hands artifacts on, both started here: the same stands there as locally."""

import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.errors import UserError
from retention.learning.model_file import read_model
from retention.paths import Paths
from retention.tracking.backend import check_server
from retention.tracking.live import open_live_trials
from retention.tracking.store import Store, open_store

pytestmark = pytest.mark.slow
Make = Callable[..., Paths]
Describe = Callable[[Store], dict[str, Any]]
TOKEN = "a-very-secret-token"
START_SECONDS = 240  # on a busy machine; half a minute on a quiet one


def _find_program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, which Debian keeps out of PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(name) or next((str(place / name) for place in places if (place / name).exists()), None)


def _why_not() -> str:
    if not (_find_program("initdb") and _find_program("postgres")):
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if importlib.util.find_spec("psycopg2") is None:
        return "psycopg2 is not installed"
    if os.getuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)


def _stop(process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM) -> None:
    """Stop a process and the workers it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL on loopback."""
    if reason := _why_not():
        pytest.skip(reason)
    port, user = _free_port(), "postgres" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        common: dict[str, Any] = {"cwd": folder, "user": user}
        initdb, postgres = str(_find_program("initdb")), str(_find_program("postgres"))
        line = [initdb, "-D", "data", "-U", "retention", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(line, check=True, capture_output=True, **common)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        log = folder / "log"
        with log.open("wb") as output:
            line = [postgres, "-D", "data", *settings]
            process = subprocess.Popen(line, stdout=output, stderr=output, start_new_session=True, **common)
        try:
            _wait(lambda: b"ready to accept connections" in log.read_bytes(), process, log)
            yield f"postgresql+psycopg2://retention@127.0.0.1:{port}/postgres"
        finally:
            _stop(process, signal.SIGINT)


Serve = Callable[[], Any]


@pytest.fixture(scope="module")
def address() -> str:
    return f"http://127.0.0.1:{_free_port()}"


@pytest.fixture(scope="module")
def serve(database: str, address: str, tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Start the MLflow server, for as long as the block lasts."""
    folder = tmp_path_factory.mktemp("server")
    host, port = address.removeprefix("http://").split(":")
    line = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1"]
    line += ["--backend-store-uri", database, "--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}

    @contextmanager
    def block() -> Iterator[Path]:
        log = folder / "log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                line, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        try:
            _wait(lambda: _is_there(address), process, log)
            yield folder
        finally:
            _stop(process)

    return block


def _is_there(address: str) -> bool:
    try:
        check_server(address, 1)
    except UserError:
        return False
    return True


def _look(address: str, paths: Paths, describe: Describe) -> dict[str, Any]:
    with open_store(address, paths.mlruns, "retention", timeout_seconds=10) as store:
        return describe(store)


def test_a_server_holds_what_a_local_store_holds(
    make: Make,
    publish: Callable[..., str],
    look: Callable[[Paths], dict[str, Any]],
    describe: Describe,
    serve: Serve,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import mlflow.pyfunc

    here, there = make(tmp_path / "local"), make(tmp_path / "remote", tracking="server")
    publish(here)
    with serve() as folder:
        for _ in range(2):
            publish(there, MLFLOW_TRACKING_URI=address, MLFLOW_TRACKING_TOKEN=TOKEN)
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
        assert _look(address, there, describe) == look(here)
        mlflow.set_tracking_uri(address)
        customers = pd.read_parquet(there.customers)
        served = mlflow.pyfunc.load_model("models:/retention@champion").predict(customers)
    expected = read_model(there.model, []).predict_proba(customers)[:, 1]
    np.testing.assert_array_equal(served["decline_probability"], expected)
    assert there.receipt.read_bytes() == here.receipt.read_bytes()
    assert {path.name for path in there.mlruns.iterdir()} == {"receipt.json", ".lock"}
    stored = [path for path in folder.rglob("*") if path.is_file() and path.name != "log"]
    assert stored
    assert not [path for path in stored if TOKEN.encode() in path.read_bytes()]


def test_a_server_stopped_during_the_search_and_started_before_publish_has_every_trial(
    make: Make, publish: Callable[..., str], describe: Describe, serve: Serve, address: str, tmp_path: Path
) -> None:
    paths = make(tmp_path / "project", tracking="server")
    study = "d" * 64
    best = json.loads(paths.best.read_text()) | {"study": study}
    paths.best.write_text(json.dumps(best))
    trials = pd.read_parquet(paths.trials)
    first, *rest = [batch.to_dict("records") for _, batch in trials.groupby("batch")]
    told: list[str] = []
    search = open_live_trials(address, paths.mlruns, "retention", study, timeout_seconds=120, warn=told.append)
    with serve():
        show = search.__enter__()
        show(first)
        _wait_for(lambda: len(_trials(_look(address, paths, describe), study)) == len(first))
    for batch in rest:
        show(batch)
    search.__exit__(None, None, None)
    assert len(told) == 1
    with serve():
        publish(paths, MLFLOW_TRACKING_URI=address)
        seen = _look(address, paths, describe)
    assert len(_trials(seen, study)) == len(trials)
    assert {run["tags"]["parent"] for run in _trials(seen, study)} == {study}


def _wait_for(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.5)


def _trials(seen: dict[str, Any], study: str) -> list[dict[str, Any]]:
    return [run for digest, run in seen["runs"].items() if digest.startswith(f"{study}:")]
