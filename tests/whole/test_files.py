from pathlib import Path

import pytest

from retention.errors import UserError
from retention.files import read_artifact, write_artifact
from retention.strict import Strict


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
