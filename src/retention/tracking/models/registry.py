"""The model registry: a version a model file, found again by its sha256; the aliases; the files, checked before use."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retention.errors import UserError
from retention.tracking.store.digest import check_seal
from retention.tracking.store.fill import put_package
from retention.tracking.store.records import CUSTOMERS_MD5, DATA_MD5, MONTHS, RULES, SHA256, SHOP, Model
from retention.tracking.store.store import Store, search_runs

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

    A registered model `name` is made if there is none, a version with the sha256 is found again; `run_id` is the
    pipeline run that it belongs to.
    """
    logged = _find_or_log(store, name, model, run_id)
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


def _find_or_log(store: Store, name: str, model: Model, run_id: str) -> "LoggedModel":
    found = store.client.search_logged_models([store.experiment_id], f"tags.`{SHA256}` = '{model.sha256}'")
    if found:
        return min(found, key=lambda one: (one.creation_timestamp, one.model_id))
    tags = {SHA256: model.sha256, **model.tags}
    return store.client.create_logged_model(
        store.experiment_id, name, run_id, tags, dict(model.params), model_type="classifier"
    )


def _finish(store: Store, logged: "LoggedModel", model: Model) -> None:
    from mlflow import entities

    run = store.client.get_run(logged.source_run_id)
    start, of = run.info.start_time, logged.model_id
    metrics = [entities.Metric(one.key, one.value, start, one.step, model_id=of) for one in model.metrics]
    store.client.log_batch(logged.source_run_id, metrics=metrics)
    store.client.finalize_logged_model(logged.model_id, entities.LoggedModelStatus.READY)


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


MODEL_FILE = "data/model.skops"  # within the package


@dataclass(frozen=True)
class Version:
    """A version of the registered model."""

    name: str  # the registered model
    number: int
    sha256: str  # of its file, by the registry
    run_id: str  # the pipeline run that made it
    data_md5: str  # of the data it was made from, by DVC; ``unknown`` without DVC
    shop: str  # whose customers these are (`name_shop`),
    customers_md5: str  # and what DVC knows their table by; empty if published without
    months: str  # the first and last month that it was made from; empty if they are undated
    aliases: tuple[str, ...]
    description: str
    metrics: Mapping[str, float]  # of its run


def list_versions(store: Store, name: str) -> list[Version]:
    """Return all versions, the oldest first; none if there is no such model."""
    aliases = find_aliases(store, name)
    found = store.client.search_model_versions(f"name = '{name}'", max_results=1000)
    return [_describe(store, one, aliases) for one in sorted(found, key=lambda one: int(one.version))]


def find_by_alias(store: Store, name: str, alias: str) -> Version | None:
    """Return the version that bears an alias, if there is one."""
    aliases = find_aliases(store, name)
    number = aliases.get(alias)
    return None if number is None else _describe(store, store.client.get_model_version(name, str(number)), aliases)


def _describe(store: Store, found: "ModelVersion", aliases: Mapping[str, int]) -> Version:
    number = int(found.version)
    return Version(
        name=found.name,
        number=number,
        sha256=found.tags.get(SHA256, ""),
        run_id=found.run_id or "",
        data_md5=found.tags.get(DATA_MD5, "unknown"),
        shop=found.tags.get(SHOP, ""),
        customers_md5=found.tags.get(CUSTOMERS_MD5, ""),
        months=found.tags.get(MONTHS, ""),
        aliases=tuple(sorted(alias for alias, bearer in aliases.items() if bearer == number)),
        description=found.description or "",
        metrics=dict(store.client.get_run(found.run_id).data.metrics) if found.run_id else {},
    )


def read_model_bytes(store: Store, version: Version) -> bytes:
    """Return the content of a version's model file, after comparing it with the sha256 that the registry keeps.

    Raises
    ------
    UserError
        If the file is missing or is not the one that was registered. Nothing of it has run then.
    """
    content = _download(store, f"models:/{version.name}/{version.number}/{MODEL_FILE}", f"version {version.number}")
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise UserError(
            f"The model file of {version.name} version {version.number} is not the one that was registered (its sha256 "
            "differs): nothing of it was loaded; `retention rollback` returns to the former champion, and publishing "
            "into an emptied store makes the file again."
        )
    return content


def find_rules_run(store: Store, version: Version, rules: str) -> str:
    """Return the run of this shop that was made with the segments and offers of the digest `rules`.

    Rules are numbers of the shop's customers, not of a model: of several runs the latest of the version's own model
    counts, else the latest of any; the run that the version was registered by, if there is none.
    """
    found = search_runs(store, {SHOP: version.shop, RULES: rules})
    own = [run for run in found if run.data.tags.get(SHA256) == version.sha256]
    return str((own or found)[-1].info.run_id) if found else version.run_id


def read_run_file(store: Store, version: Version, path: str, run_id: str = "") -> bytes:
    """Return a sealed file that was published with a run of a version, by default the one that registered it.

    Raises
    ------
    UserError
        If it is not there, or is not the one that was published.
    """
    owner, run_id = f"version {version.number}", run_id or version.run_id
    content = _download(store, f"runs:/{run_id}/{path}", owner)
    check_seal(store.client.get_run(run_id).data.tags, path, content, owner)
    return content


def _download(store: Store, uri: str, owner: str) -> bytes:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    name = uri.rpartition("/")[2]
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = Path(download_artifacts(uri, dst_path=folder, tracking_uri=store.client.tracking_uri))
            return path.read_bytes()
        except (MlflowException, OSError) as error:
            absent = getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST" or "404 Client Error" in str(error)
            if not (absent or isinstance(error, FileNotFoundError)):  # a store or a disk that fails
                raise
            raise UserError(
                f"{name} of {owner} is not in MLflow's store any more: publish that model again, or promote another."
            ) from None
