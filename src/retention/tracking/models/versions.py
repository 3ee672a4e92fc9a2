"""Versions of the registered model: what stands there, and their files, checked before anything is loaded."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retention.errors import UserError
from retention.tracking.models.registry import find_aliases
from retention.tracking.store.records import CUSTOMERS_MD5, RULES, SHA256, SHOP
from retention.tracking.store.seal import check_seal
from retention.tracking.store.store import Store, search_runs

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

MODEL_FILE = "data/model.skops"  # within the package


@dataclass(frozen=True)
class Version:
    """A version of the registered model.

    Parameters
    ----------
    name : str
        The registered model.
    number : int
    sha256 : str
        Of its file, by the registry.
    run_id : str
        The pipeline run that made it.
    data_md5 : str
        Of the data it was made from, by DVC; ``unknown`` without DVC.
    shop, customers_md5 : str
        Whose customers these are (`name_shop`), and what DVC knows their table by; empty if published without.
    aliases : tuple of str
    description : str
    metrics : mapping of str to float
        Of its run.
    """

    name: str
    number: int
    sha256: str
    run_id: str
    data_md5: str
    shop: str
    customers_md5: str
    aliases: tuple[str, ...]
    description: str
    metrics: Mapping[str, float]


def list_versions(store: Store, name: str) -> list[Version]:
    """Return all versions, the oldest first; none if there is no such model."""
    if not store.client.search_registered_models(f"name = '{name}'"):
        return []
    aliases = find_aliases(store, name)
    found = store.client.search_model_versions(f"name = '{name}'", max_results=1000)
    return [_describe(store, one, aliases) for one in sorted(found, key=lambda one: int(one.version))]


def find_by_alias(store: Store, name: str, alias: str) -> Version | None:
    """Return the version that bears an alias, if there is one."""
    if not store.client.search_registered_models(f"name = '{name}'"):
        return None
    aliases = find_aliases(store, name)
    if alias not in aliases:
        return None
    return _describe(store, store.client.get_model_version(name, str(aliases[alias])), aliases)


def _describe(store: Store, found: "ModelVersion", aliases: Mapping[str, int]) -> Version:
    number = int(found.version)
    return Version(
        name=found.name,
        number=number,
        sha256=found.tags.get(SHA256, ""),
        run_id=found.run_id or "",
        data_md5=found.tags.get("retention.data_md5", "unknown"),
        shop=found.tags.get(SHOP, ""),
        customers_md5=found.tags.get(CUSTOMERS_MD5, ""),
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
            if not _is_absence(error):
                raise
            raise UserError(
                f"{name} of {owner} is not in MLflow's store any more: publish that model again, or promote another."
            ) from None


def _is_absence(error: Exception) -> bool:
    """Return whether a download failed because nothing is there, not because of a store or a disk that fails."""
    code = getattr(error, "error_code", "")
    return isinstance(error, FileNotFoundError) or code == "RESOURCE_DOES_NOT_EXIST" or "404 Client Error" in str(error)
