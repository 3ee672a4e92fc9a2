"""The data dictionary is what the code says, and says something of every table and summary of a run."""

import re
import runpy
from pathlib import Path

import pytest
import yaml

from retention.exploration.exploration import Exploration
from retention.tables.quality import Quality


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "docs" / "data-dictionary.md").read_text(encoding="utf-8")


def test_the_page_is_written_from_the_code(project: Path, page: str) -> None:
    written = runpy.run_path(str(project / "docs" / "write_dictionary.py"))["render_dictionary"](project)
    assert written == page, "run `make dictionary`"


def test_every_file_of_a_run_is_in_it(project: Path, page: str) -> None:
    stages = yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    outputs = {next(iter(out)) for stage in stages for kind in ("outs", "metrics") for out in stage.get(kind, [])}
    told = set(re.findall(r"^## `(.+)`$", page, re.M))
    assert {file for file in outputs if Path(file).suffix in (".json", ".csv", ".parquet")} - told == {
        "mlruns/receipt.json"
    }


def test_every_field_has_its_meaning(project: Path) -> None:
    read_meanings = runpy.run_path(str(project / "docs" / "write_dictionary.py"))["read_meanings"]
    for model in (Quality, Exploration):
        assert [name for name in model.model_fields if not read_meanings(model).get(name)] == []
