"""Faults of the store in the middle of the work as one sentence, without what MLflow or the server says of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retention.errors import UserError
from retention.tracking.store.backend import describe_damage, is_server

_REFUSALS = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}
# What MLflow says of answers that are not its own.
_FOREIGN = ("failed with error code", "valid JSON", "redirects", "SSLError")


@contextmanager
def speaking_plainly(uri: str) -> Iterator[None]:
    """Turn a server's refusal or silence, and damage of a local database, into one sentence.

    It is that of a `UserError`. MLflow's own messages are not passed on: they may repeat what a server says, and it may
    repeat our credentials. A mistake of ours, which a local store would not take either, stays as it is.
    """
    from google.protobuf.json_format import ParseError
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (MlflowException, RequestException, DBAPIError, json.JSONDecodeError, ParseError) as error:
        sentence = _tell_server(uri, error) if is_server(uri) else _tell_local(uri, error)
        if not sentence:
            raise
        raise UserError(sentence) from None


def _tell_server(uri: str, error: Exception) -> str:
    from mlflow.exceptions import MlflowException, RestException
    from requests import RequestException

    status, said = getattr(getattr(error, "response", None), "status_code", 0), str(error)
    code = getattr(error, "error_code", "")
    if code in _REFUSALS or status in (401, 403):
        return (
            f"MLflow at {uri} refuses: set MLFLOW_TRACKING_TOKEN (or MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD) to valid credentials."
        )
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return (
            f"The certificate of MLflow at {uri} is not trusted: name the authority's file in "
            "MLFLOW_TRACKING_SERVER_CERT_PATH."
        )
    if isinstance(error, RestException) and "error_code" in error.json:
        return (
            f"MLflow at {uri} refuses what was asked ({code}): its log tells why, and whether its version fits the "
            "client's."
        )
    unreadable = isinstance(error, RestException) or not isinstance(error, MlflowException | RequestException)
    if unreadable or 400 <= status < 500 or any(text in said for text in _FOREIGN):
        return tell_foreign(uri)
    if isinstance(error, MlflowException) and code != "INTERNAL_ERROR":
        return ""
    return f"MLflow at {uri} stopped answering: once it runs again, `retention publish` completes what is there."


def tell_foreign(uri: str) -> str:
    """Return the sentence that says that something else than MLflow answers."""
    return (
        f"What answers at {uri} does not answer as MLflow does: mend MLFLOW_TRACKING_URI (https or http, host, port "
        "and path), or look at what stands before the server."
    )


def _tell_local(uri: str, error: Exception) -> str:
    from sqlalchemy.exc import DatabaseError, OperationalError

    database = Path(uri.removeprefix("sqlite:///"))
    if "database schema" in str(error):  # MLflow's advice is a command of its own
        return describe_damage(database, "another version of MLflow made it")
    for fault in (error, error.__cause__):
        if type(fault) in (OperationalError, DatabaseError):  # the other kinds are mistakes of ours
            return describe_damage(database, str(getattr(fault, "orig", fault)))
    return ""
