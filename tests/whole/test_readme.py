"""The drawing of the pipeline in both READMEs is that of ``dvc.yaml``."""

import re
from pathlib import Path

import networkx as nx
import pytest
import yaml


def _names(entries: list[str | dict[str, object]]) -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries}


@pytest.fixture(scope="module")
def arrows(project: Path) -> set[tuple[str, str]]:
    """From each stage to those that need it, without what follows from the other arrows."""
    stages = yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    made = {name: _names([*stage["outs"], *stage.get("metrics", [])]) for name, stage in stages.items()} | {
        "data": {"data"}
    }
    needed = {name: _names(stage["deps"]) for name, stage in stages.items()}
    graph = nx.DiGraph((one, other) for other in needed for one in made if made[one] & needed[other])
    return set(nx.transitive_reduction(graph).edges)


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_drawing_is_the_pipeline(project: Path, arrows: set[tuple[str, str]], name: str) -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", (project / name).read_text(encoding="utf-8"), re.DOTALL)
    assert drawing is not None
    assert set(re.findall(r"^ *(\w+) --> (\w+)$", drawing[1], re.MULTILINE)) == arrows
