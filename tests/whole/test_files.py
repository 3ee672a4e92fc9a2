"""Files that are read and written; those that cannot be are a sentence, and what was there is whole."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from retention.errors import UserError
from retention.files import (
    read_artifact,
    read_numbers,
    write_artifact,
    write_bytes,
    write_csv,
    write_json,
    write_parquet,
)
from retention.strict import Strict

FRAME = pd.DataFrame({"a": range(50_000)})


class Weather(Strict):
    place: str
    degrees: tuple[float | None, ...]


def test_an_artifact_is_read_as_it_was_written_but_for_rounding(tmp_path: Path) -> None:
    file = tmp_path / "weather.json"
    write_artifact(file, Weather(place="Сочи", degrees=(21.1234567891, float("nan"))))
    assert "Сочи" in file.read_text(encoding="utf-8")
    assert read_artifact(file, Weather) == Weather(place="Сочи", degrees=(21.123456789, None))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "is missing"),
        ("{", "whole file"),
        ('{"place": "Omsk", "degrees": ["warm"]}', "degrees.0"),
        ('{"place": "Omsk", "degrees": [], "renamed": 1}', "renamed"),
    ],
)
def test_what_is_no_artifact_of_this_version_is_named(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "weather.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=told):
        read_artifact(file, Weather)


@pytest.mark.parametrize("write", [
    lambda path: write_bytes(path, b"x" * 50_000),
    lambda path: write_json(path, [1.5] * 50_000),
    lambda path: write_parquet(path, FRAME),
    lambda path: write_csv(path, FRAME),
])  # fmt: skip
def test_a_file_that_grows_too_large_is_refused_and_the_former_stays(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "of_ours"
    path.write_text("as it was")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(UserError, match=r"of_ours cannot be written \(File too large\): free some space"):
            write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_place_of_its_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(UserError, match=r"folder cannot be .* \(File exists\): move what is in its place"):
        write_json(tmp_path / "folder" / "file.json", {})


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (b'{"search": 1.5, "train": 2}', {"search": 1.5, "train": 2}),
        (b'{"search": 1.5, "train": "two", "split": null, "report": true, "x": NaN}', {"search": 1.5}),
        (b'{"search": 1' + b"0" * 400 + b"}", {}),
        (b'{"search": 1' + b"0" * 5000 + b"}", {}),
        (b"[" * 100_000, {}),
        (b"[1, 2]", {}),
        (b"null", {}),
        (b"\xff", {}),
        (b"", {}),
        (None, {}),
    ],
)
def test_numbers_that_only_inform_are_read_as_far_as_they_are_numbers(
    content: bytes | None, known: dict[str, float], tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "durations.json").write_bytes(content)
    assert read_numbers(tmp_path / "durations.json") == known


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report"], "columns.json is missing in "),
        (["explore"], "columns.json is missing in "),
        (["score", "exports", "--out", "params.yaml"], "params.yaml is a file"),
        (["score", "exports", "--out", "artifacts"], "artifacts lies in artifacts/, whose files DVC keeps"),
    ],
)
def test_a_missing_artifact_is_one_sentence(project: Path, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "params.yaml").write_bytes((project / "params.yaml").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "retention", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr
