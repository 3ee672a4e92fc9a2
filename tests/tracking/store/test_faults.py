"""A local store that cannot be used, and faults in the middle of the work: one sentence, soon, and nothing changed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException, RestException
from requests import ConnectionError as NoConnection
from requests import HTTPError, Response
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from typer.testing import CliRunner

from retention.cli import app
from retention.errors import UserError
from retention.paths import Paths
from retention.simulate import write_shop
from retention.tracking.store.backend import check_database
from retention.tracking.store.faults import speaking_plainly

VERBS = {
    **{name: [] for name in ("publish", "summary", "promote", "rollback", "history", "models", "serve", "ui")},
    "score": ["data", "--out", "out"],
}
COMMAND = [sys.executable, "-m", "retention"]
SERVER, LOCAL = "http://127.0.0.1:9", "sqlite:///a/mlflow.db"
SECONDS = 5


@pytest.fixture(scope="module")
def published(
    make: Callable[..., Paths], publish: Callable[[Paths], str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Paths, Path]:
    """A published project with exports to score, and a copy of it; the store would not work where the copy is."""
    paths, kept = make(tmp_path_factory.mktemp("published") / "project"), tmp_path_factory.mktemp("kept") / "project"
    write_shop(paths.data, customers=100, seed=1, truth=None)
    publish(paths)
    with closing(sqlite3.connect(paths.mlruns / "mlflow.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else the log beside it mends what a test damages
    shutil.copytree(paths.root, kept)
    return paths, kept


@pytest.fixture
def paths(published: tuple[Paths, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    """The project, made good again after each test; verbs run in it."""
    paths, kept = published
    monkeypatch.chdir(paths.root)
    monkeypatch.setattr("retention.tracking.store.backend._LOCK_SECONDS", 0.1)
    yield paths
    monkeypatch.chdir("/")
    shutil.rmtree(paths.root)
    shutil.copytree(kept, paths.root)


def _cut(database: Path, size: int) -> None:
    os.truncate(database, size if size > 0 else database.stat().st_size + size)


def _fold(database: Path) -> None:
    database.unlink()
    database.mkdir()


def _overwrite(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40960)


def _foreign(database: Path) -> None:
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE customers (id)")


def _date(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'abc'")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut in the middle": (lambda database: _cut(database, 300_000), "malformed"),
    "cut by a byte": (lambda database: _cut(database, -1), "cut short"),
    "cut after the header": (lambda database: _cut(database, 100), "cannot be used"),
    "garbage": (lambda database: database.write_bytes(b"no database" * 999), "not a database"),
    "overwritten in part": (_overwrite, "cannot be used"),
    "empty": (lambda database: database.write_bytes(b""), "no tables of MLflow"),
    "a folder": (_fold, "no file"),
    "of another program": (_foreign, "no tables of MLflow"),
    "of another version": (_date, "another version of MLflow"),
}


def _list_files(folder: Path) -> dict[str, bytes]:
    beside = ("-wal", "-shm", ".lock")  # SQLite's own, which come and go
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.endswith(beside)
    }


def _say(verb: str, caplog: pytest.LogCaptureFixture) -> str:
    """Run a verb that must fail; return its one sentence."""
    start = time.monotonic()
    done = CliRunner().invoke(app, [verb, *VERBS[verb]])
    assert time.monotonic() - start < SECONDS
    assert (done.exit_code, done.stdout, caplog.text) == (1, "", "")
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("retention: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_one_sentence_in_every_verb(
    paths: Paths, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    database = paths.mlruns / "mlflow.db"
    change, reason = DAMAGES[damage]
    change(database)
    before = _list_files(paths.root)
    for verb in VERBS if damage == "garbage" else ["history", "publish"]:
        said = _say(verb, caplog)
        assert str(database) in said
        assert reason in said
        assert "delete the folder mlruns and run `dvc repro`" in said
    assert _list_files(paths.root) == before


def test_a_locked_database_is_one_sentence_in_every_verb(paths: Paths, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(paths.mlruns / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for verb in VERBS:
            assert "mlflow.db is locked by another program" in _say(verb, caplog)
        other.execute("ROLLBACK")
    check_database(paths.mlruns / "mlflow.db")


@pytest.mark.parametrize("place", ["mlruns", "mlruns/.lock"])
def test_what_stands_in_the_way_is_one_sentence(paths: Paths, caplog: pytest.LogCaptureFixture, place: str) -> None:
    lock = paths.mlruns / ".lock"
    lock.unlink(missing_ok=True)
    if place == "mlruns":
        shutil.rmtree(paths.mlruns)
        paths.mlruns.write_text("")
    else:
        lock.mkdir()
    for verb in ("publish", "history"):
        said = _say(verb, caplog)
        assert f"{place} cannot be" in said and "move what is in its place" in said


def _can_mount() -> bool:
    line = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(line, capture_output=True, check=False).returncode == 0


@pytest.fixture
def mounted(paths: Paths) -> Iterator[Callable[[str, list[str]], str]]:
    """Run verbs while ``mlruns/`` is mounted as told, one after the other; return what they say of errors."""
    if not _can_mount():
        pytest.skip("needs unshare --mount, to mount a small disk as any user")

    def run(mount: str, verbs: list[str]) -> str:
        script = f'set -e; {mount}; cd .; set +e; for verb in {" ".join(verbs)}; do "$@" $verb || true; done'
        line = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *COMMAND]
        return subprocess.run(line, capture_output=True, text=True, check=True, cwd=paths.root).stderr

    yield run


DISK = "mkdir disk; mount -t tmpfs -o size={size} tmpfs disk; cp -r mlruns/. disk; mount --move disk mlruns"
FILL = "head -c 99999999 /dev/zero > mlruns/fill 2>/dev/null || truncate -s -{spare} mlruns/fill"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mount", "sentence"),
    [
        ("mount --bind mlruns mlruns; mount -o remount,ro,bind mlruns", "Read-only file system"),
        (f"{DISK.format(size='9m')}; {FILL.format(spare=1)}", "free some space"),
        (f"{DISK.format(size='9m')}; {FILL.format(spare=40960)}", "free some space"),
        ("rm -r mlruns; mkdir mlruns; mount -t tmpfs -o size=100k tmpfs mlruns", "free some space"),
        ("rm -r mlruns; mkdir mlruns; mount -t tmpfs -o size=2200k tmpfs mlruns", "free some space"),
    ],
    ids=["read-only", "full", "nearly full", "too small for the database", "too small for the files"],
)
def test_a_disk_that_takes_nothing_is_one_sentence(
    mounted: Callable[[str, list[str]], str], paths: Paths, mount: str, sentence: str
) -> None:
    paths.offers.write_text("other offers\n")  # so that there is something to publish
    said = mounted(mount, ["publish"]).splitlines()
    assert [line.startswith("retention: ") and sentence in line for line in said] == [True], said


@pytest.mark.slow
def test_a_disk_with_space_again_is_used_on(mounted: Callable[[str, list[str]], str], paths: Paths) -> None:
    paths.offers.write_text("other offers\n")
    full = f'{DISK.format(size="24m")}; {FILL.format(spare=40960)}; "$@" publish 2>/dev/null || rm mlruns/fill'
    assert mounted(full, ["publish", "models", "history"]) == ""


def _answer(status: int) -> Response:
    response = Response()
    response.status_code = status
    return response


def _caused(kind: type[Exception], said: str) -> MlflowException:
    """What MLflow makes of an error of the database."""
    error = MlflowException(said)
    error.__cause__ = kind("SELECT 1", {}, sqlite3.OperationalError(said))  # type: ignore[call-arg]
    return error


@pytest.mark.parametrize(
    ("uri", "error", "said"),
    [
        (SERVER, MlflowException(f"API request to {SERVER} failed with exception timed out"), "stopped answering"),
        (SERVER, NoConnection("no"), "stopped answering"),
        (SERVER, HTTPError("no", response=_answer(503)), "stopped answering"),
        (SERVER, HTTPError("no", response=_answer(404)), "does not answer as MLflow"),
        (SERVER, HTTPError("no", response=_answer(403)), "set MLFLOW_TRACKING_TOKEN"),
        (SERVER, RestException({"error_code": "PERMISSION_DENIED", "message": "no"}), "set MLFLOW_TRACKING_TOKEN"),
        (SERVER, RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}), "refuses what was asked"),
        (SERVER, MlflowException("… CERTIFICATE_VERIFY_FAILED …"), "MLFLOW_TRACKING_SERVER_CERT_PATH"),
        (SERVER, MlflowException("… SSLError(1, '[SSL: WRONG_VERSION_NUMBER] …'"), "does not answer as MLflow"),
        (LOCAL, _caused(OperationalError, "database is locked"), "is locked by another program"),
        (LOCAL, _caused(OperationalError, "database or disk is full"), "free some space"),
        (LOCAL, _caused(OperationalError, "attempt to write a readonly database"), "the right to write"),
        (LOCAL, _caused(DatabaseError, "database disk image is malformed"), "delete the folder a"),
        (LOCAL, OperationalError("", {}, sqlite3.OperationalError("disk I/O error")), "free some space"),
    ],
)
def test_a_store_that_fails_on_the_way_is_one_sentence(uri: str, error: Exception, said: str) -> None:
    with pytest.raises(UserError, match=said) as told, speaking_plainly(uri):
        raise error
    assert ("a/mlflow.db" in str(told.value)) == (uri == LOCAL)


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        (SERVER, MlflowException.invalid_parameter_value("bad key")),  # of the client, before it asks
        (LOCAL, RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": "bad key"})),
        (LOCAL, _caused(IntegrityError, "UNIQUE constraint failed")),
        (LOCAL, MlflowException("local trouble")),
    ],
)
def test_our_own_mistakes_are_not_hidden(uri: str, error: Exception) -> None:
    with pytest.raises(type(error)) as raised, speaking_plainly(uri):
        raise error
    assert raised.value is error
