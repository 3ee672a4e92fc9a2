"""A forest asked tree by tree in a plain loop: for one customer scikit-learn's tasks cost more than the trees."""

from typing import Any

import numpy as np
import pandas as pd


def quicken(model: Any) -> Any:
    """Return a calibrated model whose forest, if it is one, answers small requests sooner, with the same numbers.

    scikit-learn makes each tree a task that copies configuration and warning filters: most of the time of 300 trees
    and a few customers. Here the same trees are summed in the same order.
    """
    forest = model.pipeline.steps[-1][1]
    if hasattr(forest, "estimators_") and hasattr(forest, "_validate_X_predict") and forest.n_outputs_ == 1:
        forest.predict_proba = lambda rows: _average(forest, rows)
    return model


def _average(forest: Any, rows: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return the mean of the trees' class shares, shape (n, n_classes)."""
    values = np.ascontiguousarray(rows, dtype=np.float32)  # as trees are grown
    total = np.zeros((len(values), forest.n_classes_))
    for tree in forest.estimators_:
        total += tree.tree_.predict(values)[:, : forest.n_classes_]
    return total / len(forest.estimators_)
