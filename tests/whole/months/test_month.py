"""The monthly job on a small shop of several months: killed, repeated, one at a time, and without new labels."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from retention.simulate.months import write_months

from ..conftest import BIN, command_in

pytestmark = pytest.mark.slow

MONTHS = [f"2026-0{number}" for number in range(3, 8)]
DONE = (10, 11)  # for no model of so small a search reaches the floor below


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five months; labels came for the first one only."""
    folder = tmp_path_factory.mktemp("months")
    write_months(folder, MONTHS, customers=300, seed=3)
    (folder / "2026-04" / "outcomes.csv").unlink()
    return folder


@pytest.fixture(scope="module")
def shop(copy: Path) -> Path:
    """A copy without data, whose search takes seconds."""
    shutil.rmtree(copy / "data", ignore_errors=True)
    (copy / "data.dvc").unlink(missing_ok=True)
    small = "search=quick search.n_trials=4 'model=[logistic,tree]' 'scaler=[standard,none]' 'encoder=[onehot]'"
    more = "found.halves=20 runtime.workers=1 evaluate.resamples=100 gate.roc_auc_floor=0.99"
    command_in(copy)(f"retention params {small} {more}")
    return copy


def run_month(shop: Path, words: str, expect: tuple[int, ...]) -> str:
    done = subprocess.run(
        f"retention month {words}", shell=True, cwd=shop, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode in expect, f"{done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def take_snapshot(shop: Path) -> dict[str, str]:
    files = [shop / "data.dvc", shop / "dvc.lock", *(shop / "data").rglob("*"), *(shop / "artifacts").rglob("*")]
    return {str(file): hashlib.md5(file.read_bytes()).hexdigest() for file in files if file.is_file()}


def read_stages(shop: Path) -> dict[str, Any]:
    stages: dict[str, Any] = yaml.safe_load((shop / "dvc.lock").read_text())["stages"]
    return stages


def kill_in_the_middle(shop: Path, words: str) -> None:
    """Kill the job, see that nobody comes between while what it started goes on, and kill that too."""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    line = [str(BIN / "retention"), "month", *words.split()]
    with (
        (shop / ".retention" / "log").open("w+") as log,
        subprocess.Popen(line, cwd=shop, stdout=log, stderr=log, env=environment, start_new_session=True) as job,
    ):
        while "retention search" not in Path(log.name).read_text():
            assert job.poll() is None
            time.sleep(0.2)
        job.kill()
        job.wait()
        assert "Another monthly run" in run_month(shop, words, (1,))
        os.killpg(job.pid, signal.SIGKILL)
        time.sleep(1)


def test_the_monthly_job(shop: Path, exports: Path) -> None:
    assert "nothing to learn from" in run_month(shop, f"{exports / MONTHS[0]} --month 2026-03", (3,))
    assert not (shop / "data" / "history").exists()
    for month in ("2026-04", "2026-05"):
        command_in(shop)(f"retention use {exports / month} --month {month}")

    words = f"{exports / '2026-06'} --month 2026-06"
    kill_in_the_middle(shop, words)
    assert not (shop / "data" / "history").exists()
    said = run_month(shop, words, DONE)
    assert "2026-06 is recorded" in said
    assert "There is no champion, so no plan is to be sent" in said
    before, stages = take_snapshot(shop), read_stages(shop)
    assert "recorded already, as it is" in run_month(shop, words, DONE)
    assert "recorded already, as it is" in run_month(shop, "--month 2026-06", DONE)
    assert take_snapshot(shop) == before
    kept = shop / "data" / "history" / "2026-06"
    told, customers = json.loads((kept / "figures.json").read_bytes()), pd.read_parquet(kept / "customers.parquet")
    probabilities = pd.read_parquet(shop / "artifacts" / "probabilities.parquet")
    assert customers["decline_probability"].tolist() == probabilities["decline_probability"].tolist()
    assert (told["month"], told["customers"]) == ("2026-06", len(customers))

    command_in(shop)('retention promote --version 1 --force --reason "the only one"')
    said = run_month(shop, f"{exports / '2026-07'} --month 2026-07", (0, *DONE))
    assert "2026-07 is recorded" in said and "There is no champion" not in said
    assert all(read_stages(shop)[name] == stages[name] for name in ("split", "search", "train"))
    since = json.loads((shop / "artifacts" / "since.json").read_bytes())
    assert (since["then"], since["moves"]["month"]) == (told, "2026-06")
    assert (shop / "artifacts" / "report" / "tables" / "since_bands.csv").exists()
    assert "2026-07 is there already" in run_month(shop, "--month 2026-06", (1,))

    (shop / "data" / "history" / "2026-07" / "figures.json").write_text("{}")
    command_in(shop)("dvc commit -q -f data.dvc")
    assert "recorded already with other figures" in run_month(shop, "--month 2026-07", (0, *DONE))
