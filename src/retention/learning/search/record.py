"""Finished batches as bytes, and the digest that says which study they belong to."""

import hashlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from types import ModuleType

import pandas as pd
from pydantic import JsonValue, TypeAdapter

from retention.learning import folds
from retention.learning.model import choice as point
from retention.learning.model import encoders, features, pipeline, regression, space
from retention.learning.model.choice import Choice
from retention.learning.model.space import Space, may_draw
from retention.learning.search import fitting, proposal, search, trial
from retention.learning.search.trial import Batch

LIBRARIES = ("numpy", "optuna", "pandas", "scikit-learn", "scipy")
MODULES: tuple[ModuleType, ...] = (
    encoders, features, point, fitting, folds, pipeline, proposal, regression, search, space, trial
)  # fmt: skip
"""The modules whose code determines a trial's result."""


def encode_batch(batch: Batch) -> bytes:
    """Return a batch as JSON with its own digest."""
    content = json.dumps(asdict(batch), ensure_ascii=False, sort_keys=True)
    return json.dumps({"sha256": _sha256(content), "batch": content}, indent=1).encode() + b"\n"


def decode_batch(record: bytes) -> Batch | None:
    """Return the batch that `encode_batch` wrote, or None if the bytes are damaged or of another shape in any way."""
    try:
        outer = json.loads(record)
        if _sha256(outer["batch"]) != outer["sha256"]:
            return None
        return TypeAdapter(Batch).validate_json(outer["batch"], strict=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def may_follow(batch: Batch, before: Sequence[Batch], space: Space, n_folds: int) -> bool:
    """Tell whether a batch could be the next of a search of `space` on `n_folds` folds after those `before` it."""
    first = sum(len(one.trials) for one in before)
    return batch.number == len(before) + 1 and all(
        trial.number == number
        and trial.batch == batch.number
        and (len(trial.folds) == n_folds if trial.state == "complete" else len(trial.folds) <= n_folds)
        and (trial.repeat_of is not None) == (trial.state == "repeated")
        and (trial.repeat_of or 0) in range(number + 1)
        and all(0 <= fold <= 1 for fold in trial.folds)
        and _is_in(trial.choice, space)
        for number, trial in enumerate(batch.trials, start=first)
    )


def _is_in(choice: Choice, space: Space) -> bool:
    family = space.families.get(choice.model)
    return (
        family is not None
        and all(getattr(choice, kind) in names for kind, names in family.steps.items())
        and choice.params.keys() == family.distributions.keys()
        and all(may_draw(drawn, choice.params[name]) for name, drawn in family.distributions.items())
    )


def compute_study_digest(frame: pd.DataFrame, declared: Mapping[str, JsonValue], versions: Sequence[str] = ()) -> str:
    """Return the sha256 of everything that determines a study's trials.

    Parameters
    ----------
    frame : DataFrame
        Every column of the training customers that the search reads: features, label and twin group.
    declared : mapping
        The settings that the trials depend on, as plain data (the total number of trials is not among them: a longer
        search continues a shorter one).
    versions : sequence of str, optional
        What else the results depend on.

    Notes
    -----
    The versions of `LIBRARIES` and the source of `MODULES` are always part of it.
    """
    parts = {
        "columns": {name: str(kind) for name, kind in frame.dtypes.items()},
        "rows": hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest(),
        "declared": declared,
        "versions": [*(f"{library} {version(library)}" for library in LIBRARIES), *versions],
        "sources": {module.__name__: _sha256(inspect.getsource(module)) for module in MODULES},
    }
    return _sha256(json.dumps(parts))  # keys in their order: Optuna draws a choice by its place


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
