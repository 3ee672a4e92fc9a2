"""Performing records: a run gets what it lacks, and nothing twice."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retention.tracking.store.records import COMPLETE, DIGEST, KIND, STUDY, Dataset, File, Metric, Run
from retention.tracking.store.store import PARENT, Store, create_run, search_runs

if TYPE_CHECKING:
    from mlflow import entities
    from mlflow.entities import Run as Found

    Listing = Callable[[str | None], list[entities.FileInfo]]


def put_package(store: Store, model_id: str, package: Path) -> None:
    """Make the files of a model's folder stand among the artifacts of a logged model."""
    files = [File.within(package, path) for path in sorted(package.rglob("*")) if path.is_file()]
    client = store.client
    for one in _find_absent(files, lambda folder: client.list_logged_model_artifacts(model_id, folder)):
        client.log_model_artifact(model_id, str(one.source), one.folder or None)


def _find_absent(files: Sequence[File], listing: "Listing") -> list[File]:
    """Return the files that are not there; one is there if one of its name and size is, since it means the same."""
    found = [info for folder in sorted({one.folder for one in files}) for info in listing(folder or None)]
    sizes = {info.path: int(info.file_size or 0) for info in found if not info.is_dir}
    return [one for one in files if sizes.get(one.path) != one.source.stat().st_size]


_MOST = 800  # metrics at a time, beside some parameters and tags; MLflow takes 1000 of all


def put_run(store: Store, run: Run, parent_id: str | None = None) -> str:
    """Make a run and its children stand in the store as described; return the run's id.

    What is there stays; what is missing, or was left half-written by a killed process, is completed. The tag
    `COMPLETE` comes last. A search that several runs of the pipeline share stays with the first of them.
    """
    found, *surplus = search_runs(store, {KIND: run.kind, DIGEST: run.digest}) or [create_run(store, run, parent_id)]
    run_id = str(found.info.run_id)
    for one in surplus:  # two machines published to one server at the same moment: they hold the same
        store.client.delete_run(one.info.run_id)
    if parent_id and not _has_parent(store, found):
        store.client.set_tag(run_id, PARENT, parent_id)
    if run.kind == "search":
        _put_trials(store, run_id, run)
    else:
        for search in run.children:
            put_run(store, search, run_id)
    if _covered(found) <= run.extent:  # else a longer search stands there already
        _fill(store, found, run)
    return run_id


def _has_parent(store: Store, found: "Found") -> bool:
    """Return whether a run lies in another one that nobody has deleted."""
    parent = found.data.tags.get(PARENT)
    return bool(parent) and bool(store.client.search_runs([store.experiment_id], f"attributes.run_id = '{parent}'"))


def _put_trials(store: Store, parent_id: str, search: Run) -> None:
    """Make the trials of a search stand under `parent_id`."""
    found = {run.data.tags[DIGEST]: run for run in search_runs(store, {KIND: "trial", STUDY: search.digest})}
    for trial in search.children:
        present = found.get(trial.digest) or create_run(store, trial, parent_id)
        if not _covered(present):
            _fill(store, present, trial)
        if present.data.tags.get(PARENT) != parent_id:  # somebody deleted its parent
            store.client.set_tag(present.info.run_id, PARENT, parent_id)


def _covered(found: "Found") -> int:
    return int(found.data.tags.get(COMPLETE, 0))


def _fill(store: Store, found: "Found", run: Run) -> None:
    """Add to a run what it lacks of its description, and mark it as complete; if it covered too little, renew its tags.

    Metrics bear the time of the run's start: MLflow keeps one row for the same key, step, time and value, so that
    logging all of them again changes nothing.
    """
    from mlflow import entities

    known, run_id, start, covered = found.data, found.info.run_id, found.info.start_time, _covered(found)
    absent = _find_absent(run.files, lambda folder: store.client.list_artifacts(run_id, folder))
    for one in run.files if 0 < covered < run.extent else absent:
        store.client.log_artifact(run_id, str(one.source), one.folder or None)
    _put_datasets(store, run_id, run.datasets)
    tags = {key: value for key, value in run.tags.items() if key not in known.tags}
    if covered < run.extent:
        end = start + round(1000 * (run.seconds or 0))
        store.client.set_terminated(run_id, "FAILED" if run.failed else "FINISHED", end)
        tags = {key: value for key, value in run.tags.items() if known.tags.get(key) != value}
        tags[COMPLETE] = str(run.extent)
    logged = covered == run.extent and {one.key for one in run.metrics} <= known.metrics.keys()
    told = [] if logged else [*run.metrics]
    if run.kind == "campaign":
        told += _list_changed(store, found, run)
    metrics = [entities.Metric(one.key, one.value, start, one.step) for one in told]
    while len(metrics) > _MOST:
        store.client.log_batch(run_id, metrics[:_MOST])
        metrics = metrics[_MOST:]
    params = [entities.Param(key, value[:6000]) for key, value in run.params.items() if key not in known.params]
    store.client.log_batch(run_id, metrics, params, [entities.RunTag(key, value) for key, value in tags.items()])


def _list_changed(store: Store, found: "Found", run: Run) -> list[Metric]:
    """Return what a campaign's metrics are by labels that came later, each as a further step after what stood there."""
    known, history = found.data.metrics, store.client.get_metric_history
    changed = [one for one in run.metrics if known.get(one.key, one.value) != one.value]
    return [replace(one, step=len(history(found.info.run_id, one.key))) for one in changed]


def _put_datasets(store: Store, run_id: str, datasets: Sequence[Dataset]) -> None:
    from mlflow import entities

    for one in datasets:
        columns = [{"name": name, "type": kind, "required": True} for name, kind in one.columns.items()]
        told = ({"uri": one.source}, {"mlflow_colspec": columns}, {"num_rows": one.rows})
        entity = entities.Dataset(one.name, one.digest, "local", *map(json.dumps, told))
        tags = [entities.InputTag("mlflow.data.context", "training")]
        store.client.log_inputs(run_id, [entities.DatasetInput(entity, tags)])
