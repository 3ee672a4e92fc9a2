"""AutoML systems that are measured beside the search if they are installed; never dependencies."""

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Fit = Callable[[pd.DataFrame, Labels, pd.DataFrame], NDArray[np.float64]]


def find_automl(seconds: int) -> dict[str, Fit]:
    """Return the systems that are installed: each fits for `seconds` and gives the probability of class 1."""
    known = {
        "flaml": ("flaml", fit_flaml),
        "autogluon": ("autogluon.tabular", fit_autogluon),
        "mljar": ("supervised", fit_mljar),
    }
    return {name: _with_time(fit, seconds) for name, (module, fit) in known.items() if find_spec(module.split(".")[0])}


def _with_time(fit: Callable[..., Any], seconds: int) -> Fit:
    return lambda known, labels, unseen: np.asarray(fit(known, labels, unseen, seconds), dtype=np.float64)


def fit_flaml(known: pd.DataFrame, labels: Labels, unseen: pd.DataFrame, seconds: int) -> Any:
    """Microsoft's FLAML with its defaults."""
    from flaml import AutoML  # type: ignore[import-not-found]

    automl = AutoML()
    automl.fit(known, labels, task="classification", metric="roc_auc", time_budget=seconds, seed=0, verbose=0)
    return automl.predict_proba(unseen)[:, 1]


def fit_autogluon(known: pd.DataFrame, labels: Labels, unseen: pd.DataFrame, seconds: int) -> Any:
    """AutoGluon with the preset ``best_quality``."""
    from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor("label", eval_metric="roc_auc", path=folder, verbosity=0)
        predictor.fit(known.assign(label=labels), presets="best_quality", time_limit=seconds)
        return predictor.predict_proba(unseen)[1].to_numpy()


def fit_mljar(known: pd.DataFrame, labels: Labels, unseen: pd.DataFrame, seconds: int) -> Any:
    """Run mljar-supervised in its mode Compete."""
    from supervised.automl import AutoML  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        automl = AutoML(folder, mode="Compete", total_time_limit=seconds, eval_metric="auc", verbose=0)
        automl.fit(known, labels)
        return automl.predict_proba(unseen)[:, 1]
