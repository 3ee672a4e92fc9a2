"""The stages write what the table is, and nothing when the exports are unusable."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from retention.errors import UserError
from retention.paths import Paths
from retention.stages import prepare, validate
from retention.tables.customers import read_customers
from retention.tables.quality import list_lines
from retention.tables.settings import LabelSettings, TableSettings

from .conftest import Files


@pytest.fixture
def paths(tmp_path: Path, files: Files) -> Paths:
    (tmp_path / "data").mkdir()
    for name, text in files.items():
        (tmp_path / "data" / name).write_bytes(text.encode())
    return Paths(tmp_path, tmp_path)


def settings(declared: dict[str, Any], backend: str = "pandas") -> Any:
    return SimpleNamespace(
        tables=TableSettings.model_validate(declared),
        label=LabelSettings(months=3, absent="declined", treated="corrected"),
        as_of=None,
        search=SimpleNamespace(reuse=False),
        runtime=SimpleNamespace(backend=backend),
    )


def written(paths: Paths) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(paths.artifacts.rglob("*")) if path.is_file()}


def test_both_backends_write_the_same_bytes(paths: Paths, declared: dict[str, Any]) -> None:
    results = []
    for backend in ("pandas", "polars"):
        validate.run(settings(declared, backend), paths)
        prepare.run(settings(declared, backend), paths)
        results.append(written(paths))
    assert list(results[0]) == [
        *("columns.json", "customers.parquet", "earlier.parquet", "history.json", "learnt.parquet", "periods.json"),
        *("quality.json", "quarantine.csv", "reused.json"),
    ]
    assert results[0] == results[1]
    assert len(pd.read_parquet(paths.customers)) == json.loads(paths.quality.read_text())["customers"]["kept"] == 8


def test_unusable_exports_leave_the_last_artifacts(paths: Paths, declared: dict[str, Any]) -> None:
    validate.run(settings(declared), paths)
    prepare.run(settings(declared), paths)
    before = written(paths)
    (paths.data / "money.csv").unlink()
    for stage in (validate, prepare):
        with pytest.raises(UserError, match=r"money\.csv is missing"):
            stage.run(settings(declared), paths)
    assert written(paths) == before


def test_prepare_wants_the_data_that_was_validated(paths: Paths, declared: dict[str, Any]) -> None:
    validate.run(settings(declared), paths)
    path = paths.data / "market_file.csv"
    path.write_text("\n".join(path.read_text().split("\n")[:-3]) + "\n")
    with pytest.raises(UserError, match="dvc repro"):
        prepare.run(settings(declared), paths)


def test_a_check_says_what_is_there_and_writes_nothing(paths: Paths, declared: dict[str, Any]) -> None:
    said = list(list_lines(read_customers(paths.data, TableSettings.model_validate(declared), "pandas").quality))
    assert said[0] == "market_file.csv: 8 rows, 13 columns"
    assert said[4] == "8 customers: 8 usable, 0 excluded, 0 unusable"
    assert '- market_file.csv, service_level: "стандартт" was read as "стандарт": 1 (repair)' in said
    assert not paths.artifacts.exists()
