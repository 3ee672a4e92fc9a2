"""Puts a shop's exports under ``data/`` and versions them, or leaves everything as it was."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retention.errors import UserError
from retention.paths import Paths


def use_exports(source: Path, names: list[str], paths: Paths) -> None:
    """Replace ``data/`` by the named files of `source` and let DVC version it.

    Parameters
    ----------
    source : Path
        A folder whose files have been checked already.
    names : list of str
        The files to take; whatever else lies in `source` stays there.
    paths : Paths
        The project.

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
        with _replaced(paths.data, beside):
            _dvc_add(paths)
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
    successor.rename(folder)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder)
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _dvc_add(paths: Paths) -> None:
    before = paths.data_dvc.read_bytes() if paths.data_dvc.exists() else None
    command = [sys.executable, "-m", "dvc", "add", "--quiet", paths.data.name]
    done = subprocess.run(command, cwd=paths.root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if before is not None:
            paths.data_dvc.write_bytes(before)
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UserError(f"DVC could not version {paths.data.name}/ ({reason}): your former data is in its place again.")
