"""dvc.yaml against the code: the same paths, and each stage watches just what it reads."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.cli import STAGES
from retention.learning.settings import SpaceSettings
from retention.paths import Paths
from retention.settings import Settings

UNWATCHED = {"runtime", "tracking"}  # what changes speed, and where MLflow is
STAGE_NAMES = list(STAGES)
ENTRIES = {"retention/settings.py"}  # knows every section; a stage watches the values that it reads
UNWATCHED_CODE = {"__init__.py", "settings.py", "paths.py", "errors.py"}  # watched as values, paths and sentences


@pytest.fixture(scope="module")
def stages(project: Path) -> dict[str, Any]:
    return yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def _tree(project: Path, stage: str) -> ast.Module:
    return ast.parse((project / "src" / "retention" / "stages" / f"{stage}.py").read_text(encoding="utf-8"))


def _attributes_of(tree: ast.Module, name: str) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }


def _names(entries: list[Any]) -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries}


def test_the_command_line_has_the_stages_in_their_order(stages: dict[str, Any]) -> None:
    assert list(stages) == STAGE_NAMES
    assert all(stage["cmd"] == f"retention {name}" for name, stage in stages.items())


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_watches_the_settings_it_reads(project: Path, stages: dict[str, Any], stage: str) -> None:
    text = (project / "src" / "retention" / "stages" / f"{stage}.py").read_text(encoding="utf-8")
    text = text.replace("settings.space", " ".join(f"settings.{name}" for name in SpaceSettings.model_fields))
    read = set(re.findall(r"\bsettings\.([a-z_]+(?:\.[a-z_]+)?)", text))
    read = {key for key in read if key.split(".")[0] in Settings.model_fields.keys() - UNWATCHED}
    watched = set(stages[stage].get("params", []))
    assert all(any(f"{key}.".startswith(f"{seen}.") for seen in watched) for key in read), "read and not watched"
    assert all(any(f"{key}.".startswith(f"{seen}.") for key in read) for seen in watched), "watched and not read"


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_names_every_path_it_touches(project: Path, stages: dict[str, Any], stage: str) -> None:
    here = Paths(Path(), Path())
    touched = {str(getattr(here, name)) for name in _attributes_of(_tree(project, stage), "paths")}
    entry = stages[stage]
    named = _names(entry["deps"]) | _names(entry["outs"]) | _names(entry.get("metrics", []))
    named = {name for name in named if not name.startswith("src/")}
    within = {f"artifacts/report/{name}": "artifacts/report" for name in ("report.html", "summary.md", "tables")}
    touched = {within.get(path, path) for path in touched if path.startswith(("artifacts/", "data", "mlruns/"))}
    assert touched - {"data.dvc"} == named


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_watches_the_code_it_runs_and_no_more(project: Path, stages: dict[str, Any], stage: str) -> None:
    source = project / "src"
    run = {file.relative_to(project) for file in _reach(source, f"retention.stages.{stage}")}
    run = {file for file in run if file.name not in UNWATCHED_CODE} | {Path("src/retention/determinism.py")}
    watched = {Path(name) for name in _names(stages[stage]["deps"]) if name.startswith("src/")}
    assert not [file for file in run if not any(file.is_relative_to(dep) for dep in watched)], "run and not watched"
    assert not [dep for dep in watched if not any(file.is_relative_to(dep) for file in run)], "watched and not run"


def _reach(source: Path, module: str) -> set[Path]:
    """Every file that importing `module` and calling it may run."""
    reached: set[Path] = set()
    waiting = {_file_of(source, module)}
    while waiting:
        file = waiting.pop()
        if file is None or file in reached:
            continue
        reached.add(file)
        if file.relative_to(source).as_posix() not in ENTRIES:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
            for node in found:
                waiting |= {_file_of(source, f"{node.module}.{alias.name}") for alias in node.names}
                waiting.add(_file_of(source, str(node.module)))
    return reached


def _file_of(source: Path, module: str) -> Path | None:
    path = source.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def test_every_output_survives_a_failed_run(stages: dict[str, Any]) -> None:
    outputs = [out for stage in stages.values() for key in ("outs", "metrics") for out in stage.get(key, [])]
    assert all(isinstance(out, dict) and next(iter(out.values())).get("persist") for out in outputs)


def _changed_stages(root: Path) -> set[str]:
    """The stages that ``dvc status`` calls changed in their own right."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--json"], cwd=root, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.slow
def test_a_changed_file_changes_the_stages_that_run_it_and_no_others(
    project: Path, stages: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copytree(project / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(project / name, tmp_path)
    for entry in stages.values():  # what was made does not matter, only that nothing of it has changed
        for name in _names(entry["deps"]) | _names(entry["outs"]) | _names(entry.get("metrics", [])):
            if not (file := tmp_path / name).exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("made")
    for command in (["init", "--no-scm", "--quiet"], ["commit", "--force", "--quiet"]):
        subprocess.run([sys.executable, "-m", "dvc", *command], cwd=tmp_path, check=True, capture_output=True)
    assert _changed_stages(tmp_path) == set()

    source = tmp_path / "src" / "retention"
    explainer, files, errors = (
        source / name for name in ("learning/explanation/explanation.py", "files.py", "errors.py")
    )
    errors.write_text(errors.read_text("utf-8") + "# another sentence\n", "utf-8")
    assert _changed_stages(tmp_path) == set()
    explainer.write_text(explainer.read_text("utf-8").replace('"""', '"""Really: ', 1), "utf-8")
    assert _changed_stages(tmp_path) == {"explain"}
    files.write_text(files.read_text("utf-8").replace("DECIMALS = 9", "DECIMALS = 8"), "utf-8")
    assert _changed_stages(tmp_path) == set(stages)
