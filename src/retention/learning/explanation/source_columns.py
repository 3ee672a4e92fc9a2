"""Which of the customer table's columns each column that the model sees comes from."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Sources = list[tuple[str, ...]]


def trace_columns(pipeline: Any, frame: pd.DataFrame) -> Sources | None:
    """Return the source columns of each column that reaches the model of a fitted `learning.model.pipeline`.

    None if a step does not say what its columns are made of; `frame` holds some customers.
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
        frame = step.transform(frame)
    sources: Sources = []
    for name, step, taken in columns.transformers_:
        inputs = [str(column) for column in _names(taken, list(frame.columns))]
        outputs = _output_names(step, inputs, frame)
        place = columns.output_indices_[name]
        if outputs is None or len(outputs) != place.stop - place.start:
            return None
        traced = [_input_of(output, position, inputs, len(outputs)) for position, output in enumerate(outputs)]
        if any(column is None for column in traced):
            return None
        sources += [made.get(str(column), (str(column),)) for column in traced]
    return sources


def sum_to_sources(attributed: Floats, sources: Sources, names: Sequence[str]) -> Floats:
    """Add attributions, (n_customers, n_model_columns), up by source, (n_customers, n_names).

    What is made of several source columns is shared between them evenly.
    """
    shares = np.zeros((attributed.shape[1], len(names)))
    for row, columns in zip(shares, sources, strict=True):
        for column in columns:
            row[list(names).index(column)] += 1 / len(columns)
    return attributed @ shares


def _names(taken: Any, columns: list[str]) -> list[str]:
    """Return the names of a ColumnTransformer's columns, which it may keep as names, positions or a mask."""
    return list(np.asarray(columns)[taken]) if np.asarray(taken).dtype.kind in "ib" else list(taken)


def _output_names(step: Any, inputs: list[str], frame: pd.DataFrame) -> list[str] | None:
    if not inputs or (isinstance(step, str) and step == "drop"):
        return []
    if isinstance(step, str):
        return inputs
    if hasattr(step, "get_feature_names_out"):
        return [str(name) for name in step.get_feature_names_out(inputs)]
    width = np.shape(step.transform(frame[inputs].head(1)))[1]
    return inputs if width == len(inputs) else None


def _input_of(output: str, position: int, inputs: list[str], n_outputs: int) -> str | None:
    """Return the input whose name the output has or continues, the longest that fits."""
    if n_outputs == len(inputs) and output == inputs[position]:
        return output
    fitting = [name for name in inputs if output == name or output.startswith(f"{name}_")]
    return max(fitting, key=len, default=None)
