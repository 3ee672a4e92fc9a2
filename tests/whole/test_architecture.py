"""Imports point one way, effects stay at the edge, and rooms stay small."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml

from retention.tables.columns import ID, MONTH, PROBABILITY, PROFIT, TARGET, UNIT
from retention.tables.roles import Role

SHARED = {MONTH, ID, TARGET, PROFIT, UNIT, PROBABILITY}  # names that every shop has
KEYS = {"0", "1", "yes", "no"}  # of every label and every boolean
ROLES = set(get_args(Role))  # a shop may call a column as its role is called; a role is an attribute, or said here:
SAY_ROLES = ("tables/roles.py", "tables/schema.py", "tables/settings.py", "adoption/", "cli.py")

# A room may import the rooms named after it, itself, and the ground that all stand on.
MAY_IMPORT = {
    "tables": set(),
    "adoption": {"tables"},
    "intake": {"campaigns", "tables", "paths", "files"},
    "exploration": {"tables"},
    "learning": {"tables"},
    "campaigns": {"tables", "files"},
    "watch": {"learning", "tables"},
    "audience": {"campaigns", "learning", "tables"},
    "history": {"audience", "learning", "tables"},
    "reporting": {"history", "watch", "campaigns", "audience", "learning", "exploration", "tables"},
    "tracking": {"history", "watch", "campaigns", "audience", "learning", "exploration", "intake", "tables"},
    "registry": {
        "tracking",
        "watch",
        "campaigns",
        "audience",
        "learning",
        "intake",
        "history",
        "tables",
        "settings",
        "paths",
        "files",
        "stages",  # `verify` runs some again
    },
}
# Within a room too: the rooms of each row may import those before them, never the other way.
FLOORS = {
    "learning": [{"model"}, {"evaluation"}, {"calibration", "search", "explanation"}],
    "reporting": [{"language", "charts"}, {"chapters"}],
    "tracking": [{"store"}, {"describe", "models"}],
}
GROUND = {"determinism", "errors", "estimate", "formulas", "numbers", "png", "strict", "table_schema"}
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
            if isinstance(node, ast.FunctionDef) and (_body_lines(node) > 40 or _count_parameters(node) > 7):
                large.append(f"{file.name}: {node.name}")
    assert not large


def _body_lines(node: ast.FunctionDef) -> int:
    doc = node.body[0] if ast.get_docstring(node) else None
    return (node.end_lineno or 0) - node.lineno + 1 - ((doc.end_lineno or 0) - doc.lineno + 1 if doc else 0)


def _count_parameters(node: ast.FunctionDef) -> int:
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def list_names(shop: Path) -> set[str]:
    columns = yaml.safe_load(shop.read_text(encoding="utf-8"))["columns"]
    keys = {str(key) for column in columns.values() for key in column.get("values", {})}
    return (set(columns) | keys) - SHARED - KEYS


def find_named(file: Path, names: set[str]) -> Iterator[str]:
    """Yield the names that are a string of Python, and those of several words that stand anywhere."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and node.value in names:
                yield f"{node.value}, line {node.lineno}"
    yield from {name for name in names - ROLES if "_" in name} & set(re.findall(r"\w+", text))


@pytest.mark.parametrize("suffix", [".py", ".yaml", ".j2", ".js", ".css"])
def test_no_code_names_a_column_of_a_shop(project: Path, suffix: str) -> None:
    shops = sorted((project / "conf" / "shop").glob("*/tables.yaml"))
    assert len(shops) > 1
    names = set().union(*map(list_names, shops))
    assert {"revenue_current", "favourite_category", "children_goods", "contract_term"} <= names
    source = project / "src" / "retention"
    named = {}
    for file in source.rglob(f"*{suffix}"):
        place = file.relative_to(source).as_posix()
        if not place.startswith("simulate/"):
            named[place] = sorted(find_named(file, names - ROLES if place.startswith(SAY_ROLES) else names))
    assert {place: found for place, found in named.items() if found} == {}
