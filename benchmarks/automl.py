"""AutoML systems that are measured beside the search: never dependencies, each run by a Python that has it.

They need other versions of pandas and scikit-learn than this project, so they live in an environment of their own:

    uv venv --python 3.11 /tmp/autogluon
    uv pip install --python /tmp/autogluon/bin/python 'autogluon.tabular[lightgbm,catboost,xgboost]==1.6.3'
    python benchmarks/quality.py --seeds 0 --automl-python /tmp/autogluon/bin/python

As a script, which that Python runs, it fits one system to a folder's tables, or names those that are installed.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Fit = Callable[[pd.DataFrame, Labels, pd.DataFrame], NDArray[np.float64]]

MODULES = {"flaml": "flaml", "autogluon": "autogluon", "mljar": "supervised"}
LABEL, KNOWN, UNSEEN, TYPES, OUTPUT = "label", "known.csv", "unseen.csv", "types.json", "output.json"


def find_automl(python: str, seconds: int) -> dict[str, Fit]:
    """Return the systems that an interpreter has: each fits for `seconds` and gives the probability of class 1."""
    listed = subprocess.run([python, __file__], check=True, capture_output=True, text=True).stdout.split()
    return {name: _fit_outside(python, name, seconds) for name in listed}


def _fit_outside(python: str, name: str, seconds: int) -> Fit:
    def fit(known: pd.DataFrame, labels: Labels, unseen: pd.DataFrame) -> NDArray[np.float64]:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            known.assign(**{LABEL: labels}).to_csv(place / KNOWN, index=False)
            unseen.to_csv(place / UNSEEN, index=False)
            numeric = {column: pd.api.types.is_numeric_dtype(known[column]) for column in known}
            types = {column: "float64" if number else "str" for column, number in numeric.items()}
            (place / TYPES).write_text(json.dumps(types))
            subprocess.run([python, __file__, name, folder, str(seconds)], check=True, stdout=sys.stderr)
            return np.asarray(json.loads((place / OUTPUT).read_text()), dtype=np.float64)

    return fit


def fit_flaml(known: pd.DataFrame, unseen: pd.DataFrame, seconds: int) -> Any:
    """Microsoft's FLAML with its defaults."""
    from flaml import AutoML  # type: ignore[import-not-found]

    automl, labels = AutoML(), known.pop(LABEL)
    automl.fit(known, labels, task="classification", metric="roc_auc", time_budget=seconds, seed=0, verbose=0)
    return automl.predict_proba(unseen)[:, 1]


def fit_autogluon(known: pd.DataFrame, unseen: pd.DataFrame, seconds: int) -> Any:
    """AutoGluon with the preset ``best_quality``."""
    from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(LABEL, eval_metric="roc_auc", path=folder, verbosity=0)
        predictor.fit(known, presets="best_quality", time_limit=seconds)
        return predictor.predict_proba(unseen)[1].to_numpy()


def fit_mljar(known: pd.DataFrame, unseen: pd.DataFrame, seconds: int) -> Any:
    """Run mljar-supervised in its mode Compete."""
    from supervised.automl import AutoML  # type: ignore[import-not-found]

    labels = known.pop(LABEL)
    with tempfile.TemporaryDirectory() as folder:
        automl = AutoML(folder, mode="Compete", total_time_limit=seconds, eval_metric="auc", verbose=0)
        automl.fit(known, labels)
        return automl.predict_proba(unseen)[:, 1]


def main() -> None:
    """Name the installed systems, or fit one."""
    if len(sys.argv) == 1:
        print(*(name for name, module in MODULES.items() if find_spec(module)))
        return
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    types = json.loads((folder / TYPES).read_text())
    known, unseen = (
        pd.read_csv(folder / file, dtype=types, keep_default_na=False, na_values=[""], float_precision="round_trip")
        for file in (KNOWN, UNSEEN)
    )
    fit = {"flaml": fit_flaml, "autogluon": fit_autogluon, "mljar": fit_mljar}[name]
    (folder / OUTPUT).write_text(json.dumps([float(value) for value in fit(known, unseen, seconds)]))


if __name__ == "__main__":
    main()
