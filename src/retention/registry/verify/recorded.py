"""What ``dvc.yaml`` declares and ``dvc.lock`` records, and digests as DVC computes them, from the bytes each time.

DVC itself believes a file whose time stamp and size are as before.
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from retention.errors import UserError
from retention.intake.versioning import find_cache, read_pointer
from retention.tracking.store.digest import hash_md5

Kind = TypeVar("Kind", bound=BaseModel)


class Output(BaseModel):
    """A file or folder with its digest."""

    path: str
    md5: str = ""


class Recorded(BaseModel):
    """A stage as it was run last."""

    cmd: str
    deps: list[Output] = []
    outs: list[Output] = []
    params: dict[str, dict[str, JsonValue]] = {}


class _Lock(BaseModel):
    stages: dict[str, Recorded]


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


class _Pipeline(BaseModel):
    stages: dict[str, Declared]


class Pipeline:
    """What is declared and recorded in a project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.declared = _read(root / "dvc.yaml", _Pipeline).stages

    @cached_property
    def recorded(self) -> dict[str, Recorded]:
        """Return each declared stage as it was run last, in the order of ``dvc.yaml``.

        Raises
        ------
        UserError
            If one was never run.
        """
        known = _read(self.root / "dvc.lock", _Lock).stages
        if missing := [name for name in self.declared if name not in known]:
            raise UserError(f"dvc.lock knows no stage {', '.join(missing)}: the chain was never run to its end")
        return {name: known[name] for name in self.declared}

    @cached_property
    def data(self) -> Output:
        """Return what ``data.dvc`` names."""
        return Output.model_validate({"path": "data", **read_pointer(self.root / "data.dvc")})

    @cached_property
    def cache(self) -> Path | None:
        """Return the folder of DVC's cache."""
        return find_cache(self.root)

    def find_object(self, md5: str) -> Path | None:
        """Return where the cache keeps the content with this digest, if it does."""
        path = self.cache / md5[:2] / md5[2:] if self.cache and md5 else None
        return path if path and path.is_file() else None

    def list_objects(self, output: Output) -> dict[str, str]:
        """Return the digest of each file of an output, as its object in the cache tells; itself if it is a file."""
        if not output.md5.endswith(".dir"):
            return {output.path: output.md5}
        kept = self.find_object(output.md5)
        if kept is None or f"{hash_md5(kept)}.dir" != output.md5:
            return {}
        return {f"{output.path}/{one['relpath']}": one["md5"] for one in json.loads(kept.read_bytes())}

    def name_changed(self, output: Output) -> str:
        """Return the first file of an output that is not the one recorded, the output itself if that is not known."""
        for path, md5 in self.list_objects(output).items():
            if not (self.root / path).is_file() or hash_md5(self.root / path) != md5:
                return path
        return output.path


def read_yaml(path: Path) -> Any:
    """Return what a file of DVC holds, read as DVC reads it: YAML 1.2, where `no` is a word."""
    from dvc.utils.serialize import YAMLFileCorruptedError, parse_yaml

    try:
        return parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except (YAMLFileCorruptedError, UnicodeDecodeError):
        raise UserError(f"{path.name} is not YAML") from None


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate(read_yaml(path))
    except FileNotFoundError:
        raise UserError(f"{path.name} is not in {path.parent}: change to the project's folder") from None
    except ValidationError:
        raise UserError(f"{path.name} is not what DVC writes") from None


def hash_path(path: Path) -> str:
    """Return the md5 by which DVC knows a file, or a folder: that of the list of its files."""
    if path.is_file():
        return hash_md5(path)
    listed = [
        {"md5": hash_md5(file), "relpath": file.relative_to(path).as_posix()}
        for file in path.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    ]
    listed.sort(key=lambda one: one["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"
