"""Imports point one way, effects stay at the edge, and rooms stay small."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

# A room may import the rooms named after it, itself, and the ground that all stand on.
MAY_IMPORT = {
    "tables": set(),
    "adoption": {"tables"},
    "exploration": {"tables"},
    "learning": {"tables"},
    "audience": {"learning", "tables"},
    "reporting": {"audience", "learning", "exploration", "tables"},
    "tracking": {"audience", "learning", "exploration", "tables"},
    "registry": {"tracking", "audience", "learning", "tables", "settings", "paths", "files"},
}
# Within a room too: the rooms of each row may import those before them, never the other way.
FLOORS = {
    "learning": [{"model"}, {"evaluation"}, {"calibration", "search", "explanation"}],
    "reporting": [{"language", "charts"}, {"chapters"}],
    "tracking": [{"store"}, {"describe", "models"}],
}
GROUND = {"errors", "estimate", "formulas", "numbers", "png", "strict", "table_schema"}
EDGE = {"settings", "paths", "files", "cli", "stages"}


def _imports(file: Path) -> set[str]:
    """Every dotted module that `file` imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _sources(project: Path) -> list[Path]:
    return sorted((project / "src" / "retention").rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_one_way(project: Path, room: str) -> None:
    allowed = MAY_IMPORT[room] | GROUND | {room}
    wrong = [
        f"{file.name} imports {name}"
        for file in (project / "src" / "retention" / room).rglob("*.py")
        for name in _imports(file)
        if name.startswith("retention.") and name.split(".")[1] not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("room", FLOORS)
def test_imports_within_a_room_point_one_way(project: Path, room: str) -> None:
    floor_of = {name: floor for floor, names in enumerate(FLOORS[room]) for name in names}
    folder = project / "src" / "retention" / room
    assert {path.parent.name for path in folder.glob("*/*.py")} == set(floor_of)
    wrong = [
        f"{inner}/{file.name} imports {name}"
        for inner in floor_of
        for file in (folder / inner).rglob("*.py")
        for name in _imports(file)
        if name.startswith(f"retention.{room}.")
        and (other := name.split(".")[2]) in floor_of
        and (floor_of[other] > floor_of[inner] or (floor_of[other] == floor_of[inner] and other != inner))
    ]
    assert not wrong


@pytest.mark.parametrize("folder", ["src", "tests"])
def test_a_folder_holds_at_most_fifteen_files(project: Path, folder: str) -> None:
    held = Counter(file.parent for file in (project / folder).rglob("*.py") if file.name != "__init__.py")
    assert not [path for path, n in held.items() if n > 15]


def test_only_tracking_imports_mlflow(project: Path) -> None:
    importers = {
        file.relative_to(project / "src" / "retention").parts[0]
        for file in _sources(project)
        if any(name.split(".")[0] == "mlflow" for name in _imports(file))
    }
    assert importers <= {"tracking"}


def test_no_file_reads_its_own_place(project: Path) -> None:
    assert not [file for file in _sources(project) if re.search(r"\b__file__\b", file.read_text(encoding="utf-8"))]


def test_functions_and_files_stay_small(project: Path) -> None:
    large = []
    for file in _sources(project):
        text = file.read_text(encoding="utf-8")
        if text.count("\n") > 300:
            large.append(f"{file.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and _body_lines(node) > 60:
                large.append(f"{file.name}: {node.name}")
    assert not large


def _body_lines(node: ast.FunctionDef) -> int:
    doc = node.body[0] if ast.get_docstring(node) else None
    return (node.end_lineno or 0) - node.lineno + 1 - ((doc.end_lineno or 0) - doc.lineno + 1 if doc else 0)
