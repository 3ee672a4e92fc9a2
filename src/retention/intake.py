"""Puts a shop's exports under ``data/`` and versions them, or leaves everything as it was."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from retention.errors import UserError
from retention.files import write_text
from retention.paths import Paths


def use_exports(source: Path, names: list[str], paths: Paths, remote: str | None = None) -> None:
    """Replace ``data/`` by the named files of `source` and let DVC version it.

    Parameters
    ----------
    source : Path
        A folder whose files have been checked already.
    names : list of str
        The files to take; whatever else lies in `source` stays there.
    paths : Paths
        The project.
    remote : str or None, optional
        The DVC remote that this data may be pushed to and pulled from; none means DVC's default remote.

    Raises
    ------
    UserError
        If DVC refuses; ``data/`` and ``data.dvc`` are then as before.
    """
    beside = paths.root / ".data.partial"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        for name in names:
            shutil.copyfile(source / name, beside / name)
        with _kept(paths.data_dvc), _replaced(paths.data, beside):
            _dvc_add(paths)
            _name_remote(paths.data_dvc, remote)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _replaced(folder: Path, successor: Path) -> Iterator[None]:
    """Put `successor` in the place of `folder`; if the block fails, put `folder` back."""
    former = folder.with_name(f".{folder.name}.former")
    if former.exists() and not folder.exists():  # an earlier replacement was killed between its two steps
        former.rename(folder)
    shutil.rmtree(former, ignore_errors=True)
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
    shutil.rmtree(former, ignore_errors=True)


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
