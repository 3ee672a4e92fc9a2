"""One candidate as a scikit-learn pipeline, and the number it ranks customers by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from retention.learning.model.cells import ReadyCells
from retention.learning.model.choice import OutputScale

Estimator = Any  # scikit-learn ships no types


@dataclass(frozen=True)
class PresentColumns:
    """Chooses those of some columns that a table has: a feature step may have left others out."""

    names: tuple[str, ...]

    def __call__(self, frame: pd.DataFrame) -> list[str]:
        """Return the names that the table has."""
        return [name for name in self.names if name in frame.columns]


def build_pipeline(
    model: Estimator,
    scaler: Estimator | None,
    encoder: Estimator,
    features: Estimator | None,
    categorical: Sequence[str],
    ready: ReadyCells | None = None,
) -> Pipeline:
    """Return the unfitted pipeline ``(ready →) features → columns → model``.

    The model has ``decision_function`` or ``predict_proba``, the encoder is for the `categorical` columns and the
    scaler for the others. `features` may add and drop columns of the data frame, `ready` is the first step of a shop
    whose columns have an order or empty cells; what it adds is not scaled. A step that is None leaves columns as they
    are.
    """
    parts = [("encoder", encoder, PresentColumns(tuple(categorical)))]
    if ready is not None:
        parts.append(("empty", "passthrough", PresentColumns(tuple(ready.source_columns()))))
    columns = ColumnTransformer(
        parts,
        remainder="passthrough" if scaler is None else scaler,
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    steps = [("features", "passthrough" if features is None else features), ("columns", columns), ("model", model)]
    return Pipeline(steps if ready is None else [("ready", ready), *steps])


def compute_output(fitted: Estimator, frame: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a fitted estimator ranks by, (n_customers,): decision function, LightGBM's log-odds, probability."""
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(frame), dtype=np.float64)
    if hasattr(fitted[-1] if isinstance(fitted, Pipeline) else fitted, "booster_"):  # LightGBM's log-odds
        return np.asarray(fitted.predict_proba(frame, raw_score=True), dtype=np.float64)
    return np.asarray(fitted.predict_proba(frame)[:, 1], dtype=np.float64)


def find_output_scale(pipeline: Estimator, frame: pd.DataFrame) -> OutputScale:
    """Say what the fitted pipeline's output is: its probability, the log-odds of it, or a mere score."""
    if not hasattr(pipeline, "predict_proba"):
        return "score"
    output, own = compute_output(pipeline, frame), pipeline.predict_proba(frame)[:, 1]
    scales: dict[OutputScale, NDArray[np.float64]] = {"probability": output, "log-odds": expit(output)}
    return next((scale for scale, given in scales.items() if np.allclose(given, own, atol=1e-9)), "score")
