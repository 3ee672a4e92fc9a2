"""Where MLflow's store is, and making sure of it: quiet, present, reachable."""

import logging
import os
import sqlite3
import warnings
from collections.abc import MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from retention.errors import UserError

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "_MLFLOW_TELEMETRY_PRE_WARM_DATABRICKS_SDK": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "GIT_PYTHON_REFRESH": "quiet",
    # A server that stops answering ends the work within half a minute, instead of MLflow's quarter of an hour.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
_SET_CREDENTIALS = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead."
_LOCK_SECONDS = 1  # other programs write for milliseconds


def quiet_mlflow() -> None:
    """Set, before mlflow is imported, that it reports to nobody, prints nothing and gives up in good time.

    A variable that the user has set stays as it is.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    for name in ("alembic", "mlflow", "urllib3"):  # what they log as an error they also raise
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="mlflow")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="sqlalchemy")  # of what mlflow does with it


def find_store(backend: Literal["local", "server"], mlruns: Path, environ: MutableMapping[str, str]) -> str:
    """Return the tracking address of a backend; no address of ours contains credentials.

    Those in ``MLFLOW_TRACKING_URI`` are moved to ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD`` of
    `environ`, which is where MLflow looks for them: whatever prints or stores the address then cannot tell them.

    Raises
    ------
    UserError
        If the backend is a server and the environment does not name one; the sentence repeats nothing of it.
    """
    if backend == "local":
        return f"sqlite:///{mlruns.resolve() / 'mlflow.db'}"
    parts = _split_address(environ.get("MLFLOW_TRACKING_URI", ""))
    credentials, _, host = parts.netloc.rpartition("@")
    address = parts._replace(netloc=host).geturl().rstrip("/")
    if credentials:
        user, _, password = credentials.partition(":")
        if not (user and password):
            raise UserError(f"MLFLOW_TRACKING_URI holds a user or a password, not both: {_SET_CREDENTIALS}")
        environ.update(MLFLOW_TRACKING_USERNAME=unquote(user), MLFLOW_TRACKING_PASSWORD=unquote(password))
        environ["MLFLOW_TRACKING_URI"] = address
    token = environ.get("MLFLOW_TRACKING_TOKEN", "")
    if not (token.isascii() and token.isprintable()):  # requests would repeat it in its error
        raise UserError("MLFLOW_TRACKING_TOKEN holds a line break or a letter that HTTP cannot send: set it again.")
    return address


def _split_address(address: str) -> SplitResult:
    """Return the parts of a server's address, which may hold credentials but nothing that hides some elsewhere."""
    try:
        parts = urlsplit(address)
        hidden = parts.query or parts.fragment or "@" in parts.path
        valid = hidden or (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:  # brackets or a port that are none; urllib's sentence repeats them
        hidden, valid = "@" in address, False
    if hidden:
        raise UserError(
            "MLFLOW_TRACKING_URI has a ?, # or @ that an address does not have: in a password write / ? # [ ] as "
            f"%2F %3F %23 %5B %5D, or {_SET_CREDENTIALS}"
        )
    if not valid:
        raise UserError(
            "tracking.backend = server: set MLFLOW_TRACKING_URI to the address of the MLflow server "
            "(http://… or https://…), or choose tracking=local."
        )
    return parts


def is_server(uri: str) -> bool:
    """Return whether `uri` is the address of a server."""
    return urlsplit(uri).scheme in ("http", "https")


def check_server(uri: str, timeout_seconds: float) -> None:
    """Ask the server whether it is there, and raise a `UserError` if it says nothing within `timeout_seconds`.

    Any answer will do, a certificate that is not trusted too.
    """
    import requests

    try:
        requests.get(f"{uri}/health", timeout=timeout_seconds, allow_redirects=False, stream=True).close()
    except requests.exceptions.SSLError:
        return
    except (requests.RequestException, ValueError):
        raise UserError(
            f"MLflow at {uri} cannot be reached: start it or mend MLFLOW_TRACKING_URI; "
            "`retention publish` then adds what is missing."
        ) from None


def check_database(database: Path) -> None:
    """Make sure, before MLflow tries for minutes, that the local database can be read and written if there is one.

    Raises
    ------
    UserError
        If it is damaged, empty, no file, not writable or locked by another program.
    """
    if not database.exists():
        return
    try:
        if not database.is_file():
            raise sqlite3.DatabaseError("it is no file")
        address = f"{database.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (page_size,) = connection.execute("PRAGMA page_size").fetchone()
            if found != "ok" or database.stat().st_size % page_size:
                raise sqlite3.DatabaseError("it is cut short" if found == "ok" else found)
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                raise sqlite3.DatabaseError("it has no tables of MLflow")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise UserError(describe_damage(database, str(error))) from None


def find_experiment(database: Path, name: str) -> str | None:
    """Return the id of an experiment in a database that was checked, without the seconds that mlflow's import takes."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT experiment_id FROM experiments WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None


def describe_damage(database: Path, said: str) -> str:
    """Return the sentence for what SQLite said of the local database."""
    if "locked" in said:
        return f"{database} is locked by another program ({said}): close that program and try again."
    if "full" in said or "disk I/O" in said:
        return f"{database} cannot be written ({said}): free some space on its disk and run the same command again."
    if "readonly" in said or "unable to open" in said:
        return f"{database} cannot be opened for writing ({said}): give yourself the right to write it and its folder."
    return (
        f"{database} cannot be used ({' '.join(said.split())}): MLflow's local store is disposable, so delete the "
        f"folder {database.parent.name} and run `dvc repro`, which publishes again (without former promotions)."
    )


def create_database(mlruns: Path) -> None:
    """Create the local database if there is none, whole or not at all; hold the store's lock around it.

    MLflow would do so on first use, and leave half a database behind if it were killed in that moment. Write-ahead
    logging, which the file remembers, makes a commit one write to the disk instead of three, and lets the UI read on.
    """
    database = mlruns / "mlflow.db"
    if database.exists():
        return
    from mlflow import MlflowClient

    beside = mlruns / ".mlflow.db.partial"
    for left in mlruns.glob(f"{beside.name}*"):  # by a process that was killed, with its journal
        left.unlink()
    uri = f"sqlite:///{beside.resolve()}"
    MlflowClient(uri, uri).search_experiments(max_results=1)
    beside.replace(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def relax_commits() -> None:
    """Let SQLite order its writes to the disk instead of waiting for each: a kill loses nothing, a power cut the last.

    With write-ahead logging the database stays whole either way, and what is lost the next publishing adds. On a disk
    that others write to, a commit waits for them otherwise.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)


def _relax(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")
