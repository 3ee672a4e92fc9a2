"""What attributions compare customers with: chosen once, from the training customers, and kept for later ones."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from retention.learning.explanation.exact import read_weights, trust_trees
from retention.learning.explanation.source_columns import trace_columns
from retention.strict import Strict

DECIMALS = 9  # of the centres, as in the file that keeps them
HANDFUL = 4  # customers for whom trees are tried
DRAWN = 2  # the stream of random numbers


class Reference(Strict):
    """How customers are explained, and what their outputs are compared with.

    Parameters
    ----------
    method : str
        ``linear`` (exact), ``tree`` (exact) or ``permutation`` (sampled).
    seed : int
        Of the orders in which columns are switched.
    centres : tuple of tuple of float
        Of linear models, the final one and that of each fold: the mean customer that it was fitted to, in the columns
        that the model sees.
    background : dict
        Of models that are neither linear nor trees: column → its values for some training customers.
    """

    method: Literal["linear", "tree", "permutation"]
    seed: int
    centres: tuple[tuple[float, ...], ...] = ()
    background: dict[str, tuple[float | str, ...]] = Field(default_factory=dict)


def choose_reference(
    pipelines: Sequence[Any], fold: NDArray[np.int_], frame: pd.DataFrame, *, background: int, seed: int
) -> Reference:
    """Choose one way of explaining for the final model and those of the folds; no label plays a part.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        Fitted: the final one, then that of each fold (`retention.learning.model.pipeline`).
    fold : ndarray of int, shape (n_customers,)
        The fold that holds the customer out, from 1; 0 for customers that none of the models was fitted to.
    frame : DataFrame
        The features of the customers.
    background : int
        How many training customers the others are compared with, where some are needed.
    seed : int
        Draws them.

    Raises
    ------
    RuntimeError
        If our kernel for forests and shap's TreeExplainer differ.
    """
    known = np.flatnonzero(fold > 0)
    rng = np.random.default_rng(np.random.SeedSequence([seed, DRAWN]))
    drawn = frame.iloc[rng.permutation(known)[:background]]
    if all(trace_columns(pipeline, drawn) is not None for pipeline in pipelines):
        if all(read_weights(pipeline[-1]) is not None for pipeline in pipelines):
            learnt = [frame[(fold > 0) & (fold != number)] for number in range(len(pipelines))]
            seen = [_see(*pair).mean(axis=0) for pair in zip(pipelines, learnt, strict=True)]
            return Reference(method="linear", seed=seed, centres=tuple(tuple(mean.round(DECIMALS)) for mean in seen))
        if all(trust_trees(pipeline[-1], _see(pipeline, drawn.head(HANDFUL))) for pipeline in pipelines):
            return Reference(method="tree", seed=seed)
    return Reference(method="permutation", seed=seed, background=drawn.to_dict("list"))


def _see(pipeline: Any, frame: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray(pipeline[:-1].transform(frame), dtype=np.float64)
