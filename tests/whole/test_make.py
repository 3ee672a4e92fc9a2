"""`make run DATA=…` with a real make: what a person names reaches the command as it is, and nothing of it runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = [
    "plain",
    "two words",
    "it's",
    'a "quoted" one',
    "back`touch ran`ticks",
    "$(shell touch ran)",
    "$(touch ran)",
    "$$(touch ran)",
    "${HOME}",
    "$HOME",
    "a#b",
    "a;touch ran",
    "a|touch ran",
    "a&touch ran",
    "a\nb",
    "a\\",
    "$(error no)",
    "$(value DATA)",
    "-rf",
    "--sample",
    "*",
    "(",
    "=",
    "выгрузки",
]
STUB = """#!/bin/bash
printf '%s\\0' "${0##*/}" "$@" >> "$CALLS"
printf 'end\\0' >> "$CALLS"
"""


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """The Makefile with an environment that is ready and holds commands that only note how they were called."""
    work = tmp_path / "work"
    programs = work / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(project / name, work)
    for name in ("retention", "dvc"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    (work / ".venv" / ".ready").touch()
    (work / "data").mkdir()
    return work


def _make(folder: Path, *words: str, **environment: str) -> list[list[str]]:
    calls = folder.parent / "calls"
    known = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    known |= {"CALLS": str(calls)} | environment
    done = subprocess.run(["make", "run", *words], cwd=folder, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(folder.glob("ran*"))
    return [call.split("\0")[:-1] for call in calls.read_text().split("end\0")[:-1]]


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_handed_over_as_it_is_named(folder: Path, name: str) -> None:
    used = ["retention", "use", "--", name]
    assert _make(folder, f"DATA={name}") == [
        ["retention", "params", "--check"],
        used,
        ["dvc", "repro"],
        ["retention", "summary"],
    ]


@pytest.mark.parametrize("name", ["$(shell touch ran)", "back`touch ran`ticks"])
def test_so_it_is_from_the_environment(folder: Path, name: str) -> None:
    assert ["retention", "use", "--", name] in _make(folder, DATA=name)


def test_without_data_nothing_is_used(folder: Path) -> None:
    assert [call[1] for call in _make(folder)] == ["params", "repro", "summary"]
