"""Where the store is, what happens when a server is away, and where its credentials go."""

import socket
import time
from pathlib import Path

import pytest

from retention.errors import UserError
from retention.tracking.store.backend import check_server, create_database, find_store


def test_the_local_store_is_in_mlruns_whatever_the_environment_says(tmp_path: Path) -> None:
    uri = find_store("local", tmp_path / "mlruns", {"MLFLOW_TRACKING_URI": "http://elsewhere"})
    assert uri == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


@pytest.mark.parametrize("address", ["", "sqlite:///x.db", "mlruns"])
def test_a_server_needs_an_address(address: str) -> None:
    with pytest.raises(UserError, match="set MLFLOW_TRACKING_URI"):
        find_store("server", Path(), {"MLFLOW_TRACKING_URI": address})


def test_credentials_leave_the_address_for_where_mlflow_looks() -> None:
    environ = {"MLFLOW_TRACKING_URI": "https://us%40er:s3%2Fcret@host:5000/mlflow/", "MLFLOW_TRACKING_USERNAME": "old"}
    for _ in range(2):
        assert find_store("server", Path(), environ) == "https://host:5000/mlflow"
    assert (environ["MLFLOW_TRACKING_USERNAME"], environ["MLFLOW_TRACKING_PASSWORD"]) == ("us@er", "s3/cret")


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"MLflow at http://127\.0\.0\.1:9/mlflow cannot be reached"):
        check_server("http://127.0.0.1:9/mlflow", 3)


def test_a_server_that_does_not_answer_costs_the_time_out_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(UserError, match="cannot be reached"):
            check_server(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.5)
        assert time.monotonic() - start < 2


def test_a_database_is_made_whole_over_the_remains_of_a_killed_one(tmp_path: Path) -> None:
    for name in (".mlflow.db.partial", ".mlflow.db.partial-journal"):
        (tmp_path / name).write_bytes(b"half a database")
    create_database(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mlflow.db"]
    made = (tmp_path / "mlflow.db").stat()
    create_database(tmp_path)
    assert (tmp_path / "mlflow.db").stat() == made
