"""Where the store is, what happens when a server is away, and that no credentials are told."""

import socket
import time
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException, RestException

from retention.errors import UserError
from retention.tracking.store.backend import check_server, create_database, find_store, show_address, speaking_plainly

SECRET = "http://user:s3cret@127.0.0.1:9/mlflow?token=s3cret"


def test_the_local_store_is_in_mlruns_whatever_the_environment_says(tmp_path: Path) -> None:
    uri = find_store("local", tmp_path / "mlruns", {"MLFLOW_TRACKING_URI": "http://elsewhere"})
    assert uri == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


@pytest.mark.parametrize("address", ["", "sqlite:///x.db", "mlruns"])
def test_a_server_needs_an_address(address: str) -> None:
    with pytest.raises(UserError, match="set MLFLOW_TRACKING_URI"):
        find_store("server", Path(), {"MLFLOW_TRACKING_URI": address})


def test_addresses_are_shown_without_credentials() -> None:
    assert show_address(SECRET) == "http://127.0.0.1:9/mlflow"


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"MLflow at http://127\.0\.0\.1:9/mlflow cannot be reached") as error:
        check_server(SECRET, 3)
    assert "s3cret" not in str(error.value)


def test_a_server_that_does_not_answer_costs_the_time_out_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(UserError, match="cannot be reached"):
            check_server(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.5)
        assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MlflowException(f"API request to {SECRET} failed with exception timed out"), "stopped answering"),
        (RestException({"error_code": "PERMISSION_DENIED", "message": "no"}), "set MLFLOW_TRACKING_TOKEN"),
        (MlflowException(f"API request to {SECRET} failed with error code 401 != 200"), "set MLFLOW_TRACKING_TOKEN"),
    ],
)
def test_a_server_that_fails_on_the_way_is_one_sentence(error: Exception, said: str) -> None:
    with pytest.raises(UserError, match=said) as told, speaking_plainly(SECRET):
        raise error
    assert "s3cret" not in str(told.value)


def test_our_own_mistakes_are_not_hidden() -> None:
    with pytest.raises(MlflowException, match="bad key"), speaking_plainly(SECRET):
        raise RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": "bad key"})
    with pytest.raises(MlflowException, match="local"), speaking_plainly("sqlite:///x.db"):
        raise MlflowException("local trouble")


def test_a_database_is_made_whole_over_the_remains_of_a_killed_one(tmp_path: Path) -> None:
    for name in (".mlflow.db.partial", ".mlflow.db.partial-journal"):
        (tmp_path / name).write_bytes(b"half a database")
    create_database(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mlflow.db"]
    made = (tmp_path / "mlflow.db").stat()
    create_database(tmp_path)
    assert (tmp_path / "mlflow.db").stat() == made
