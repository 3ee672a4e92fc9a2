"""A real MLflow server on PostgreSQL that hands artifacts on, both started here: the same stands there as locally."""

import importlib.util
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
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from retention.learning.model.model_file import read_model
from retention.paths import Paths
from retention.registry.gate import Check, Verdict
from retention.registry.listing import list_history, list_models
from retention.registry.promotion import promote, roll_back
from retention.settings import read_settings
from retention.tracking.store.store import Store, open_store

from .conftest import is_there

pytestmark = pytest.mark.slow
Make = Callable[..., Paths]
Describe = Callable[[Store], dict[str, Any]]
TOKEN, PASSWORD = "a-very-secret-token", "s3cret/of@all"
BETTER = Verdict((Check("better", "passed", "It is better.", 0.01, 0.005, 0.015),))
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
def postgres() -> Iterator[str]:
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


@pytest.fixture(scope="module")
def address() -> str:
    return f"http://127.0.0.1:{_free_port()}"


class Server:
    """The MLflow server, which a test may stop and start again; a start takes half a minute."""

    def __init__(self, database: str, address: str, folder: Path) -> None:
        host, port = address.removeprefix("http://").split(":")
        self._line = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1"]
        self._line += ["--backend-store-uri", database, "--artifacts-destination", str(folder / "artifacts")]
        self._address, self.folder = address, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it if it does not run."""
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        if self._process is None:
            log = self.folder / "log"
            with log.open("ab") as output:
                common: dict[str, Any] = {"cwd": self.folder, "env": os.environ | quiet, "start_new_session": True}
                self._process = subprocess.Popen(self._line, stdout=output, stderr=output, **common)
            _wait(lambda: is_there(self._address), self._process, log)

    def stop(self) -> None:
        """Stop it if it runs."""
        if self._process is not None:
            _stop(self._process)
        self._process = None


@pytest.fixture(scope="module")
def server(postgres: str, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(postgres, address, tmp_path_factory.mktemp("server"))
    yield made
    made.stop()


def _look(address: str, paths: Paths, describe: Describe) -> dict[str, Any]:
    with open_store(address, paths.mlruns, "retention", timeout_seconds=10) as store:
        return describe(store)


def test_a_server_holds_what_a_local_store_holds(
    make: Make,
    publish: Callable[..., str],
    look: Callable[[Paths], dict[str, Any]],
    describe: Describe,
    server: Server,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import mlflow.pyfunc

    here, there = make(tmp_path / "local"), make(tmp_path / "remote", tracking="server")
    server.start()
    publish(here)
    known = address.replace("//", f"//user:{quote(PASSWORD, safe='')}@")
    for _ in range(2):
        publish(there, MLFLOW_TRACKING_URI=known, MLFLOW_TRACKING_TOKEN=TOKEN)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    assert _look(address, there, describe) == look(here)
    mlflow.set_tracking_uri(address)
    customers = pd.read_parquet(there.customers)
    served = mlflow.pyfunc.load_model("models:/retention@champion").predict(customers)
    expected = read_model(there.model, ["sklearn.tree._tree.Tree"]).predict_proba(customers)[:, 1]
    np.testing.assert_array_equal(served["decline_probability"], expected.round(9))
    assert there.receipt.read_bytes() == here.receipt.read_bytes()
    assert {path.name for path in there.mlruns.iterdir()} == {"receipt.json", ".lock"}
    stored = [path for path in server.folder.rglob("*") if path.is_file() and path.name != "log"]
    assert stored
    assert not [path for path in stored if any(word in path.read_bytes() for word in (TOKEN.encode(), b"s3cret"))]


def test_the_ledger_lives_on_the_server(
    make: Make, publish: Callable[..., str], server: Server, address: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("RETENTION_ACTOR", "Анна")
    monkeypatch.setattr("retention.registry.promotion.compare", lambda *_: BETTER)  # of made-up customers
    server.start()
    paths = make(tmp_path / "mine", tracking="server", c=0.02)
    paths.params.write_text(paths.params.read_text().replace("  model: retention\n", "  model: ledger\n"))
    other = make(tmp_path / "another", tracking="server", c=0.01)
    other.params.write_bytes(paths.params.read_bytes())
    settings = read_settings(paths.params)
    publish(paths)
    publish(other)
    assert promote(settings, other)[-1] == "Version 2 is champion now (promotion)."
    assert roll_back(settings, paths, "slow") == "Version 1 is champion again, in the place of version 2."
    told = list(list_history(settings, other))  # everybody who uses the server sees the same
    assert told == list(list_history(settings, paths))
    assert ["promotion 1 → 2  by Анна: the gate" in told[0], "rollback  2 → 1  by Анна: slow" in told[1]] == [True] * 2
    assert [line.partition(":")[0] for line in list_models(settings, paths)] == [
        "version 1 [champion]", "version 2 [challenger]",
    ]  # fmt: skip
