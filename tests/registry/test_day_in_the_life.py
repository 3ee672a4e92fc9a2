"""The page on a day with the models: its commands, run in their order by a shell, do what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None or shutil.which("git") is None, reason="needs curl and git"),
]

SMALL = {  # of conf/, since what differs from it is a column of the comparison
    "config.yaml": {"at_most: 8": "at_most: 0", "resamples: 2000": "resamples: 200", "resamples: 500": "resamples: 100",
                    "progress: true": "progress: false", "search: default": "search: quick",
                    r"model: \[.*\]": "model: [logistic]"},
    "gate/default.yaml": {"resamples: 2000": "resamples: 200"},
    "search/quick.yaml": {"n_trials: 12": "n_trials: 4"},
}  # fmt: skip


def _run(folder: Path, command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "RETENTION_ACTOR": "Анна",
        "COLUMNS": "160",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_the_commands_of_the_page_do_what_it_says(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    _run(tmp_path, f"git clone -q '{project}' shop")
    _run(home, "git config user.name Test && git config user.email test@localhost")
    for name, changes in SMALL.items():  # the page's own words, on less work
        file = home / "conf" / name
        for pattern, instead in changes.items():
            text, count = re.subn(pattern, instead, file.read_text(encoding="utf-8"))
            assert count == 1
            file.write_text(text, encoding="utf-8")
    _run(home, "retention simulate --out exports --customers 400 && retention params && retention use exports")
    _run(home, "dvc repro && git add -A && git commit -qm small")
    page = (project / "docs" / "day-in-the-life.md").read_text(encoding="utf-8")
    sweep, compare, promote, back, score, serve = (
        _run(home, commands) for commands in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    )
    assert sweep
    assert len(re.findall(r"\[candidate-", compare)) == 4
    header = next(line for line in compare.splitlines() if "roc_auc" in line)
    assert len(header) <= 160
    shown = [
        "roc_auc",
        "roc_auc_low",
        "roc_auc_high",
        "log_loss",
        "ece",
        "model",
        "net_profit",
        "contacts",
        "spent",
    ]
    assert header.split() == ["Experiment", *(name for name in shown if name in header.split())]  # no … among them
    assert {"roc_auc", "model", "net_profit"} < set(header.split())
    first = next(line for line in compare.splitlines() if line.startswith("version 1 "))
    assert re.match(
        r"version 1 \[(candidate-\S+, )?challenger, champion\]", first
    )  # an experiment may give the same model
    assert "1 → 2  by Анна" in promote
    assert "Version 1 is champion again" in back
    assert "scored by version 1" in score
    assert '"version":1,' in serve
    assert re.search(r'"customer_id":7,"decline_probability":0\.\d+,"segment":', serve)
