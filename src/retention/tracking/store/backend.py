"""Where MLflow's store is, and making sure of it: quiet, present, reachable."""

import http.client
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from retention.errors import UserError

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "_MLFLOW_TELEMETRY_PRE_WARM_DATABRICKS_SDK": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "GIT_PYTHON_REFRESH": "quiet",
    # A server that stops answering ends the work within half a minute, instead of MLflow's quarter of an hour.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
_REFUSALS = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}


def quiet_mlflow() -> None:
    """Set, before mlflow is imported, that it reports to nobody, prints nothing and gives up in good time.

    A variable that the user has set stays as it is.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="sqlalchemy")  # of what mlflow does with it


def find_store(backend: Literal["local", "server"], mlruns: Path, environ: Mapping[str, str]) -> str:
    """Return the tracking address of a backend.

    Raises
    ------
    UserError
        If the backend is a server and ``MLFLOW_TRACKING_URI`` does not name one.
    """
    if backend == "local":
        return f"sqlite:///{mlruns.resolve() / 'mlflow.db'}"
    uri = environ.get("MLFLOW_TRACKING_URI", "")
    if urlsplit(uri).scheme not in ("http", "https"):
        raise UserError(
            "tracking.backend = server: set MLFLOW_TRACKING_URI to the address of the MLflow server "
            "(http://… or https://…), or choose tracking=local."
        )
    return uri.rstrip("/")


def is_server(uri: str) -> bool:
    """Return whether `uri` is the address of a server."""
    return urlsplit(uri).scheme in ("http", "https")


def show_address(uri: str) -> str:
    """Return a server's address without the credentials that may stand in it."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def check_server(uri: str, timeout_seconds: float) -> None:
    """Ask the server whether it is there; any answer will do.

    Raises
    ------
    UserError
        If there is none within `timeout_seconds`.
    """
    parts = urlsplit(uri)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        connection.request("GET", f"{parts.path}/health")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        raise UserError(
            f"MLflow at {show_address(uri)} cannot be reached: start it or mend MLFLOW_TRACKING_URI; "
            "`retention publish` then adds what is missing."
        ) from None
    finally:
        connection.close()


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


@contextmanager
def speaking_plainly(uri: str) -> Iterator[None]:
    """Turn a server's refusal or silence in the middle of the work into one sentence.

    MLflow's own messages are not passed on: they may contain the address with its credentials.

    Raises
    ------
    UserError
        If a server refuses or does not answer; what failed in a local store, or by a mistake of ours, stays as it is.
    """
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        if not is_server(uri):
            raise
        status = getattr(getattr(error, "response", None), "status_code", 0)
        if getattr(error, "error_code", "") in _REFUSALS or status in (401, 403) or "error code 401" in str(error):
            raise UserError(
                f"MLflow at {show_address(uri)} refuses: set MLFLOW_TRACKING_TOKEN (or MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD) to valid credentials."
            ) from None
        if isinstance(error, MlflowException) and getattr(error, "error_code", "") != "INTERNAL_ERROR":
            raise
        raise UserError(
            f"MLflow at {show_address(uri)} stopped answering: once it runs again, `retention publish` completes "
            "what is there."
        ) from None
