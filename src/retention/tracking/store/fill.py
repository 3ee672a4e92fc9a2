"""Performing records: a run gets what it lacks, and nothing twice."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from retention.tracking.store.artifacts import put_artifacts
from retention.tracking.store.records import (
    COMPLETE,
    DIGEST,
    KIND,
    STUDY,
    Content,
    Dataset,
    File,
    Metric,
    Param,
    Run,
    Tag,
)
from retention.tracking.store.store import PARENT, Store, create_run, find_or_create, search_runs

if TYPE_CHECKING:
    from mlflow.entities import Run as Found

_BATCH = {"params": 100, "metrics": 800, "tags": 99}  # MLflow takes 100, 1000 and 100, and 1000 together


def put_run(store: Store, run: Run, parent_id: str | None = None) -> str:
    """Make a run and its children stand in the store as described; return the run's id.

    What is there stays; what is missing, or was left half-written by a killed process, is completed. The tag
    `COMPLETE` comes last. A search that several runs of the pipeline share stays with the first of them.
    """
    found = find_or_create(store, run, parent_id)
    run_id = str(found.info.run_id)
    if parent_id and not _has_parent(store, found):
        store.client.set_tag(run_id, PARENT, parent_id)
    if run.kind == "pipeline":
        for search in run.children:
            put_run(store, search, run_id)
    else:
        put_trials(store, run_id, run.children)
    if _covered(found) <= run.extent:  # else a longer search stands there already
        _fill(store, found, run)
    return run_id


def _has_parent(store: Store, found: "Found") -> bool:
    """Return whether a run lies in another one that nobody has deleted."""
    parent = found.data.tags.get(PARENT)
    return bool(parent) and bool(store.client.search_runs([store.experiment_id], f"attributes.run_id = '{parent}'"))


def put_trials(store: Store, parent_id: str, trials: Sequence[Run]) -> None:
    """Make the trials of one study stand under `parent_id`."""
    if not trials:
        return
    study = trials[0].digest.rpartition(":")[0]
    found = {run.data.tags[DIGEST]: run for run in search_runs(store, {KIND: "trial", STUDY: study})}
    for trial in trials:
        present = found.get(trial.digest)
        if present is None or not _covered(present):
            _fill(store, present or create_run(store, trial, parent_id), trial)
        if present and present.data.tags.get(PARENT) != parent_id:  # somebody deleted its parent
            store.client.set_tag(present.info.run_id, PARENT, parent_id)


def _covered(found: "Found") -> int:
    return int(found.data.tags.get(COMPLETE, 0))


def _fill(store: Store, found: "Found", run: Run) -> None:
    """Add to a run what it lacks of its description, then mark it as complete."""
    run_id, covered = found.info.run_id, _covered(found)
    grows = 0 < covered < run.extent
    put_artifacts(store, run_id, [one for one in run.records if isinstance(one, File | Content)], replace=grows)
    _put_datasets(store, run_id, [one for one in run.records if isinstance(one, Dataset)])
    if covered < run.extent:
        end = found.info.start_time + round(1000 * (run.seconds or 0))
        store.client.set_terminated(run_id, "FAILED" if run.failed else "FINISHED", end)
    missing = _find_missing(found, run, grows)
    for batch in _split(missing):
        store.client.log_batch(run_id, **batch)


def _find_missing(found: "Found", run: Run, grows: bool) -> dict[str, list[Any]]:
    """Return the parameters, metrics and tags that a run lacks; one that grows also gets its tags renewed.

    Metrics bear the time of the run's start: MLflow keeps one row for the same key, step, time and value, so that
    logging all of them again changes nothing.
    """
    from mlflow import entities

    known = found.data
    params = {one.key: one.value[:6000] for one in run.records if isinstance(one, Param)}
    metrics = [one for one in run.records if isinstance(one, Metric)]
    tags = {one.key: one.value for one in run.records if isinstance(one, Tag)}
    if not grows:
        tags = {key: value for key, value in tags.items() if key not in known.tags}
    if _covered(found) == run.extent and {one.key for one in metrics} <= known.metrics.keys():
        metrics = []
    if _covered(found) < run.extent:
        tags[COMPLETE] = str(run.extent)
    return {
        "params": [entities.Param(key, value) for key, value in params.items() if key not in known.params],
        "metrics": [entities.Metric(one.key, one.value, found.info.start_time, one.step) for one in metrics],
        "tags": [entities.RunTag(key, value) for key, value in tags.items()],
    }


def _split(missing: dict[str, list[Any]]) -> Iterator[dict[str, list[Any]]]:
    """Yield what is missing in batches that MLflow takes; the last tag, `COMPLETE`, is in the last batch."""
    *first, last = missing["tags"] or [None]
    rest = {**missing, "tags": first}
    while any(len(rest[name]) > size for name, size in _BATCH.items()):
        yield {name: rest[name][:size] for name, size in _BATCH.items()}
        rest = {name: rest[name][size:] for name, size in _BATCH.items()}
    batch = {**rest, "tags": [*rest["tags"], *([last] if last else [])]}
    if any(batch.values()):
        yield batch


def _put_datasets(store: Store, run_id: str, datasets: Sequence[Dataset]) -> None:
    import json

    from mlflow.entities import Dataset as MlflowDataset
    from mlflow.entities import DatasetInput, InputTag

    for one in datasets:
        columns = [{"name": name, "type": kind, "required": True} for name, kind in one.columns.items()]
        schema = json.dumps({"mlflow_colspec": columns})
        source = json.dumps({"uri": one.source})
        entity = MlflowDataset(one.name, one.digest, "local", source, schema, json.dumps({"num_rows": one.rows}))
        tags = [InputTag("mlflow.data.context", "training")]
        store.client.log_inputs(run_id, [DatasetInput(entity, tags)])
