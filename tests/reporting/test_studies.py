"""docs/studies.md names only what is there: settings, artifacts and keys."""

import re
from pathlib import Path

import pytest

from retention.learning.evaluation.baselines import RECIPES
from retention.paths import Paths
from retention.reporting.language.voice import load_texts
from retention.reporting.report import SECTIONS
from retention.settings import Settings

CHAPTERS = {load_texts()[f"section.{name}"].en.lower() for name in SECTIONS}


@pytest.fixture(scope="module")
def rows(project: Path) -> list[list[str]]:
    text = (project / "docs" / "studies.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if re.match(r"\| [A-E] \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def expand(name: str) -> list[str]:
    """Return the names that a pair of braces stands for."""
    braces = re.search(r"\{([^}]*)\}", name)
    return [name.replace(braces[0], part) for part in braces[1].split(",")] if braces else [name]


def test_every_study_has_its_rows(rows: list[list[str]]) -> None:
    assert {row[0] for row in rows} == set("ABCDE")
    assert {len(row) for row in rows} == {4}


def test_the_settings_named_are_there(rows: list[list[str]], project: Path, composed: Settings) -> None:
    named = [path for row in rows for name in re.findall(r"`(conf/[^`]*)`", row[3]) for path in expand(name)]
    assert len(named) > 15
    assert [path for path in named if not list(project.glob(path))] == []
    listed = {kind: set(getattr(composed, kind)) for kind in ("offer", "segment")}
    for kind, known in listed.items():
        said = {key for row in rows for key in re.findall(rf"{kind} `(\w+)`", row[2])}
        assert said and said <= known


def test_the_artifacts_named_are_there(rows: list[list[str]]) -> None:
    files = {
        Path(name.split(" ")[0]).name for row in rows for name in re.findall(r"`(\w+\.(?:json|csv|parquet))`", row[3])
    }
    known = {getattr(Paths(Path(), Path()), name).name for name in vars(Paths) if not name.startswith(("_", "here"))}
    assert len(files) > 6 and files <= known


def test_the_baselines_named_are_there(rows: list[list[str]]) -> None:
    said = {key for row in rows for key in re.findall(r"baselines\.(\w+)", row[3])}
    assert {"study_a", "study_b", "study_c", "study_d", "study_e_linear", "study_e_logistic"} == said
    assert said == set(RECIPES)


def test_the_chapters_named_are_those_of_the_report(rows: list[list[str]]) -> None:
    said = {
        chapter.strip()
        for row in rows
        for part in re.findall(r"report: ([^;]*)", row[3])
        for chapter in part.split(" + ")
    }
    assert said and said <= CHAPTERS
