"""A copy of the project in a new folder, as a stranger would clone it, with the sample shop in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
Command = Callable[..., subprocess.CompletedProcess[str]]


def command_in(folder: Path) -> Command:
    """Return a function that runs a command line in `folder` with the environment of the tests."""

    def run(line: str, *, expect: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
        done = subprocess.run(
            line, shell=True, cwd=folder, capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == expect, (
            f"{line}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
        return done

    return run


def clone(project: Path, folder: Path) -> Path:
    """Copy what git would have of `project` as it stands into `folder`, as a repository of its own.

    The pointer to the data is the committed one: the data of whoever works here is not copied.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (project / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / name, folder / name)
    pointer = subprocess.run(["git", "show", "HEAD:data.dvc"], cwd=project, capture_output=True, check=True)
    (folder / "data.dvc").write_bytes(pointer.stdout)
    run = command_in(folder)
    run("git init -q && git config user.name test && git config user.email test@localhost")
    run("git add -A && git commit -qm copy")
    return folder


@pytest.fixture(scope="module")
def copy(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project on the sample shop, with a search of seconds."""
    folder = clone(project, tmp_path_factory.mktemp("clone") / "retention")
    command_in(folder)("retention use --sample && retention params search=quick")
    return folder
