"""How seconds and memory of each step grow with the customers, beside the plain pandas and scikit-learn way.

    python benchmarks/scale.py --customers 1300 100000 1000000 [--steps score plain_score] [--project .]

Each step runs in a process of its own on a simulated shop of so many customers; memory is the largest resident size of
that process and of those that it started, looked at 20 times a second, and processor seconds are theirs, which tell
more than seconds where others use the machine too. One line of JSON for each. `score` and
`plain_score` need a published model: the champion of `--project`. `chain` is every stage from `validate` to `report`,
one after another, and what came out on the customers set aside; `--set` changes its settings, so that a search on all
training customers can stand beside one on a sample:

    python benchmarks/scale.py --customers 20000 --steps chain --set search.sample=null

The shops lie in `--folder` and are used again; without it they go.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import pandas as pd
import psutil

from retention.files import read_artifact
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.evaluation.evaluation import Metrics
from retention.paths import Paths
from retention.registry.entrant import fetch_champion
from retention.registry.scoring import score
from retention.settings import Settings, compose_params, read_settings
from retention.simulate import write_shop
from retention.tables.columns import ID, PROBABILITY
from retention.tables.parts import read_spellings
from retention.tables.roles import list_roles
from retention.tables.settings import MONTH, VALUE, Export

LOOK = 0.05  # seconds between two looks at the memory
DRAWN = 1_000_000


@dataclass(frozen=True)
class Place:
    """Where a step works."""

    shop: Path
    """The exports of the simulated shop."""
    out: Path
    """An empty folder."""
    settings: Settings
    paths: Paths
    """Of the project whose champion it is."""


def write_large_shop(folder: Path, customers: int) -> None:
    """Write a simulated shop; above `DRAWN` customers, a multiple of it, those drawn come again under other ids."""
    write_shop(folder, customers=min(customers, DRAWN), seed=7, truth=None)
    for file in sorted(folder.iterdir()):
        rows = file.read_bytes().splitlines(keepends=True)[1:]
        with file.open("ab") as whole:
            for shift in range(DRAWN, customers, DRAWN):
                whole.writelines(_rename(row, shift) for row in rows)


def _rename(row: bytes, shift: int) -> bytes:
    return re.sub(rb"^\d+", lambda found: b"%d" % (int(found[0]) + shift), row)


def score_exports(place: Place) -> None:
    """From CSV to lists, as `retention score` does."""
    score(place.shop, place.out / "lists", place.settings, place.paths)


def score_plainly(place: Place) -> None:
    """From CSV to probabilities as a notebook does it: read, merge, predict, write; nothing is checked or planned."""
    champion, exports = fetch_champion(place.settings, place.paths), place.settings.tables.exports.values()
    tables = [_read_plainly(place.shop, export) for export in exports if ID in export.headers]
    customers = reduce(lambda left, right: left.merge(right, on=ID), tables)
    for name, column in place.settings.tables.columns.items():
        if (spelled := column.values) and name in customers:  # noqa: PD011 -- no array
            customers[name] = customers[name].map(read_spellings([], spelled))
    names = [*list_roles(place.settings.tables.columns).names]
    customers = customers.dropna(subset=names)
    (model,) = champion.read_models(np.zeros(1, dtype=int))
    assert isinstance(model, CalibratedModel)
    given = customers[[ID]].assign(**{PROBABILITY: model.predict_proba(customers[names])[:, 1]})
    given.to_csv(place.out / "probabilities.csv", index=False)


def _read_plainly(shop: Path, export: Export) -> pd.DataFrame:
    headers = {header: name for name, header in export.headers.items()}
    table = pd.read_csv(shop / export.file, sep=export.separator, decimal=export.decimal).rename(columns=headers)
    table = table[[name for name in headers.values() if name in table]]
    if not export.months:
        return table
    table[MONTH] = table[MONTH].map(read_spellings([], export.months))
    return table.pivot_table(index=ID, columns=MONTH, values=VALUE).reset_index()


STEPS: dict[str, Callable[[Place], None]] = {"score": score_exports, "plain_score": score_plainly}
CHAIN = "chain"
STAGES = (
    "validate", "prepare", "explore", "measure", "split", "search", "train", "predict", "evaluate", "explain",
    "segment", "plan", "watch", "report",
)  # fmt: skip


def run_step(step: str, shop: Path, project: Path) -> None:
    """Do one step in this process and print its seconds."""
    paths = Paths(project, project)
    with tempfile.TemporaryDirectory(dir=shop.parent) as out:
        place = Place(shop.resolve(), Path(out), read_settings(paths.params), paths)
        start = perf_counter()
        STEPS[step](place)
        print(round(perf_counter() - start, 1))


def measure(step: str, shop: Path, project: Path) -> dict[str, float]:
    """Do one step, or a stage of `project`, in a process of its own; return what it took."""
    asked = [sys.executable, __file__, "--run", step, "--folder", str(shop), "--project", str(project)]
    if step in STAGES:
        asked = [sys.executable, "-m", "retention", step]
    start, most, worked = perf_counter(), 0, dict[int, float]()
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, cwd=project if step in STAGES else None) as started:
        watched = psutil.Process(started.pid)
        while started.poll() is None:
            seen = [_look(process, worked) for process in [watched, *watched.children(recursive=True)]]
            most = max(most, sum(seen))
            sleep(LOOK)
        taken, said = perf_counter() - start, started.stdout.read() if started.stdout else ""
    if started.returncode:
        raise SystemExit(f"{step} failed")
    seconds = round(taken, 1) if step in STAGES else float(said.split()[-1])
    return {"seconds": seconds, "processor_seconds": round(sum(worked.values()), 1), "megabytes": round(most / 1e6)}


def measure_chain(shop: Path, conf: Path, overrides: list[str]) -> Iterator[dict[str, str | float]]:
    """Run every stage on a shop in a new folder beside it; yield what each took, then what they took and gave."""
    with tempfile.TemporaryDirectory(dir=shop.parent) as folder:
        paths = Paths(Path(folder), Path(folder))
        paths.data.symlink_to(shop.resolve())
        compose_params(conf, paths.params, overrides)
        taken = []
        for stage in STAGES:
            taken.append(measure(stage, shop, paths.root))
            yield {"step": stage, **taken[-1]}
        found = read_artifact(paths.metrics, Metrics)
        yield {
            "step": CHAIN,
            **{name: round(sum(one[name] for one in taken), 1) for name in ("seconds", "processor_seconds")},
            "megabytes": max(one["megabytes"] for one in taken),
            "model": found.model,
            "roc_auc": found.roc_auc,
            "roc_auc_low": found.roc_auc_low,
            "roc_auc_high": found.roc_auc_high,
            "page_megabytes": round(paths.report.stat().st_size / 1e6, 2),
        }


def _look(process: psutil.Process, worked: dict[int, float]) -> int:
    """Return the bytes that a process holds, and note its processor seconds so far."""
    try:
        spent = process.cpu_times()
        worked[process.pid] = spent.user + spent.system
        return int(process.memory_info().rss)
    except psutil.Error:  # it has ended
        return 0


def main() -> None:
    """Measure each step for each number of customers and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[1300, 100_000])
    parser.add_argument("--steps", nargs="+", choices=[*STEPS, CHAIN], default=list(STEPS))
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--folder", type=Path, help="for the shops")
    parser.add_argument("--set", nargs="*", default=[], help="Hydra overrides of the chain's settings")
    parser.add_argument("--run", choices=STEPS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        run_step(asked.run, asked.folder, asked.project.resolve())
        return
    with tempfile.TemporaryDirectory() as own:
        for customers in asked.customers:
            shop = (asked.folder or Path(own)) / f"shop{customers}"
            if not shop.exists():
                write_large_shop(shop, customers)
            for step in asked.steps:
                conf = asked.project.resolve() / "conf"
                chain = measure_chain(shop, conf, asked.set) if step == CHAIN else None
                for found in chain or [{"step": step, **measure(step, shop, asked.project)}]:
                    print(json.dumps({"customers": customers, **found}), flush=True)


if __name__ == "__main__":
    main()
