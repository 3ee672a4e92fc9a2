"""The model registry: one version a model file, found again by its sha256, and the aliases."""

import json
from typing import TYPE_CHECKING

from retention.tracking.store.artifacts import put_package
from retention.tracking.store.records import SHA256, Metric, Model
from retention.tracking.store.store import Store

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion

CHALLENGER = "challenger"
CHAMPION = "champion"
_ABOUT = """\
Gives the probability that a customer's activity drops (`decline_probability`).

- **champion** is the version in use: `retention score` and `retention serve` take it.
- **challenger** is the model of the workspace: `retention promote` asks the gate whether it becomes champion.
- **candidate-…** is the model of the DVC experiment of that name: `retention promote --version N` asks about it.
- `retention rollback` returns to the former champion. An alias moved here by hand is not in `retention history`.
- A version's model card: *Source Model* → *Artifacts* → `model_card.md`, in Russian `model_card.ru.md`.
"""
_VERSIONS = "mlflow.modelVersions"  # the tag by which the UI links a logged model with its versions


def put_model(store: Store, name: str, model: Model, run_id: str) -> int:
    """Make a model stand in the registry, and as an output of the run; return its version.

    Parameters
    ----------
    store : Store
        The open store.
    name : str
        The registered model; made if there is none.
    model : Model
        What shall stand there; a version with its sha256 is found again.
    run_id : str
        The pipeline run that the model belongs to.
    """
    logged = _find_logged(store, model.sha256) or _log(store, name, model, run_id)
    put_package(store, logged.model_id, model.package)
    if str(logged.status) != "READY":
        _finish(store, logged, model)
    _link(store, run_id, logged.model_id)
    version = find_version(store, name, model.sha256) or _register(store, name, model, logged)
    for key in model.tags.keys() - version.tags.keys():
        store.client.set_model_version_tag(name, version.version, key, model.tags[key])
    if _VERSIONS not in logged.tags:
        here = json.dumps([{"name": name, "version": int(version.version)}])
        store.client.set_logged_model_tags(logged.model_id, {_VERSIONS: here})
    return int(version.version)


def find_version(store: Store, name: str, sha256: str) -> "ModelVersion | None":
    """Return the version (the first, should there be several) of the model file with this sha256, if any."""
    query = f"name = '{name}' and tags.`{SHA256}` = '{sha256}'"
    versions = store.client.search_model_versions(query)
    return min(versions, key=lambda one: int(one.version), default=None)


def find_aliases(store: Store, name: str) -> dict[str, int]:
    """Return alias → version of a registered model; nothing if there is no such model."""
    found = store.client.search_registered_models(f"name = '{name}'")
    return {alias: int(version) for model in found for alias, version in model.aliases.items()}


def _find_logged(store: Store, sha256: str) -> "LoggedModel | None":
    found = store.client.search_logged_models([store.experiment_id], f"tags.`{SHA256}` = '{sha256}'")
    return min(found, key=lambda one: (one.creation_timestamp, one.model_id), default=None)


def _log(store: Store, name: str, model: Model, run_id: str) -> "LoggedModel":
    tags = {SHA256: model.sha256, **model.tags}
    return store.client.create_logged_model(
        store.experiment_id, name, run_id, tags, dict(model.params), model_type="classifier"
    )


def _finish(store: Store, logged: "LoggedModel", model: Model) -> None:
    from mlflow import entities

    run = store.client.get_run(logged.source_run_id)
    metrics = [_of_model(one, run.info.start_time, logged.model_id) for one in model.metrics]
    store.client.log_batch(logged.source_run_id, metrics=metrics)
    store.client.finalize_logged_model(logged.model_id, entities.LoggedModelStatus.READY)


def _of_model(metric: Metric, timestamp: int, model_id: str) -> "object":
    from mlflow.entities import Metric as MlflowMetric

    return MlflowMetric(metric.key, metric.value, timestamp, metric.step, model_id=model_id)


def _link(store: Store, run_id: str, model_id: str) -> None:
    from mlflow.entities import LoggedModelOutput

    outputs = store.client.get_run(run_id).outputs
    linked = {output.model_id for output in outputs.model_outputs} if outputs else set()
    if model_id not in linked:
        store.client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])


def _register(store: Store, name: str, model: Model, logged: "LoggedModel") -> "ModelVersion":
    if not store.client.search_registered_models(f"name = '{name}'"):
        store.client.create_registered_model(name, description=_ABOUT)
    return store.client.create_model_version(
        name,
        f"models:/{logged.model_id}",
        logged.source_run_id,
        tags={SHA256: model.sha256, **model.tags},
        description=model.description,
        model_id=logged.model_id,
    )
