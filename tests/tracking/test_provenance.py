"""What DVC and git say, and silence where there is neither."""

import subprocess
from pathlib import Path

import pytest

from retention.tracking.provenance import read_provenance

DATA = "outs:\n- md5: {md5}.dir\n  path: data\n"
LOCK = "stages:\n  validate:\n    deps:\n    - path: data\n      md5: {md5}.dir\n    - path: src\n      md5: x\n"


def _git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_nothing_is_known_without_dvc_and_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(read_provenance(tmp_path, {}).tags()) == ["mlflow.user"]
    monkeypatch.setenv("PATH", str(tmp_path))  # no git at all
    assert list(read_provenance(tmp_path, {"DVC_EXP_NAME": ""}).tags()) == ["mlflow.user"]


def test_a_repository_without_commits_has_none(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    assert (read_provenance(tmp_path, {}).commit, read_provenance(tmp_path, {}).dirty) == (None, None)


def test_commit_and_dirt_are_told(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("1")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "one")
    clean = read_provenance(tmp_path, {"DVC_EXP_NAME": "exp"})
    assert (clean.commit, clean.dirty, clean.experiment) == (_git(tmp_path, "rev-parse", "HEAD"), False, "exp")
    (tmp_path / "file").write_text("2")
    assert read_provenance(tmp_path, {}).dirty is True


def test_the_data_version_comes_from_the_data_file_or_else_the_lock(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK.format(md5="b" * 32))
    assert read_provenance(tmp_path, {}).data_md5 == "b" * 32 + ".dir"
    (tmp_path / "data.dvc").write_text(DATA.format(md5="a" * 32))
    assert read_provenance(tmp_path, {}).data_md5 == "a" * 32 + ".dir"
