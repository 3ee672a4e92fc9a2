"""Attributions of a model's uncalibrated output to the columns of the customer table, by the model of each fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from retention.learning.explanation.attribution import (
    adds_up,
    attribute_by_switching,
    attribute_linear,
    attribute_trees,
    read_weights,
    trust_trees,
)
from retention.learning.model.pipeline import compute_output
from retention.strict import Strict

Floats = NDArray[np.float64]
Sources = list[tuple[str, ...]]

DECIMALS = 9  # of the centres, as in the file that keeps them
HANDFUL = 4  # customers for whom trees are tried
DRAWN = 5  # the stream of random numbers


class Reference(Strict):
    """How customers are explained, and what their outputs are compared with."""

    method: Literal["linear", "tree", "permutation"]
    """``linear`` (exact), ``tree`` (exact) or ``permutation`` (sampled)."""
    seed: int  # of the orders in which columns are switched
    centres: tuple[tuple[float, ...], ...] = ()
    """Of linear models, the final one and that of each fold: the mean customer that it was fitted to, in the columns
    that the model sees.
    """
    background: dict[str, tuple[float | str | None, ...]] = Field(default_factory=dict)
    """Of models that are neither linear nor trees: column → its values for some training customers."""


def choose_reference(
    pipelines: Sequence[Any], fold: NDArray[np.int_], frame: pd.DataFrame, *, background: int, seed: int
) -> Reference:
    """Choose one way of explaining for the final model and those of the folds; no label plays a part.

    The first three are as in `explain_customers`; `background` training customers, drawn by `seed`, are what the others
    are compared with where some are needed.

    Raises
    ------
    RuntimeError
        If our kernel for forests and shap's TreeExplainer differ.
    """
    known = np.flatnonzero(fold > 0)
    rng = np.random.default_rng(np.random.SeedSequence([seed, DRAWN]))
    drawn = frame.iloc[rng.permutation(known)[:background]]
    if all(trace_columns(pipeline) is not None for pipeline in pipelines):
        if all(read_weights(pipeline[-1]) is not None for pipeline in pipelines):
            learnt = [frame[(fold > 0) & (fold != number)] for number in range(len(pipelines))]
            seen = [_see(*pair).mean(axis=0) for pair in zip(pipelines, learnt, strict=True)]
            return Reference(method="linear", seed=seed, centres=tuple(tuple(mean.round(DECIMALS)) for mean in seen))
        if all(trust_trees(pipeline[-1], _see(pipeline, drawn.head(HANDFUL))) for pipeline in pipelines):
            return Reference(method="tree", seed=seed)
    return Reference(method="permutation", seed=seed, background=drawn.to_dict("list"))


@dataclass(frozen=True)
class Attributions:
    """What moves each customer's output away from the base value."""

    base_value: Floats  # (n_customers,); it differs by model
    output: Floats  # (n_customers,): the uncalibrated output of the customer's model
    by_column: pd.DataFrame  # (n_customers, n_columns); with the base value they add up to the output
    sampling_error: float  # the root mean square of their standard errors; 0 where they are exact


def explain_customers(
    pipelines: Sequence[Any], fold: NDArray[np.int_], frame: pd.DataFrame, reference: Reference, workers: int = 1
) -> Attributions:
    """Explain every customer by the model that has not seen the customer; nobody's attributions depend on others.

    The pipelines are the final one, then that of each fold; `fold`, (n_customers,), is the place among them of each
    customer's model: the fold that holds the customer out, from 1, or 0. Any number of `workers` gives the same bits.

    Raises
    ------
    RuntimeError
        If the attributions do not add up to the output.
    """
    base, output = np.empty(len(frame)), np.empty(len(frame))
    values, error = np.zeros(frame.shape), np.zeros(frame.shape)
    for number in np.unique(fold):
        own, pipeline = fold == number, pipelines[number]
        output[own] = compute_output(pipeline, frame[own])
        if reference.method == "permutation":
            background = pd.DataFrame(reference.background).astype(frame.dtypes.to_dict())
            switched = partial(compute_output, pipeline), frame[own], background, reference.seed, workers
            base[own], values[own], error[own] = attribute_by_switching(*switched)
        else:
            centre = np.array(reference.centres[number]) if reference.centres else None
            base[own], values[own] = _read_model(pipeline, frame[own], centre, workers)
    if not adds_up(base + values.sum(axis=1), output):
        raise RuntimeError(f"the {reference.method} attributions do not add up to the output")
    by_column = pd.DataFrame(values, columns=frame.columns, index=frame.index)
    return Attributions(base, output, by_column, float(np.sqrt(np.mean(error**2))))


def _read_model(pipeline: Any, frame: pd.DataFrame, centre: Floats | None, workers: int) -> tuple[float, Floats]:
    """Explain a linear model or trees on the columns that they see, summed to the table's columns."""
    columns = _see(pipeline, frame)
    if centre is None:
        base, attributed = attribute_trees(pipeline[-1], columns, workers)
    else:
        base, attributed = attribute_linear(pipeline[-1], columns, centre)
    sources = trace_columns(pipeline)
    assert sources is not None, "choose_reference traced them"
    return base, sum_to_sources(attributed, sources, list(frame.columns))


def tabulate_attributions(explained: Attributions, customer_id: pd.Series) -> pd.DataFrame:
    """Return ``customer_id``, ``base_value``, ``output`` and an attribution for each column."""
    table = customer_id.to_frame().assign(base_value=explained.base_value, output=explained.output)
    return table.join(explained.by_column)


def _see(pipeline: Any, frame: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray(pipeline[:-1].transform(frame), dtype=np.float64)


def trace_columns(pipeline: Any) -> Sources | None:
    """Return the source columns of each column that reaches the model of a fitted `learning.model.pipeline`.

    None if a step does not say what its columns are made of.
    """
    *first, (_, columns), _ = pipeline.steps
    made: dict[str, tuple[str, ...]] = {}
    for _, step in first:
        if not hasattr(step, "transform"):  # `passthrough`
            continue
        if not hasattr(step, "source_columns"):
            return None
        for name, of in step.source_columns().items():
            made[name] = tuple(chain.from_iterable(made.get(one, (one,)) for one in of))
    sources: Sources = []
    for _, step, taken in columns.transformers_:
        inputs = [str(one if isinstance(one, str) else columns.feature_names_in_[one]) for one in taken]  # or a place
        if not inputs:
            continue
        if not hasattr(step, "get_feature_names_out"):
            return None
        for output in step.get_feature_names_out(inputs):
            fitting = [name for name in inputs if f"{output}_".startswith(f"{name}_")]  # it has or continues the name
            if not fitting:
                return None
            source = max(fitting, key=len)
            sources.append(made.get(source, (source,)))
    return sources


def sum_to_sources(attributed: Floats, sources: Sources, names: Sequence[str]) -> Floats:
    """Add attributions, (n_customers, n_model_columns), up by source, (n_customers, n_names); several share evenly."""
    shares: Floats = np.array([[columns.count(name) / len(columns) for name in names] for columns in sources])
    return attributed @ shares
