"""Months of a shop lived through by the commands alone: labels, models, the watch, campaigns and their results.

Each month its exports come without labels; `retention outcomes` brings the labels of three months ago, `retention
month` does the rest, `retention launch` freezes the plan, and the simulated customers answer it. The labels of one
month come a month late. `make test-long` lives through nine months, in the last of which the former winner is fitted
again without a search; `make proof` through a year, whose mix of customers moves from the eighth month on (`--drift
covariates`).
"""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.campaigns.ledger import ARM, CHANCE, CONTACTED
from retention.tables.columns import ID, MONTH, PROBABILITY, TARGET

from ..whole.conftest import Command, clone, command_in

pytestmark = pytest.mark.slow

YEAR = "PROOFS" in os.environ
MONTHS, DRIFT = (12, 8) if YEAR else (9, 0)
DELAY, LATE = 3, 6  # months until a label is known; the month in which no labels are handed in
UNTOLD = () if YEAR else (7, 8)  # months whose exports are kept, and nothing is run
CUSTOMERS = 800
SEARCH = "search=quick search.n_trials=12 search.batch_size=4 search.startup=4 gate.automatic=true"
COLUMNS = "| month | learnt from | searched | ROC-AUC | leads | watch | champion | planned | measured | exit code |"


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _hash_of_search(folder: Path) -> str:
    outs = yaml.safe_load((folder / "dvc.lock").read_text())["stages"]["search"]["outs"]
    return " ".join(str(out["md5"]) for out in outs)


def _find_champion(folder: Path) -> int:
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as database:
        found = database.execute("select version from registered_model_aliases where alias = 'champion'").fetchone()
    return int(found[0])


def _simulate(run: Command, copy: Path, shop: Path, names: list[str]) -> None:
    """Write the shop as it is with the campaigns that were launched."""
    shutil.rmtree(shop, ignore_errors=True)
    drift = f" --drift covariates@{names[DRIFT - 1]}" if DRIFT else ""
    answers = "".join(f" --answer {file}" for file in sorted((copy / "data").glob("campaigns/*/assigned.csv")))
    run(f"retention simulate --months {MONTHS}@{names[0]} --customers {CUSTOMERS} --out {shop}{drift}{answers}")


def _live(run: Command, month: str) -> int:
    """Run the monthly job as cron would, and return its exit code."""
    return int(run(f"retention month came/{month} --month {month} > said.txt; echo $?").stdout.split()[-1])


def _launch(run: Command, copy: Path, month: str) -> int:
    """Launch the champion's plan as the job's last words say; return how many are planned."""
    if "the champion, plans" in (copy / "said.txt").read_text():
        run("retention launch")
    else:
        lists = f"lists/{month}"
        run(f"retention score data/{month} --out {lists}")
        run(f"retention launch --scored {lists} --month {month}")
    run("retention launch", expect=1)
    return len(pd.read_csv(copy / "data" / "campaigns" / month / "assigned.csv"))


def _check_measured(copy: Path) -> int:
    """Recompute each campaign's pooled effect from the ledger by hand, as nearly as differences of means tell it."""
    read = [one for one in _read(copy / "artifacts" / "campaigns.json")["campaigns"] if one["pooled"]]
    learnt = pd.read_parquet(copy / "artifacts" / "learnt.parquet").astype({ID: str})
    for one in read:
        sent = pd.read_csv(copy / "data" / "campaigns" / one["campaign"] / "assigned.csv", dtype={ID: str})
        label = sent[ID].map(learnt[learnt[MONTH] == one["campaign"]].set_index(ID)[TARGET])
        gap, contacted = label.fillna(1) - sent[PROBABILITY], sent[ARM] == CONTACTED  # gone counts as declined
        kept, left = (np.average(gap[who], weights=1 / sent[CHANCE][who]) for who in (contacted, ~contacted))
        assert (one["contacted"], one["held"]) == (contacted.sum(), (~contacted).sum())
        assert one["pooled"]["avoided"]["low"] < left - kept < one["pooled"]["avoided"]["high"]
    return len(read)


def test_months_are_lived_through(project: Path, tmp_path: Path, proof: list[str]) -> None:
    copy, shop = clone(project, tmp_path / "retention"), tmp_path / "shop"
    run = command_in(copy)
    names = [f"2026-{number:02d}" for number in range(1, MONTHS + 1)]
    run(f"retention params {SEARCH}")
    proof.append(COLUMNS + "\n" + "|---" * 10 + "|")
    searches, champions, verdicts, planned, measured, waiting = [""], [], {}, [], [], []
    for number, month in enumerate(names, start=1):
        _simulate(run, copy, shop, names)
        shutil.copytree(shop / month, copy / "came" / month, ignore=shutil.ignore_patterns("outcomes.csv"))
        if number > DELAY:
            waiting.append(names[number - 1 - DELAY])
        if number != LATE:
            for late in waiting:
                run(f"retention outcomes {shop / late / 'outcomes.csv'} --month {late}")
            waiting = []
        if number in UNTOLD:
            run(f"retention params {SEARCH} search.reuse=true && retention use came/{month} --month {month}")
            continue
        code = _live(run, month)
        assert code in ((3,) if number <= DELAY else (0, 10, 11)), (copy / "said.txt").read_text()
        if code == 3:
            proof.append(f"| {month} |  |  |  |  |  |  |  |  | 3 |")
            continue
        searches.append(_hash_of_search(copy))
        searched = searches[-1] != searches[-2]
        assert searched == (number != LATE), "a search runs if and only if labels have come"
        champions.append(_find_champion(copy))
        if number in (DELAY + 1, LATE):
            assert _live(run, month) == code, "a second call of the same month"
            assert (_hash_of_search(copy), _find_champion(copy)) == (searches[-1], champions[-1])
        measured.append(_check_measured(copy))
        planned.append(_launch(run, copy, month))
        periods, metrics = _read(copy / "artifacts" / "periods.json"), _read(copy / "artifacts" / "metrics.json")
        verdicts[number] = _read(copy / "artifacts" / "watch.json")["verdict"]
        later, learnt = metrics["out_of_time"], f"{periods['learnt'][0]} to {periods['learnt'][-1]}"
        leads = "out of time" if later == metrics["roc_auc"] else "held out"
        told = (learnt, "yes" if searched else "no", f"{metrics['roc_auc']:.3f}", leads, verdicts[number])
        proof.append(f"| {month} | {' | '.join(told)} | {champions[-1]} | {planned[-1]} | {measured[-1]} | {code} |")
    assert measured[:3] == [0, 0, 0]
    assert measured[-1] == MONTHS - 2 * DELAY
    if YEAR:
        assert len(set(champions)) >= 3, "two promotions after the first"
        assert all(verdict in ("fine", "cannot_tell") for number, verdict in verdicts.items() if number < DRIFT)
        assert any(verdict in ("look", "retrain") for number, verdict in verdicts.items() if number >= DRIFT)
