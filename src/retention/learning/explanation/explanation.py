"""Attributions of the model's uncalibrated output to the columns of the customer table."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.explanation.permutation_shap import choose_background, compute_permutation_shap, count_rows
from retention.learning.explanation.reference import Reference
from retention.learning.explanation.source_columns import Sources, sum_to_sources, trace_columns
from retention.learning.explanation.tree_shap import Tree, compute_tree_shap, read_trees
from retention.learning.model.pipeline import compute_output

Floats = NDArray[np.float64]

Method = Literal["linear", "tree", "permutation"]
DECIMALS = 9  # of the centre, as in the file that keeps it
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

    method: Method
    base_value: float
    output: Floats
    by_column: pd.DataFrame


def choose_reference(
    pipeline: Any, frame: pd.DataFrame, known: NDArray[np.bool_], *, evaluations: int, seed: int
) -> Reference:
    """Return what the attributions of a fitted pipeline compare customers with.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted (`retention.learning.model.pipeline`).
    frame : DataFrame
        The features of the customers to explain; a background is as large as `evaluations` allows for so many.
    known : ndarray of bool, shape (n_customers,)
        True for training customers, whose mean is the base value.
    evaluations : int
        Rows that a model without a formula or trees may be asked for.
    seed : int
        Of the order of switching.
    """
    if (readable := _read(pipeline, frame)) is None:
        size = max(1, evaluations // (len(frame) * count_rows(frame.shape[1])))
        own = frame[known]
        chosen = choose_background(compute_output(pipeline, own), min(size, len(own)))
        return Reference(seed=seed, background=own.iloc[chosen].to_dict("list"))
    if readable.weights is None:
        return Reference(seed=seed)
    return Reference(seed=seed, centre=tuple(readable.columns[known].mean(axis=0).round(DECIMALS)))


def explain_customers(pipeline: Any, frame: pd.DataFrame, reference: Reference, workers: int = 1) -> Attributions:
    """Explain the fitted pipeline's output for every customer; nobody's attributions depend on the others.

    A linear model is explained by its coefficients (interventional SHAP: Lundberg and Lee 2017, corollary 1),
    trees by their paths, any other model by switching columns.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted (`retention.learning.model.pipeline`).
    frame : DataFrame
        The features of the customers.
    reference : Reference
        As `choose_reference` gave it for this pipeline.
    workers : int
        Threads; any number gives the same bits.

    Raises
    ------
    RuntimeError
        If the attributions do not add up to the output.
    """
    output = compute_output(pipeline, frame)
    method, base_value, values = _attribute(pipeline, frame, reference, workers)
    gap = np.abs(base_value + values.sum(axis=1) - output).max(initial=0.0)
    if gap > TOLERANCE * max(1.0, float(np.ptp(output))):
        raise RuntimeError(f"the {method} attributions miss the output by {gap:.2g}")
    return Attributions(method, base_value, output, pd.DataFrame(values, columns=frame.columns, index=frame.index))


def _attribute(pipeline: Any, frame: pd.DataFrame, reference: Reference, workers: int) -> tuple[Method, float, Floats]:
    """Explain a linear model or trees on the columns that they see, summed to the table's columns; others on these."""
    if (readable := _read(pipeline, frame)) is None:
        assert reference.background is not None
        background = pd.DataFrame(reference.background)
        base_value, values = compute_permutation_shap(
            lambda rows: compute_output(pipeline, rows), frame, background, reference.seed, workers
        )
        return "permutation", base_value, values
    names = list(frame.columns)
    if readable.weights is not None:
        assert reference.centre is not None
        centre = np.array(reference.centre)
        base_value = float(compute_output(pipeline.named_steps["model"], centre[None, :])[0])
        moved = (readable.columns - centre) * readable.weights
        return "linear", base_value, sum_to_sources(moved, readable.sources, names)
    assert readable.forest is not None
    trees, offset, single = readable.forest
    compared = readable.columns.astype(np.float32).astype(np.float64) if single else readable.columns
    base_value, attributed = compute_tree_shap(trees, compared, workers)
    return "tree", base_value + offset, sum_to_sources(attributed, readable.sources, names)


@dataclass(frozen=True)
class _Readable:
    """A model whose formula or trees can be read, and the customers as it sees them."""

    sources: Sources
    columns: Floats
    weights: Floats | None
    forest: tuple[list[Tree], float, bool] | None


def _read(pipeline: Any, frame: pd.DataFrame) -> _Readable | None:
    sources = trace_columns(pipeline, frame)
    model = pipeline.named_steps["model"]
    weights = _find_weights(model)
    forest = read_trees(model) if weights is None else None
    if sources is None or (weights is None and forest is None):
        return None
    return _Readable(sources, np.asarray(pipeline[:-1].transform(frame), dtype=np.float64), weights, forest)


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
