"""The store, opened by one process at a time, and its runs found again by their tags."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filelock import FileLock, Timeout

from retention.errors import UserError
from retention.tracking.store import backend
from retention.tracking.store.faults import speaking_plainly, tell_foreign
from retention.tracking.store.records import DIGEST, KIND, STUDY, TRIAL, USER, Run
from retention.tracking.store.view import KIND_OF_EXPERIMENT, NOTE, describe_view

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

    Found: TypeAlias = MlflowRun

PARENT = "mlflow.parentRunId"
_PAGE = 1000  # runs at a time


@dataclass(frozen=True)
class Store:
    """An open store."""

    client: "MlflowClient"  # the way to it
    mlruns: Path  # where its lock lies, and the artifacts of a local one
    experiment_id: str = ""  # where the runs are


@contextmanager
def open_store(
    uri: str, mlruns: Path, experiment: str, *, timeout_seconds: float, patience_seconds: float = 300
) -> Iterator[Store]:
    """Open the store for this process alone; two that publish at once take turns.

    The lock lies in `mlruns`, of a server's users on this machine too; an experiment is made if there is none of the
    name. A server may take `timeout_seconds` to say that it is there, another process of ours `patience_seconds` to
    finish. A `UserError` says that the server cannot be reached, the store is taken, or the local one damaged or moved.
    """
    backend.quiet_mlflow()
    if backend.is_server(uri):
        backend.check_server(uri, timeout_seconds)
    mlruns.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(mlruns / ".lock", timeout=patience_seconds):
            if not backend.is_server(uri):
                backend.check_database(mlruns / "mlflow.db")  # before the seconds that the import of mlflow takes
            with speaking_plainly(uri):
                import mlflow

                if not backend.is_server(uri):
                    backend.relax_commits()
                    backend.create_database(mlruns)
                mlflow.set_tracking_uri(uri)  # the local registry resolves models by the global address
                yield open_experiment(Store(mlflow.MlflowClient(uri, uri), mlruns), experiment)
    except Timeout:
        raise UserError(f"{mlruns} is in use by another `retention publish`: wait for it and try again.") from None


def open_experiment(store: Store, name: str, note: str = "") -> Store:
    """Return the open store with another experiment of it; made, and described by `note`, if there is none.

    Its artifacts lie in `mlruns`, or where a server keeps them.
    """
    client, mlruns, uri = store.client, store.mlruns, store.client.tracking_uri
    place = None if backend.is_server(uri) else (mlruns.resolve() / "artifacts" / name).as_uri()
    found = client.get_experiment_by_name(name)
    if found is None:
        return replace(store, experiment_id=client.create_experiment(name, place, KIND_OF_EXPERIMENT | {NOTE: note}))
    if found.name != name:  # a service that answers everything with some JSON
        raise UserError(tell_foreign(uri))
    if place and found.artifact_location != place:
        raise UserError(
            f"{mlruns} was made in another folder ({found.artifact_location}) and MLflow keeps such addresses: "
            "move it back, or delete it and run `dvc repro`, which publishes again."
        )
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return replace(store, experiment_id=str(found.experiment_id))


def put_view(store: Store) -> None:
    """Make the page of the experiment show first what `describe_view` says."""
    known = store.client.get_experiment(store.experiment_id).tags
    for key, value in describe_view().items():
        if known.get(key) != value:
            store.client.set_experiment_tag(store.experiment_id, key, value)


def search_runs(store: Store, tags: Mapping[str, str]) -> "list[Found]":
    """Return all runs that bear the given tags, oldest first."""
    from mlflow.utils import get_results_from_paginated_fn

    query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
    search = partial(store.client.search_runs, [store.experiment_id], query, order_by=["start_time ASC"])
    found: list[Found] = get_results_from_paginated_fn(
        lambda most, token: search(max_results=most, page_token=token), _PAGE
    )
    return found


def create_run(store: Store, run: Run, parent_id: str | None = None) -> "Found":
    """Create a run with its identity in one step: a kill leaves none that is not found again, or taken for whole."""
    tags = {KIND: run.kind, DIGEST: run.digest, "mlflow.source.name": "retention", USER: "retention"}
    tags |= {key: value for key, value in run.tags.items() if key in (STUDY, TRIAL, USER)}
    if parent_id:
        tags[PARENT] = parent_id
    return store.client.create_run(store.experiment_id, tags=tags, run_name=run.name)
