"""Months of a shop lived through by the commands alone.

Three months of decisions are lived through by `make test-long`, a year by `make proof`. Each month its exports come
without labels; the labels of three months ago come by `retention outcomes`; `retention month` does the rest. From the
eighth month on the mix of customers moves (`retention simulate --drift covariates`).
"""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..whole.conftest import Command, clone, command_in

pytestmark = pytest.mark.slow

MONTHS = 12 if "PROOFS" in os.environ else 6
DELAY, LATE = 3, 6  # months until a label is known; the month whose labels are handed in a month too late
DRIFT = 8
CUSTOMERS = 330
SEARCH = "search=quick search.n_trials=12 search.batch_size=4 search.startup=4"
GOOD = {0: "fine", 10: "look", 11: "retrain", 3: "no labels yet"}
COLUMNS = ("month", "learnt from", "searched", "ROC-AUC", "leads", "watch", "champion", "exit code")


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _hash_of_search(folder: Path) -> str:
    outs = yaml.safe_load((folder / "dvc.lock").read_text())["stages"].get("search", {}).get("outs", [])
    return " ".join(str(out["md5"]) for out in outs)


def _champion(folder: Path) -> str:
    store = folder / "mlruns" / "mlflow.db"
    if not store.exists():
        return ""
    with sqlite3.connect(store) as database:
        found = database.execute("select version from registered_model_aliases where alias = 'champion'").fetchone()
    return str(found[0]) if found else ""


def _live(run: Command, month: str) -> int:
    """Run the monthly job as cron would, and return its exit code."""
    return int(run(f"retention month came/{month} --month {month} > said.txt; echo $?").stdout.split()[-1])


def test_a_year_is_lived_through(project: Path, tmp_path: Path, proof: list[str]) -> None:
    copy = clone(project, tmp_path / "retention")
    run = command_in(copy)
    names = [f"2026-{number:02d}" for number in range(1, MONTHS + 1)]
    run(
        f"retention simulate --months {MONTHS} --start {names[0]} --customers {CUSTOMERS} --out {tmp_path / 'shop'} "
        f"--drift covariates --drift-from 2026-{DRIFT:02d}"
    )
    run(f"retention params {SEARCH} gate.automatic=true")
    proof.append("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    searches, champions, found = [""], [""], []
    waiting: list[str] = []
    for number, month in enumerate(names, start=1):
        shutil.copytree(tmp_path / "shop" / month, copy / "came" / month, ignore=shutil.ignore_patterns("outcomes.csv"))
        if number > DELAY:
            waiting.append(names[number - 1 - DELAY])
        if number != LATE:  # whose labels come with the next month's
            for late in waiting:
                run(f"retention outcomes {tmp_path / 'shop' / late / 'outcomes.csv'} --month {late}")
            waiting = []
        code = _live(run, month)
        assert code in GOOD, (copy / "said.txt").read_text()
        assert (code == 3) == (number <= DELAY)
        if code == 3:
            proof.append(f"| {month} |  |  |  |  |  |  | 3 |")
            continue
        searches.append(_hash_of_search(copy))
        champions.append(_champion(copy))
        searched = searches[-1] != searches[-2]
        assert searched == (number != LATE), "a search runs if and only if labels have come"
        assert _live(run, month) == code, "a second call of the same month"
        assert (_hash_of_search(copy), _champion(copy)) == (searches[-1], champions[-1])
        periods, metrics = _read(copy / "artifacts" / "periods.json"), _read(copy / "artifacts" / "metrics.json")
        watch = _read(copy / "artifacts" / "watch.json")
        found.append((number, watch["verdict"]))
        later = metrics["out_of_time"]
        leads = "held out" if later is None or metrics["roc_auc"] < later else "out of time"
        learnt = f"{periods['learnt'][0]} to {periods['learnt'][-1]}"
        told = (learnt, "yes" if searched else "no", f"{metrics['roc_auc']:.3f}", leads, watch["verdict"])
        proof.append(f"| {month} | {' | '.join(told)} | {champions[-1]} | {code} |")
    assert champions[1], "the first model becomes champion"
    if MONTHS == 12:
        assert len(set(champions) - {""}) >= 3, "two promotions after the first"
        assert all(verdict in ("fine", "cannot_tell") for number, verdict in found if number < DRIFT)
        assert any(verdict in ("look", "retrain") for number, verdict in found if number >= DRIFT)
