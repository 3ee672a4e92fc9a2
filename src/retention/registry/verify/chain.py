"""From the exports to the artifacts: what ``dvc.yaml`` declares and ``dvc.lock`` records, each digest computed again.

DVC itself believes a file whose time stamp and size are as before.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from retention.errors import UserError
from retention.intake.versioning import Pointer, find_cache, read_pointer
from retention.paths import Paths
from retention.registry.verify.link import UnprovenError, need
from retention.settings import check_params
from retention.tracking.provenance import ask_git
from retention.tracking.store.digest import hash_file

Kind = TypeVar("Kind", bound=BaseModel)


class Recorded(BaseModel):
    """A stage as it was run last."""

    cmd: str
    deps: list[Pointer] = []
    outs: list[Pointer] = []
    params: dict[str, dict[str, JsonValue]] = {}


class Declared(BaseModel):
    """A stage as it is to be run."""

    cmd: str
    deps: list[str] = []
    outs: list[str | dict[str, JsonValue]] = []
    metrics: list[str | dict[str, JsonValue]] = []

    @property
    def made(self) -> list[str]:
        """Return the paths of its outputs."""
        return [entry if isinstance(entry, str) else next(iter(entry)) for entry in (*self.outs, *self.metrics)]


class Pipeline:
    """What is declared and recorded in a project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.declared = _read_stages(root / "dvc.yaml", Declared)

    @cached_property
    def recorded(self) -> dict[str, Recorded]:
        """Return each declared stage as it was run last, in that order; an `UnprovenError` if one never was."""
        lock = self.root / "dvc.lock"
        known = _read_stages(lock, Recorded) if lock.exists() else {}
        if missing := [name for name in self.declared if name not in known]:
            lacks = f"dvc.lock knows no stage {', '.join(missing)}"
            raise UnprovenError(lacks if lock.exists() else "there is no dvc.lock")
        return {name: known[name] for name in self.declared}

    @cached_property
    def cache(self) -> Path | None:
        """Return the folder of DVC's cache."""
        return find_cache(self.root)

    def find_object(self, md5: str) -> Path | None:
        """Return where the cache keeps the content with this digest, if it does."""
        path = self.cache / md5[:2] / md5[2:] if self.cache and md5 else None
        return path if path and path.is_file() else None

    def list_objects(self, output: Pointer) -> dict[str, str]:
        """Return the digest of each file of an output, as its object in the cache tells; itself if it is a file."""
        if not output.md5.endswith(".dir"):
            return {output.path: output.md5}
        kept = self.find_object(output.md5)
        if kept is None or f"{hash_file(kept, 'md5')}.dir" != output.md5:
            return {}
        return {f"{output.path}/{one['relpath']}": one["md5"] for one in json.loads(kept.read_bytes())}

    def name_changed(self, output: Pointer) -> str:
        """Return the first file of an output that is not the one recorded, the output itself if that is not known."""
        for path, md5 in self.list_objects(output).items():
            if not (self.root / path).is_file() or hash_file(self.root / path, "md5") != md5:
                return path
        return output.path


def read_yaml(path: Path) -> Any:
    """Return what a file of DVC holds, read as DVC reads it: YAML 1.2, where `no` is a word."""
    from dvc.utils.serialize import YAMLFileCorruptedError, parse_yaml

    try:
        return parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except (YAMLFileCorruptedError, UnicodeDecodeError):
        raise UserError(f"{path.name} is not YAML") from None


def _read_stages(path: Path, kind: type[Kind]) -> dict[str, Kind]:
    try:
        return {name: kind.model_validate(stage) for name, stage in read_yaml(path)["stages"].items()}
    except FileNotFoundError:
        raise UserError(f"{path.name} is not in {path.parent}: change to the project's folder") from None
    except (ValidationError, LookupError, TypeError, AttributeError):
        raise UserError(f"{path.name} is not what DVC writes") from None


def hash_path(path: Path) -> str:
    """Return the md5 by which DVC knows a file, or a folder: that of the list of its files."""
    if path.is_file():
        return hash_file(path, "md5")
    listed = [
        {"md5": hash_file(file, "md5"), "relpath": file.relative_to(path).as_posix()}
        for file in path.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    ]
    listed.sort(key=lambda one: one["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def check_exports(pipeline: Pipeline) -> str:
    """Compare ``data/`` with ``data.dvc`` and ``dvc.lock``."""
    need(pipeline.root / "data", pipeline.root / "data.dvc")
    data, found = read_pointer(pipeline.root / "data.dvc"), hash_path(pipeline.root / "data")
    if found != data.md5:
        raise UserError(f"{pipeline.name_changed(data)} is not what data.dvc names")
    for name, stage in pipeline.recorded.items():
        if any(one.path == "data" and one.md5 != found for one in stage.deps):
            raise UserError(f"by dvc.lock, stage {name} was run on other exports than those of data.dvc")
    return f"data/ is what data.dvc and dvc.lock name, {found[:12]}"


def check_settings(pipeline: Pipeline, paths: Paths) -> str:
    """Compare ``params.yaml`` with what each stage was run with, and with ``conf/``."""
    present = read_yaml(paths.params)
    for name, stage in pipeline.recorded.items():
        for key, value in stage.params.get(paths.params.name, {}).items():
            if _look_up(present, key) != value:
                raise UserError(f"by dvc.lock, stage {name} was run with another {key} than {paths.params.name} has")
    try:
        check_params(paths.conf, paths.params)
    except UserError as error:
        raise UnprovenError(f"params.yaml is what the stages were run with, but {error}") from None
    return "params.yaml is what conf/ gives and each stage was run with"


def _look_up(content: Any, key: str) -> object:
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def check_code(pipeline: Pipeline) -> str:
    """Compare ``src/`` and ``dvc.yaml`` with what each stage was run by, and with the commit."""
    for name, stage in pipeline.recorded.items():
        declared = pipeline.declared[name]
        named = (stage.cmd, {one.path for one in stage.deps}, {one.path for one in stage.outs})
        if named != (declared.cmd, set(declared.deps), set(declared.made)):
            raise UserError(f"stage {name} is another one in dvc.lock than in dvc.yaml")
        for one in stage.deps:
            if one.path.startswith("src/") and hash_path(pipeline.root / one.path) != one.md5:
                raise UserError(f"stage {name} was run by another {one.path} than is here")
    commit = _check_committed(pipeline.root, "src", "conf", "dvc.yaml", "pyproject.toml", "requirements.lock")
    return f"src/ and dvc.yaml are what each stage was run by, and those of commit {commit}"


def _check_committed(root: Path, *names: str) -> str:
    commit = ask_git(root, "rev-parse", "--short=12", "HEAD")
    if not commit:
        raise UnprovenError("it fits, but there is no git commit here to compare it with")
    if changed := ask_git(root, "status", "--porcelain", "--", *names):
        first = changed.splitlines()[0].split()[-1]
        raise UnprovenError(f"it fits, but {first} is not as in commit {commit}: nobody vouches for it")
    return commit


def check_lock(pipeline: Pipeline) -> str:
    """Look whether what a stage read is what the stage before it wrote, by ``dvc.lock`` itself and the commit."""
    try:
        recorded = pipeline.recorded
    except UnprovenError as error:
        raise UserError(f"{error}: the chain was not run to its end here, or git did not keep the file") from None
    made = {one.path: (name, one.md5) for name, stage in recorded.items() for one in stage.outs}
    for name, stage in recorded.items():
        for one in stage.deps:
            maker, md5 = made.get(one.path, ("", one.md5))
            if md5 != one.md5:
                raise UserError(f"stage {name} read another {one.path} than stage {maker} wrote: the lock was mixed")
    commit = _check_committed(pipeline.root, "dvc.lock", "data.dvc", "params.yaml")
    return f"what each stage read is what the one before it wrote; it is that of commit {commit}"


def check_stages(pipeline: Pipeline) -> str:
    """Compare every output with what ``dvc.lock`` records."""
    outputs = list(_list_outputs(pipeline))
    for name, one in outputs:
        if (pipeline.root / one.path).exists() and hash_path(pipeline.root / one.path) != one.md5:
            raise UserError(f"{pipeline.name_changed(one)} is not what stage {name} wrote by dvc.lock")
    need(*(pipeline.root / one.path for _, one in outputs))
    return f"{len(outputs)} outputs of {len(pipeline.recorded)} stages are what dvc.lock names"


def _list_outputs(pipeline: Pipeline) -> Iterator[tuple[str, Pointer]]:
    """Yield stage and output, but for the receipt, which is of a store and not of the run."""
    return ((name, one) for name, stage in pipeline.recorded.items() if name != "publish" for one in stage.outs)


def check_cache(pipeline: Pipeline) -> str:
    """Compute the digest of every object of the run in DVC's cache, which DVC takes for good as it lies there."""
    looked_at = 0
    for output in (read_pointer(pipeline.root / "data.dvc"), *(one for _, one in _list_outputs(pipeline))):
        folder = {output.path: output.md5} if output.md5.endswith(".dir") else {}
        for path, md5 in (folder | pipeline.list_objects(output)).items():
            if kept := pipeline.find_object(md5):
                looked_at += 1
                if hash_file(kept, "md5") != md5.removesuffix(".dir"):
                    shown = kept.relative_to(pipeline.root) if kept.is_relative_to(pipeline.root) else kept
                    raise UserError(
                        f"the object of {path} in DVC's cache is rotten: delete {shown}, and "
                        "`dvc commit` puts it back from the file, or `dvc pull` from a remote"
                    )
    if not looked_at:
        raise UnprovenError("DVC's cache holds nothing of this run")
    return f"{looked_at} objects of this run in DVC's cache have the content that they are named by"
