"""What the search costs beside its fits: trials per second, and the ratio to a bare loop on the same fits.

    python benchmarks/search_speed.py --exports DIR [--trials N] [--json FILE]

The search runs in one process. Then every fold that it ran is fitted again by ``cross_val_score`` on the whole
pipeline, in the same process: the bare loop. A ratio of 1.05 means that the search takes 5 % longer.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from quality import compose

import numpy as np  # isort: skip  # after `quality`, which pins the kernels
import pandas as pd
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_limits

from retention.learning.folds import repeated_folds
from retention.learning.model.space import build_pipeline_of, build_space
from retention.learning.search.search import open_study
from retention.learning.search.trial import Trial
from retention.settings import Settings
from retention.tables.columns import TARGET, UNIT
from retention.tables.customers import read_customers
from retention.tables.roles import list_roles


def main() -> None:
    """Run the search, then the bare loop, and print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path, required=True, help="folder of the four exports")
    parser.add_argument("--trials", type=int, help="trials of the search (default: the setting)")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    parser.add_argument("--conf", type=Path, default=Path("conf"), help="folder of the settings")
    parser.add_argument("--set", nargs="*", default=[], help="Hydra overrides, for example search=thorough")
    arguments = parser.parse_args()
    settings = compose(arguments.conf, arguments.set, arguments.trials)
    customers = read_customers(arguments.exports, settings.tables, "pandas").frame
    result = measure(customers, settings)
    print(json.dumps(result))
    print(
        f"{result['trials']} trials ({result['fits']} fits) in {result['search_seconds']:.1f} s, "
        f"{result['trials_per_second']:.2f} a second; the bare loop takes {result['bare_seconds']:.1f} s: "
        f"ratio {result['ratio']:.3f}",
        file=sys.stderr,
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


def measure(customers: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    """Time both on the same customers, folds and choices, in processor seconds of this process."""
    roles = list_roles(settings.tables.columns)
    frame, labels = customers[list(roles.names)], customers[TARGET].to_numpy(dtype=np.int64)
    groups, protocol, seed = customers[UNIT].to_numpy(), settings.search, settings.seed
    space = build_space(settings.space.choose_searched(settings.search), roles, seed)
    began = time.process_time()
    with open_study(frame, labels, groups, space, protocol, seed, workers=1) as study:
        trials = [trial for batch in study.search() for trial in batch.trials]
    searched = time.process_time() - began
    fitted = [trial for trial in trials if trial.state in ("complete", "pruned")]
    folds = repeated_folds(labels, groups, protocol.folds, range(protocol.repeats), seed)
    began = time.process_time()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for trial in fitted:
            pipeline = build_pipeline_of(trial.choice, space)
            run = folds[: len(trial.folds)]
            scores = cross_val_score(pipeline, frame, labels, cv=run, scoring="roc_auc")
            assert scores.tolist() == list(trial.folds)
    bare = time.process_time() - began
    return summarise(fitted, searched, bare)


def summarise(trials: list[Trial], searched: float, bare: float) -> dict[str, Any]:
    """Return the figures of one run."""
    return {
        "trials": len(trials),
        "fits": sum(len(trial.folds) for trial in trials),
        "search_seconds": searched,
        "bare_seconds": bare,
        "trials_per_second": len(trials) / searched,
        "ratio": searched / bare,
    }


if __name__ == "__main__":
    main()
