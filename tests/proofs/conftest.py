"""What a proof measured, shown and kept."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def proof(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines of Markdown that the tests of a file add to; ``make proof`` writes them to docs/proofs/ if all passed."""
    lines: list[str] = []
    failed = request.session.testsfailed
    yield lines
    file = Path(str(request.path))
    title = (request.module.__doc__ or "").strip()
    command = f"PROOFS=docs/proofs python -m pytest -m slow -s tests/proofs/{file.name}"
    page = "\n".join([f"# {title}", "", "```sh", command, "```", "", *lines, ""])
    sys.stdout.write(page)
    if "PROOFS" in os.environ and request.session.testsfailed == failed:
        name = file.stem.removeprefix("test_").replace("_", "-")
        (Path(os.environ["PROOFS"]) / f"{name}.md").write_text(page, encoding="utf-8")
