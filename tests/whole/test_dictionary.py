"""The data dictionary is what the code says, and says something of every table and summary of a run."""

import re
import runpy
from pathlib import Path

import pytest
import yaml


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


def test_every_field_has_a_meaning_of_its_own(page: str) -> None:
    rows = [line[2:-2].split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if not all(cell.strip() for cell in row[:3])] == []
