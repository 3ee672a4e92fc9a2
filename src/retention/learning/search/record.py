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
from retention.learning.model import cells, encoders, features, pipeline, regression, space
from retention.learning.model import choice as point
from retention.learning.search import fitting, search, trial
from retention.learning.search.trial import Batch

LIBRARIES = ("numpy", "optuna", "pandas", "scikit-learn", "scipy")
MODULES: tuple[ModuleType, ...] = (
    cells, encoders, features, point, fitting, folds, pipeline, regression, search, space, trial
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


def compute_study_digest(frame: pd.DataFrame, declared: Mapping[str, JsonValue], versions: Sequence[str] = ()) -> str:
    """Return the sha256 of everything that determines a study's trials.

    `frame` has every column of the training customers that the search reads, `declared` are the settings that trials
    depend on. The total number of trials is no part of it, since a longer search continues a shorter one.
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
