"""Attributions of the model's uncalibrated output to the columns of the customer table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.permutation_shap import choose_background, compute_permutation_shap, count_rows
from retention.learning.pipeline import compute_output
from retention.learning.source_columns import sum_to_sources, trace_columns
from retention.learning.tree_shap import compute_tree_shap, read_trees

Floats = NDArray[np.float64]

TOLERANCE = 1e-6  # of base value plus attributions against the output, relative to the output's spread


@dataclass(frozen=True)
class Attributions:
    """What moves each customer's output away from the base value.

    Parameters
    ----------
    method : str
        ``linear`` (exact), ``tree`` (exact) or ``permutation`` (sampled).
    base_value : float
        Where every customer starts from.
    output : ndarray of shape (n_customers,)
        The uncalibrated output.
    by_column : DataFrame of shape (n_customers, n_columns)
        With the base value they add up to the output.
    """

    method: str
    base_value: float
    output: Floats
    by_column: pd.DataFrame


def explain_customers(
    pipeline: Any, frame: pd.DataFrame, known: NDArray[np.bool_], *, evaluations: int, seed: int, workers: int = 1
) -> Attributions:
    """Explain the fitted pipeline's output for every customer.

    A linear model is explained by its coefficients (interventional SHAP: Lundberg and Lee 2017, corollary 1),
    trees by their paths, any other model by switching columns.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted (`retention.learning.pipeline`).
    frame : DataFrame
        The features of the customers.
    known : ndarray of bool, shape (n_customers,)
        True for training customers, whose mean is the base value.
    evaluations : int
        Rows that a model without a formula or trees may be asked for.
    seed : int
        Of the order of switching.
    workers : int
        Threads; any number gives the same bits.

    Raises
    ------
    RuntimeError
        If the attributions do not add up to the output.
    """
    output = compute_output(pipeline, frame)
    exact = _explain_exactly(pipeline, frame, known, workers)
    method, base_value, values = exact or _explain_by_switching(
        pipeline, frame, known, output, evaluations=evaluations, seed=seed, workers=workers
    )
    gap = np.abs(base_value + values.sum(axis=1) - output).max()
    if gap > TOLERANCE * max(1.0, float(np.ptp(output))):
        raise RuntimeError(f"the {method} attributions miss the output by {gap:.2g}")
    return Attributions(method, base_value, output, pd.DataFrame(values, columns=frame.columns, index=frame.index))


def _explain_exactly(
    pipeline: Any, frame: pd.DataFrame, known: NDArray[np.bool_], workers: int
) -> tuple[str, float, Floats] | None:
    """Explain a linear model or trees on the columns that they see, summed to the table's columns."""
    sources = trace_columns(pipeline, frame)
    model = pipeline.named_steps["model"]
    weights, forest = _find_weights(model), read_trees(model)
    if sources is None or (weights is None and forest is None):
        return None
    seen = np.asarray(pipeline[:-1].transform(frame), dtype=np.float64)
    if weights is not None:
        centre = seen[known].mean(axis=0)
        base_value = float(compute_output(model, centre[None, :])[0])
        return "linear", base_value, sum_to_sources((seen - centre) * weights, sources, list(frame.columns))
    assert forest is not None
    trees, offset, single = forest
    compared = seen.astype(np.float32).astype(np.float64) if single else seen
    base_value, attributed = compute_tree_shap(trees, compared, workers)
    return "tree", base_value + offset, sum_to_sources(attributed, sources, list(frame.columns))


def _explain_by_switching(
    pipeline: Any,
    frame: pd.DataFrame,
    known: NDArray[np.bool_],
    output: Floats,
    *,
    evaluations: int,
    seed: int,
    workers: int,
) -> tuple[str, float, Floats]:
    """Explain any pipeline on the table's columns, with as large a background as `evaluations` allows."""
    size = max(1, evaluations // (len(frame) * count_rows(frame.shape[1])))
    places = np.flatnonzero(known)[choose_background(output[known], min(size, int(known.sum())))]
    base_value, values = compute_permutation_shap(
        lambda rows: compute_output(pipeline, rows), frame, frame.iloc[places], seed, workers
    )
    return "permutation", base_value, values


def _find_weights(model: Any) -> Floats | None:
    """Return the coefficients of a model whose output is linear in its columns, else None."""
    linear = getattr(model, "regressor_", model)
    try:
        weights = linear.coef_
    except AttributeError:  # an SVC has coefficients only with a linear kernel
        return None
    return np.asarray(weights, dtype=np.float64).ravel()


def tabulate_attributions(explained: Attributions, customer_id: pd.Series) -> pd.DataFrame:
    """Return ``customer_id``, ``base_value``, ``output`` and an attribution for each column."""
    table = customer_id.to_frame().assign(base_value=explained.base_value, output=explained.output)
    return table.join(explained.by_column)
