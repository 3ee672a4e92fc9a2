"""A shop's own tables: checked first, versioned, never in git."""

import shutil
from pathlib import Path

import pytest
import yaml

from .conftest import command_in

pytestmark = pytest.mark.slow


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture
def exports(copy: Path, tmp_path: Path) -> Path:
    command_in(copy)(f"retention simulate --customers 400 --seed 5 --out {tmp_path / 'exports'}")
    return tmp_path / "exports"


def test_unusable_tables_change_nothing(copy: Path, exports: Path) -> None:
    before = _content(copy / "data"), (copy / "data.dvc").read_bytes()
    (exports / "money.csv").unlink()
    failed = command_in(copy)(f"retention use {exports}", expect=1)
    assert "money.csv" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert (_content(copy / "data"), (copy / "data.dvc").read_bytes()) == before


def test_usable_tables_take_the_place_of_the_sample_and_never_reach_git(copy: Path, exports: Path) -> None:
    run, sample = command_in(copy), (copy / "data.dvc").read_bytes()
    stored = _content(copy / "storage")
    (exports / "notes.txt").write_text("not ours")
    run(f"retention use {exports}")
    shutil.rmtree(exports / "notes.txt", ignore_errors=True)
    assert set(_content(copy / "data")) == {"market_file.csv", "market_money.csv", "market_time.csv", "money.csv"}
    assert (copy / "data" / "money.csv").read_bytes() == (exports / "money.csv").read_bytes()
    assert "remote" not in yaml.safe_load((copy / "data.dvc").read_text())["outs"][0]
    run("dvc push data", expect=1)
    assert _content(copy / "storage") == stored
    assert "storage" not in run("git status --short --untracked-files=all").stdout
    run("retention use --sample")
    assert (copy / "data.dvc").read_bytes() == sample


def test_the_committed_sample_is_what_the_simulator_makes(copy: Path) -> None:
    run, made = command_in(copy), _content(copy / "data")
    shutil.rmtree(copy / "data")
    shutil.rmtree(copy / ".dvc" / "cache")
    run("dvc pull data")
    assert _content(copy / "data") == made
