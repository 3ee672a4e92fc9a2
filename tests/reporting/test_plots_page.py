"""``dvc plots`` with this project's page: drawn by a browser that reaches no network."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retention.reporting.report import render_plots_template

from .test_browser import CHROMIUM, DRIVER, browser  # noqa: F401 -- a fixture

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")
CURVE = "recall,precision\n0,1\n0.5,{}\n1,0.4\n"


def _dvc(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words], cwd=folder, check=True, capture_output=True)


def _git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("words", [("show",), ("diff", "HEAD")])
def test_curves_are_drawn_without_a_network(browser: Any, project: Path, tmp_path: Path, words: tuple[str]) -> None:  # noqa: F811
    _git(tmp_path, "init", "-q")
    _dvc(tmp_path, "init", "-q")
    (tmp_path / ".dvc" / "config").write_text((project / ".dvc" / "config").read_text(encoding="utf-8"))
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "plots.html").write_text(render_plots_template(), encoding="utf-8")
    (tmp_path / "pr.csv").write_text(CURVE.format(0.9))
    (tmp_path / "dvc.yaml").write_text("plots:\n  - Recall: {x: recall, y: {pr.csv: precision}}\n")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "pr.csv").write_text(CURVE.format(0.7))
    _dvc(tmp_path, "plots", *words, "--out", "plots")
    browser.get_log("performance")
    browser.get((tmp_path / "plots" / "index.html").as_uri())
    browser.implicitly_wait(20)
    assert browser.find_element("css selector", "canvas, svg.marks")
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
