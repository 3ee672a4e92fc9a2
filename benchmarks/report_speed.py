"""How long the report takes and how large it is.

    python benchmarks/report_speed.py --customers 1300 --customers 100000

One line of JSON for each size: the seconds of each stage and the size of the page. The shop is simulated and goes
through the own stages of the pipeline; a logistic regression fitted on a sample stands for the search and the model,
its terms for the attributions. The exit code is 1 if a goal of the report stage or of its page is missed.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retention.files import write_artifact, write_bytes, write_parquet
from retention.learning.calibration.summary import Calibration
from retention.learning.explanation.summary import (
    Explanation,
    compute_refit_shares,
    summarise_importance,
    summarise_shapes,
)
from retention.learning.model.choice import Choice
from retention.learning.search.selection import Candidate, choose_winner
from retention.learning.search.trial import Trial
from retention.learning.settings import SelectionSettings
from retention.paths import Paths
from retention.settings import Settings, read_settings
from retention.simulate import write_shop
from retention.stages import evaluate, explore, prepare, report, segment, split, validate
from retention.tables.columns import ID, PROBABILITY, TARGET
from retention.tables.roles import list_roles

FITTED_ON = 1000
GOALS = {1300: 20, 100_000: 60}  # seconds, up to so many customers
LARGEST = 3_000_000  # bytes


def predict(settings: Settings, paths: Paths) -> None:
    """Write what the model's stages write, by a logistic regression on the numbers."""
    shop, split = pd.read_parquet(paths.learnt), pd.read_parquet(paths.split)
    roles = list_roles(settings.tables.columns)
    numbers = shop[[*roles.numeric]]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    sample = shop.sample(min(FITTED_ON, len(shop)), random_state=settings.seed)
    model.fit(sample[[*roles.numeric]], sample[TARGET])
    output = model.decision_function(numbers)
    probability = 1 / (1 + np.exp(-output))
    given = {PROBABILITY: probability, "score": output, "fold": 0}
    write_parquet(paths.learnt_probabilities, split.assign(**{TARGET: shop[TARGET]}, **given))
    write_parquet(paths.probabilities, shop[[ID]].assign(**given))
    parts = pd.DataFrame(0.0, index=shop.index, columns=list(roles.names))
    parts[[*roles.numeric]] = model[0].transform(numbers) * model[1].coef_[0]
    write_parquet(
        paths.attributions, parts.assign(**{ID: shop[ID], "base_value": model[1].intercept_[0], "output": output})
    )
    refits = compute_refit_shares(parts, np.ones(len(parts), dtype=int))
    frame, resamples = shop[[*roles.names]], {"resamples": 20, "seed": settings.seed}
    explanation = Explanation(
        explained="log-odds",
        method="linear",
        sampling_error=0.0,
        customers=len(shop),
        refits=len(refits),
        agreement=1.0,
        importance=summarise_importance(parts, frame, refits, roles.categorical, **resamples),
        shapes=summarise_shapes(parts, frame, roles.categorical, bins=settings.explain.bins),
    )
    write_artifact(paths.explanation, explanation)
    write_artifact(paths.calibration, Calibration(method="none", output="log-odds", candidates={}))
    write_search(paths)


def evaluate_sample(settings: Settings, paths: Paths) -> None:
    """Write metrics and curves of a sample: the recipes that the model is compared with take hours on a large shop."""
    places = Paths(paths.root / "sample", paths.root)
    shop, known = pd.read_parquet(paths.learnt), pd.read_parquet(paths.learnt_probabilities)
    rows = shop.sample(min(FITTED_ON, len(shop)), random_state=settings.seed).index
    for path in (paths.columns, paths.best):
        write_bytes(places.artifacts / path.name, path.read_bytes())
    write_parquet(places.learnt, shop.loc[rows].reset_index(drop=True))
    write_parquet(places.learnt_probabilities, known.loc[rows].reset_index(drop=True))
    evaluate.run(settings, places)
    shutil.copytree(places.curves, paths.curves)
    shutil.copyfile(places.metrics, paths.metrics)


def write_search(paths: Paths) -> None:
    """Write a search of 150 trials, as large as the default one."""
    numbers = np.arange(150)
    auc = 0.9 - 0.2 / (1 + numbers)
    trials = {"number": numbers, "state": "complete", "model": "logistic", "roc_auc": auc}
    write_parquet(paths.trials, pd.DataFrame(trials))
    choice = Choice("logistic", "standard", "onehot", "none", {"C": 1.0})
    best = Candidate(Trial(149, 1, choice, "complete", (0.9,) * 15), choice, (0.9,) * 15, 1, 12)
    settings = SelectionSettings(candidates=1, repeats=3, tolerance=0.001)
    write_artifact(paths.best, choose_winner([best], settings, "0" * 64, [best.trial] * 150, 5))


def measure(settings: Settings, customers: int, folder: Path) -> dict[str, Any]:
    """Run the stages and return their seconds and the size of the page in bytes."""
    paths = Paths(folder, folder)
    write_shop(paths.data, customers=customers, seed=1, truth=None)
    stages: dict[str, Callable[[Settings, Paths], None]] = {
        "validate": validate.run,
        "prepare": prepare.run,
        "split": split.run,
        "explore": explore.run,
        "model": predict,
        "evaluate": evaluate_sample,
        "segment": segment.run,
        "report": report.run,
    }
    seconds = {}
    for name, run in stages.items():
        start = perf_counter()
        run(settings, paths)
        seconds[name] = round(perf_counter() - start, 2)
        print(name, seconds[name], file=sys.stderr, flush=True)
    return {"customers": customers, "page_bytes": paths.report.stat().st_size, "seconds": seconds}


def main() -> int:
    """Measure every size asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, action="append")
    asked = parser.parse_args()
    settings, missed = read_settings(Path("params.yaml")), False
    for customers in asked.customers or GOALS:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(settings, customers, Path(folder))
        print(json.dumps(result), flush=True)
        goal = next((seconds for size, seconds in GOALS.items() if customers <= size), float("inf"))
        missed |= result["seconds"]["report"] > goal or result["page_bytes"] > LARGEST
    print("goal missed" if missed else "goal reached", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
