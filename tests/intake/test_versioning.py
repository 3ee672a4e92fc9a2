"""A change of ``data/`` that fails, or was killed, has not happened."""

import os
from pathlib import Path
from threading import Thread

import pytest
from dvc.fs import localfs
from dvc.rwlock import rwlock

from retention.errors import UserError
from retention.files import write_text
from retention.intake.additions import use_exports
from retention.intake.versioning import changing_data, read_pointer
from retention.paths import Paths


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".retention" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text() for path in files}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    for name in ("2026-01/money.csv", "campaigns/a/assigned.csv"):
        write_text(tmp_path / "data" / name, name)
    return Paths(tmp_path, tmp_path)


@pytest.mark.parametrize("killed", ["", "between the two", "before the pointer", "when all was done"])
def test_what_fails_leaves_everything(paths: Paths, killed: str) -> None:
    paths.data_dvc.write_text("outs:\n- {path: data}\n")
    before = _content(paths.root)
    if killed == "when all was done":
        write_text(paths.root / ".data.old" / "money.csv", "older")
    elif killed:  # between putting the former data aside and putting the new in its place, or after that
        (paths.root / ".data.dvc.former").write_bytes(paths.data_dvc.read_bytes())
        paths.data.rename(paths.root / ".data.former")
        (paths.root / ".data.partial").mkdir()
    if killed == "before the pointer":
        write_text(paths.data / "2026-01" / "money.csv", "new")
        paths.data_dvc.write_text("outs:\n- {path: data, md5: new}\n")
    with pytest.raises(RuntimeError), changing_data(paths) as data:
        assert _content(data) == _content(paths.data)
        write_text(data / "2026-01" / "money.csv", "other")
        (data / "campaigns" / "a" / "assigned.csv").unlink()
        raise RuntimeError
    assert _content(paths.root) == before


def test_two_commands_do_not_change_data_at_once(paths: Paths) -> None:
    def change_too() -> None:
        with pytest.raises(UserError, match="Another command is changing data/: try again"), changing_data(paths):
            pass

    with pytest.raises(RuntimeError), changing_data(paths) as data:
        other = Thread(target=change_too)
        other.start()
        other.join()
        assert data.exists()
        raise RuntimeError


@pytest.mark.parametrize("content", ["", "outs:\n<<<<<<< HEAD\n- md5: a\n=======\n", "outs: []\n", "7\n"])
def test_a_pointer_that_dvc_did_not_write_is_one_sentence(paths: Paths, content: str) -> None:
    paths.data_dvc.write_text(content)
    with pytest.raises(UserError, match=r"data\.dvc is not what DVC writes.*git checkout HEAD data\.dvc"):
        read_pointer(paths.data_dvc)


def test_a_version_never_lacks_what_the_last_one_has(paths: Paths) -> None:
    paths.data_dvc.write_text("outs:\n- {path: data, nfiles: 3}\n")
    with pytest.raises(UserError, match=r"2 files where data\.dvc names 3"), changing_data(paths):
        pass


def test_what_dvc_is_reading_is_not_changed(paths: Paths) -> None:
    aside = paths.root / ".dvc" / "tmp"
    aside.mkdir(parents=True)
    before = _content(paths.data)
    held = rwlock(str(aside), localfs, "dvc repro", [str(paths.data)], [], hardlink=False)
    with held, pytest.raises(UserError, match=f"process {os.getpid()}"), changing_data(paths):
        pass
    assert _content(paths.data) == before
    with pytest.raises(RuntimeError), changing_data(paths):
        raise RuntimeError


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_damaged_campaign_is_told_when_its_month_is_corrected(paths: Paths, tmp_path: Path, content: str) -> None:
    write_text(tmp_path / "new" / "money.csv", "other")
    write_text(paths.data / "campaigns" / "a" / "campaign.json", content)
    before = _content(paths.root)
    with pytest.raises(UserError, match=r"^campaign\.json is not what .* restore .*/a \(`dvc checkout data`\)"):
        use_exports(tmp_path / "new", ["money.csv"], paths, "2026-01")
    assert _content(paths.root) == before
