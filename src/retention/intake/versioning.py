"""``data/`` and its pointer ``data.dvc``, changed together or not at all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml
from pydantic import BaseModel

from retention.errors import UserError
from retention.files import hold, write_text
from retention.paths import Paths

SAMPLE = "sample"
"""The DVC remote within the project, which holds the sample shop; nothing else may ever be pushed there, into git."""


class Pointer(BaseModel):
    """A file or folder as DVC's files name it."""

    path: str
    md5: str = ""
    nfiles: int = 0  # how many files a folder has
    remote: str = ""  # the one that it may be pushed to


@contextmanager
def changing_data(paths: Paths, *, sample: bool | None = None, empty: bool = False) -> Iterator[Path]:
    """Yield a copy of ``data/`` to change, which then takes its place and is versioned by DVC.

    The files of the copy are the same files under a second name: replace one, never write into it.

    `sample` says whether the copy is the sample shop, None: as before; with `empty` it begins with nothing.

    Raises
    ------
    UserError
        If ``data/`` is not whole, another command is changing it, or DVC refuses; whatever fails, ``data/`` and
        ``data.dvc`` are then as before.
    """
    # Without the lock, each of two commands would take the other's half for that of one that was killed.
    busy = f"Another command is changing {paths.data.name}/: try again when it has ended."
    with hold(paths.root / ".retention" / "data.lock", busy):
        _check_idle(paths.root)
        beside = paths.root / ".data.partial"
        shutil.rmtree(beside, ignore_errors=True)
        _recover(paths)
        try:
            beside.mkdir()
            if not empty:
                check_whole(paths)
                link_all(paths.data, beside)
            yield beside
            _replace(paths, beside, sample)
        finally:
            _recover(paths)
            shutil.rmtree(beside, ignore_errors=True)


def _check_idle(root: Path) -> None:
    """Raise if a ``dvc repro`` is reading the project: it would publish what it made as of the new data."""
    try:
        held = json.loads((root / ".dvc" / "tmp" / "rwlock").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # nobody has run DVC here, or it is writing just now
        return
    holders = [*held.get("write", {}).values(), *(one for readers in held.get("read", {}).values() for one in readers)]
    for holder in holders:
        try:
            os.kill(holder["pid"], 0)
        except ProcessLookupError:  # it was killed
            continue
        except PermissionError:  # somebody else's
            pass
        raise UserError(f"DVC is at work on this project (process {holder['pid']}): try again when it has ended.")


def read_pointer(data_dvc: Path) -> Pointer:
    """Return what ``data.dvc`` says of ``data/``; nothing but the name if there is no such file.

    Raises
    ------
    UserError
        If it is not what DVC writes.
    """
    if not data_dvc.exists():
        return Pointer(path=data_dvc.stem)
    try:
        return Pointer.model_validate(yaml.safe_load(data_dvc.read_text(encoding="utf-8"))["outs"][0])
    except (yaml.YAMLError, ValueError, LookupError, TypeError):
        raise UserError(
            f"{data_dvc.name} is not what DVC writes, as where a merge has left its marks: take a whole one back from "
            f"git (`git checkout HEAD {data_dvc.name}`), and then its data (`dvc checkout {data_dvc.stem}`)."
        ) from None


def find_cache(root: Path) -> Path | None:
    """Return the folder in which DVC keeps contents by their md5; None if `root` is no DVC project."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            return Path(repo.cache.local.path)
    except DvcException:
        return None


def count_files(data: Path) -> int:
    """Return how many files there are."""
    return sum(path.is_file() for path in data.rglob("*"))


def check_whole(paths: Paths) -> None:
    """Raise if ``data.dvc`` names more files than are there: a new version without them would lose them."""
    named, there = read_pointer(paths.data_dvc).nfiles, count_files(paths.data)
    if there < named:
        raise UserError(
            f"{paths.data.name}/ has {there} files where {paths.data_dvc.name} names {named}: run `dvc pull data` (or "
            "`dvc checkout data`) first, or `dvc commit data` if they are meant to be gone."
        )


def link_all(folder: Path, copy: Path) -> None:
    """Give all files of `folder` a second name in `copy`, which is there and empty."""
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
            continue
        try:
            os.link(path, target)
        except OSError:  # a file system without second names, or a full one
            shutil.copyfile(path, target)


def _name_aside(paths: Paths) -> tuple[Path, Path, Path]:
    """Return where the former ``data/`` and its pointer wait, and what it is called once nobody returns to it."""
    return paths.root / ".data.former", paths.root / ".data.dvc.former", paths.root / ".data.old"


def _replace(paths: Paths, successor: Path, sample: bool | None) -> None:
    """Put `successor` in the place of ``data/`` and version it; until all is done `_recover` takes it back."""
    former, pointer, old = _name_aside(paths)
    pointer.write_bytes(paths.data_dvc.read_bytes() if paths.data_dvc.exists() else b"")  # a full disk takes none later
    if paths.data.exists():
        paths.data.rename(former)
    else:
        former.mkdir()
    successor.rename(paths.data)
    _dvc_add(paths)
    if sample is not None:
        _name_remote(paths.data_dvc, SAMPLE if sample else None)
    former.rename(old)


def _recover(paths: Paths) -> None:
    """Take back a replacement that failed or was killed before it was whole, and clear away what one left that was.

    Killed itself, it goes on where it was.
    """
    former, pointer, old = _name_aside(paths)
    if former.exists():
        if pointer.exists():
            pointer.replace(paths.data_dvc)
        if paths.data_dvc.exists() and not paths.data_dvc.stat().st_size:  # there was none
            paths.data_dvc.unlink()
        shutil.rmtree(paths.data, ignore_errors=True)
        with suppress(OSError):
            former.rmdir()  # likewise, if it is empty
        if former.exists():
            former.rename(paths.data)
    pointer.unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)


def _dvc_add(paths: Paths) -> None:
    command = [sys.executable, "-m", "dvc", "add", "--quiet", paths.data.name]
    done = subprocess.run(command, cwd=paths.root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UserError(f"DVC could not version {paths.data.name}/ ({reason}): your former data is in its place again.")


def _name_remote(data_dvc: Path, remote: str | None) -> None:
    """Write the remote into ``data.dvc``; a shop's own tables must never be pushed beside the sample, into git."""
    content = yaml.safe_load(data_dvc.read_text(encoding="utf-8"))
    content["outs"][0].pop("remote", None)
    content["outs"][0] |= {"remote": remote} if remote else {}
    write_text(data_dvc, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
