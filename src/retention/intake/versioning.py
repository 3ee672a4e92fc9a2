"""``data/`` and its pointer ``data.dvc``, changed together or not at all."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from retention.errors import UserError
from retention.files import write_bytes, write_text
from retention.paths import Paths

SAMPLE = "sample"
"""The DVC remote within the project, which holds the sample shop; nothing else may ever be pushed there, into git."""


@contextmanager
def changing_data(paths: Paths, *, sample: bool | None = None, empty: bool = False) -> Iterator[Path]:
    """Yield a copy of ``data/`` to change, which then takes its place and is versioned by DVC.

    The files of the copy are the same files under a second name: replace one, never write into it.

    `sample` says whether the copy is the sample shop, None: as before; with `empty` it begins with nothing.

    Raises
    ------
    UserError
        If ``data/`` is not whole, or DVC refuses; whatever fails, ``data/`` and ``data.dvc`` are then as before.
    """
    beside = paths.root / ".data.partial"
    shutil.rmtree(beside, ignore_errors=True)
    _recover(paths)
    try:
        beside.mkdir()
        if not empty:
            check_whole(paths)
            link_all(paths.data, beside)
        yield beside
        with _kept(paths.data_dvc), _replaced(paths.data, beside):
            _dvc_add(paths)
            if sample is not None:
                _name_remote(paths.data_dvc, SAMPLE if sample else None)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_pointer(data_dvc: Path) -> dict[str, Any]:
    """Return what ``data.dvc`` says of ``data/``; nothing if there is no such file."""
    if not data_dvc.exists():
        return {}
    pointer: dict[str, Any] = yaml.safe_load(data_dvc.read_text(encoding="utf-8"))["outs"][0]
    return pointer


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
    named, there = read_pointer(paths.data_dvc).get("nfiles", 0), count_files(paths.data)
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


def _recover(paths: Paths) -> None:
    """Take back a replacement that was killed before it was whole, and clear away what one left that was."""
    former, kept = (path.with_name(f".{path.name}.former") for path in (paths.data, paths.data_dvc))
    if former.exists():
        if kept.exists():
            write_bytes(paths.data_dvc, kept.read_bytes())
        else:
            paths.data_dvc.unlink(missing_ok=True)
        shutil.rmtree(paths.data, ignore_errors=True)
        former.rename(paths.data)
    kept.unlink(missing_ok=True)
    shutil.rmtree(_name_old(paths.data), ignore_errors=True)


def _name_old(folder: Path) -> Path:
    """Return what a former folder is called from the moment on that nobody returns to it."""
    return folder.with_name(f".{folder.name}.old")


@contextmanager
def _replaced(folder: Path, successor: Path) -> Iterator[None]:
    """Put `successor` in the place of `folder`; if the block fails, put `folder` back."""
    former = folder.with_name(f".{folder.name}.former")
    if folder.exists():
        folder.rename(former)
    try:
        successor.rename(folder)
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if former.exists():
            former.rename(folder)
        raise
    if former.exists():
        shutil.rmtree(former.rename(_name_old(folder)), ignore_errors=True)


@contextmanager
def _kept(file: Path) -> Iterator[None]:
    """If the block fails, put `file` back from a copy that was made before, since a full disk takes none after."""
    former = file.with_name(f".{file.name}.former")
    former.unlink(missing_ok=True)
    if file.exists():
        shutil.copyfile(file, former)
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        if former.exists():
            former.rename(file)
        raise
    former.unlink(missing_ok=True)


def _dvc_add(paths: Paths) -> None:
    command = [sys.executable, "-m", "dvc", "add", "--quiet", paths.data.name]
    done = subprocess.run(command, cwd=paths.root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UserError(f"DVC could not version {paths.data.name}/ ({reason}): your former data is in its place again.")


def _name_remote(data_dvc: Path, remote: str | None) -> None:
    """Write the remote into ``data.dvc``; a shop's own tables must never be pushed beside the sample, into git."""
    content = yaml.safe_load(data_dvc.read_text(encoding="utf-8"))
    output = {key: value for key, value in content["outs"][0].items() if key != "remote"}
    content["outs"][0] = output | ({"remote": remote} if remote else {})
    write_text(data_dvc, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
