"""Digests of content, which stay the same wherever it is published, and the seal of files that later work relies on."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from retention.errors import UserError
from retention.tracking.store.records import File


def hash_file(path: Path, kind: Literal["sha256", "md5"] = "sha256") -> str:
    """Return the digest of a file, in hexadecimal; DVC names contents by their md5."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def hash_settings(*sections: Mapping[str, BaseModel]) -> str:
    """Return one sha256 over sections of the settings, whatever the order of their keys."""
    told = [{key: entry.model_dump(mode="json") for key, entry in section.items()} for section in sections]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def hash_files(root: Path, paths: Sequence[Path]) -> str:
    """Return one sha256 over names and contents of files, in the order of their names below `root`.

    Of a folder all visible files count.

    Raises
    ------
    UserError
        If one of them is missing.
    """
    digest = hashlib.sha256()
    for path in list_files(root, paths):
        digest.update(f"{path.relative_to(root).as_posix()}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()


def list_files(root: Path, paths: Sequence[Path]) -> list[Path]:
    """Return the files among `paths` and the visible ones in the folders among them, by name below `root`.

    One that is missing is a `UserError`.
    """
    files: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise UserError(f"{path.relative_to(root).as_posix()} is missing: run `dvc repro`.")
        inside = path.rglob("*") if path.is_dir() else [path]
        files |= {file for file in inside if file.is_file() and not file.name.startswith(".")}
    return sorted(files, key=lambda file: file.relative_to(root).as_posix())


SEALED = (
    "best.json",
    "columns.json",
    "fold_models.skops",
    "learnt_probabilities.parquet",
    "probabilities.parquet",
    "reference.json",
    "segment_rules.json",
)
_KEY = "retention.sealed"


def seal(files: Iterable[File]) -> dict[str, str]:
    """Return the tag that seals those files that are to be sealed: whoever can change only the files is found out."""
    own = {one.path: hash_file(one.source) for one in files if one.path in SEALED}
    return {_KEY: json.dumps(own, sort_keys=True)}


def is_sealed(tags: Mapping[str, str], path: str) -> bool:
    """Return whether a file of this name was published with the run that bears the tags."""
    return path in json.loads(tags.get(_KEY, "{}"))


def check_seal(tags: Mapping[str, str], path: str, content: bytes, owner: str) -> None:
    """Compare a file with its seal.

    The tags are of the run that the file belongs to; `owner` is what to call it.

    Raises
    ------
    UserError
        If there is no seal or it does not fit.
    """
    if json.loads(tags.get(_KEY, "{}")).get(path) != hashlib.sha256(content).hexdigest():
        raise UserError(
            f"{path} of {owner} is not the one that was published (its sha256 differs): it was not used; "
            "`retention rollback` returns to the former champion, and publishing into an emptied store writes it again."
        )
