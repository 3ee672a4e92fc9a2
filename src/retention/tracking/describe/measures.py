"""Nested measures as metrics: ``{"value", "low", "high"}`` becomes three, what lies deeper gets its path in front."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from retention.tracking.store.records import Metric

_NOT_IN_A_KEY = re.compile(r"[^0-9A-Za-z_\-. /:]")


def to_metrics(content: Mapping[str, Any], prefix: str = "") -> tuple[Metric, ...]:
    """Return a metric for every finite number in `content`.

    Parameters
    ----------
    content : mapping
        Plain data as in ``evaluation.json``; text, lists and nulls in it are passed over.
    prefix : str
        The path of `content`, for example ``baselines/study_a``.
    """
    return tuple(Metric(key, value) for key, value in _numbers(content, prefix))


def _numbers(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, item in content.items():
        key = clean_key(f"{prefix}/{name}" if prefix else name)
        if isinstance(item, Mapping) and is_number(item.get("value")):
            yield key, float(item["value"])
            yield from ((f"{key}_{end}", float(item[end])) for end in ("low", "high") if is_number(item.get(end)))
        elif isinstance(item, Mapping):
            yield from _numbers(item, key)
        elif is_number(item):
            yield key, float(item)


def is_number(value: object) -> bool:
    """Return whether `value` is a finite number (a bool is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def clean_key(name: str) -> str:
    """Return `name` with ``_`` in place of what MLflow allows in no key, at most 250 characters long."""
    return _NOT_IN_A_KEY.sub("_", name)[:250]
