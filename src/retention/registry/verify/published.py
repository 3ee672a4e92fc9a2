"""What stands in MLflow against the artifacts that it was published from."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from retention.errors import UserError
from retention.paths import Paths
from retention.registry.verify.link import UnprovenError, find_difference, need
from retention.settings import Settings
from retention.stages.publish import list_outputs, list_shown, read_summaries
from retention.tracking.models.ledger import open_registry
from retention.tracking.models.registry import Version, list_versions, read_model_bytes
from retention.tracking.store.digest import check_seal, is_sealed
from retention.tracking.store.records import DIGEST, KIND
from retention.tracking.store.store import Store, search_runs

if TYPE_CHECKING:
    from retention.tracking.store.store import Found


def check_registry(settings: Settings, paths: Paths, asked: str) -> str:
    """Compare the run, its files and figures, and the version of the model with the artifacts that are here.

    `asked` is a version's number or the first signs of a run's id; empty for what was published of these artifacts.
    """
    need(*list_outputs(paths))
    with ExitStack() as opened:
        try:
            store, _ = opened.enter_context(open_registry(settings.tracking, paths.mlruns))
        except (UserError, OSError) as error:  # a store that is missing, moved, silent or not ours to write
            raise UnprovenError(str(error)) from None
        content = read_summaries(settings, paths)
        versions = list_versions(store, settings.tracking.model)
        if asked.isdecimal() and len(asked) < 8:
            return _check_version(
                store, next((one for one in versions if str(one.number) == asked), None), asked, paths
            )
        run = _find_run(store, asked, content.digest)
        if run.data.tags[DIGEST] != content.digest:
            raise UserError(
                f"run {asked} was published of other artifacts than those here: {_tell_origin(run.data.tags)}"
            )
        _compare_files(store, run, paths)
        for one in content.measure():
            if (said := run.data.metrics.get(one.key)) != one.value:
                raise UserError(f"the run's {one.key} is {said}, where the artifacts give {one.value}")
        own = next((one for one in versions if one.sha256 == content.sha256), None)
        return f"run {run.info.run_id[:8]} has the files and figures of these artifacts; " + _check_version(
            store, own, "of this model", paths
        )


def _find_run(store: Store, asked: str, digest: str) -> "Found":
    runs = search_runs(store, {KIND: "pipeline"} if asked else {KIND: "pipeline", DIGEST: digest})
    found = [run for run in runs if run.info.run_id.startswith(asked)]
    if asked and len(found) != 1:
        raise UserError(f"{len(found)} runs of the pipeline have an id that begins with {asked}")
    if not found:
        raise UnprovenError("these artifacts were not published in this store (`retention publish`)")
    return found[0]


def _tell_origin(tags: Mapping[str, str]) -> str:
    commit, data = tags.get("mlflow.source.git.commit", "unknown"), tags.get("retention.data_md5", "unknown")
    return f"it is of commit {commit[:12]} and exports {data[:12]}; check that commit out, and `dvc checkout`"


def _compare_files(store: Store, run: "Found", paths: Paths) -> None:
    """Compare each file of a run that is an artifact, and the settings, with those here."""
    with TemporaryDirectory() as folder:
        kept = Path(store.client.download_artifacts(run.info.run_id, "", folder))
        for file in sorted(path for path in kept.rglob("*") if path.is_file()):
            place = file.relative_to(kept)
            here = paths.params if place.as_posix() == "settings.yaml" else paths.artifacts / place
            if here.exists() and (told := find_difference(here, file)):
                raise UserError(f"in MLflow's run, {told}")
            if is_sealed(run.data.tags, place.as_posix()):
                check_seal(run.data.tags, place.as_posix(), file.read_bytes(), "the run")
        names = ["settings.yaml", *(path.relative_to(paths.artifacts).as_posix() for path in list_shown(paths))]
        if missing := [name for name in names if not (kept / name).exists()]:
            raise UserError(f"MLflow's run has lost {missing[0]}")


def _check_version(store: Store, version: Version | None, asked: str, paths: Paths) -> str:
    if version is None:
        raise UserError(f"the registry has no version {asked}")
    if read_model_bytes(store, version) != paths.model.read_bytes():
        tags = store.client.get_run(version.run_id).data.tags
        raise UserError(f"version {version.number} is another model than the one here: {_tell_origin(tags)}")
    roles = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return f"version {version.number}{roles} is this very model"
