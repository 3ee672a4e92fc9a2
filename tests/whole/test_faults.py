"""A full disk, a disk that takes nothing and damaged caches, in real processes: one sentence, and nothing is lost."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from retention import cli

from .conftest import BIN, clone, command_in

pytestmark = pytest.mark.slow

STAGES = list(cli.STAGES)
OTHERS = ["params seed=7", "simulate --out made", "use --sample", "launch --month 2026-01"]


def _mount(folder: Path, options: str) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def disk(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A finished project of a few customers on a disk of its own."""
    place = tmp_path_factory.mktemp("disk")
    if not _mount(place, "size=120m"):
        pytest.skip("only root can mount a disk of its own")
    try:
        folder = clone(project, place / "retention")
        run = command_in(folder)
        run(f"retention simulate --customers 400 --seed 5 --out {folder}/exports && retention use exports")
        run("retention params search=quick search.n_trials=8 'model=[logistic]' && dvc repro")
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _content(folder: Path) -> dict[str, bytes]:
    kept = ("artifacts", "data", "conf", "params.yaml", "data.dvc", "dvc.lock")
    files = [file for name in kept for file in (folder / name, *(folder / name).rglob("*")) if file.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _refuse(folder: Path, words: str) -> str:
    """Run a verb that must end with one sentence and change nothing; return the sentence."""
    before = _content(folder)
    done = subprocess.run(
        [sys.executable, "-m", "retention", *words.split()], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("search ")]
    assert (done.returncode, len(told)) == (1, 1), done.stderr
    assert told[0].startswith("retention: ")
    assert _content(folder) == before
    return told[0]


def _fill(disk: Path) -> Path:
    """Fill a disk to the last byte; return the file that does."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return filler


@pytest.fixture
def full(disk: Path) -> Iterator[Path]:
    """The project on a disk that is full."""
    filler = _fill(disk.parent)
    yield disk
    filler.unlink()


@pytest.mark.parametrize("words", [*STAGES, *OTHERS])
def test_a_full_disk_is_one_sentence_and_every_file_is_as_it_was(full: Path, words: str) -> None:
    said = _refuse(full, words)
    assert re.search("No space left on device|cannot be written .*free some space", said)
    assert re.search(r"\w+\.\w+ |data/", said)  # the file


def test_so_is_one_that_takes_no_list(disk: Path, tmp_path: Path) -> None:
    assert _mount(tmp_path, "size=64k")
    try:
        _fill(tmp_path)
        assert f"{tmp_path}" in _refuse(disk, f"score data --out {tmp_path}/scored")
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.parametrize("words", [*STAGES, "params", "use --sample", "launch --month 2026-01"])
def test_so_is_a_disk_that_takes_nothing(disk: Path, words: str) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk.parent)], check=True)
    try:
        assert "Read-only file system" in _refuse(disk, words)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk.parent)], check=True)


@pytest.mark.parametrize("words", ["validate", "report", "params"])
def test_a_file_in_the_place_of_a_folder_is_named(disk: Path, words: str) -> None:
    place, aside = disk / "artifacts", disk / "aside"
    target = disk / "conf" if words == "params" else place / "report" if words == "report" else place
    target.rename(aside)
    target.write_text("in the way")
    try:
        assert target.name in _refuse(disk, words)
    finally:
        target.unlink()
        aside.rename(target)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"search": "soon", "report": [1]}', b"9" * 5000, b"\xff"]
)
def test_damaged_caches_are_made_anew(disk: Path, damage: bytes) -> None:
    caches = disk / ".retention"
    for file in caches.rglob("*.json"):
        file.write_bytes(damage)
    run, before = command_in(disk), _content(disk / "artifacts")
    run("retention split && retention search && retention publish")
    assert _content(disk / "artifacts") == before
    files = [*caches.glob("durations.json"), *caches.glob("studies/*/*.json")]
    assert len(files) > 2
    assert all(isinstance(json.loads(file.read_text()), dict) for file in files)
