"""An identity follows names and contents, and nothing else."""

import hashlib
import os
from pathlib import Path

import pytest

from retention.errors import UserError
from retention.tracking.store.digest import hash_file, hash_files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "folder" / "a.txt").write_text("a")
    return tmp_path


def test_a_file_has_its_sha256(root: Path) -> None:
    assert hash_file(root / "b.txt") == hashlib.sha256(b"b").hexdigest()


def test_order_time_place_and_hidden_files_do_not_count(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    digest = hash_files(root, [root / "b.txt", root / "folder"])
    os.utime(root / "b.txt", (1, 1))
    (root / "folder" / ".a.txt.partial").write_text("half")
    (root / "not asked for").write_text("x")
    assert hash_files(root, [root / "folder", root / "b.txt"]) == digest
    elsewhere = root.rename(tmp_path_factory.mktemp("elsewhere") / "moved")
    assert hash_files(elsewhere, [elsewhere / "b.txt", elsewhere / "folder"]) == digest


def test_content_name_and_number_of_files_count(root: Path) -> None:
    asked = [root / "b.txt", root / "folder"]
    digests = {hash_files(root, asked)}
    (root / "b.txt").write_text("c")
    digests.add(hash_files(root, asked))
    (root / "folder" / "a.txt").rename(root / "folder" / "z.txt")
    digests.add(hash_files(root, asked))
    (root / "folder" / "empty").touch()
    digests.add(hash_files(root, asked))
    assert len(digests) == 4


def test_a_missing_artifact_is_named(root: Path) -> None:
    with pytest.raises(UserError, match=r"folder/gone\.json is missing: run `dvc repro`"):
        hash_files(root, [root / "folder" / "gone.json"])
