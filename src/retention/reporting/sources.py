"""What the report is made of: the artifacts of the stages before it, read but not yet interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """The artifacts by name; JSON as plain data, tables as frames.

    Parameters
    ----------
    quality, exploration, best, calibration, metrics, explanation, segments, plan : mapping
        The JSON artifacts.
    trials, what_if, probabilities, offers, holdout : DataFrame
        The tables.
    curves : mapping of str to DataFrame
        ``roc``, ``pr``, ``calibration``, ``lift``.
    """

    quality: Json
    exploration: Json
    best: Json
    calibration: Json
    metrics: Json
    explanation: Json
    segments: Json
    plan: Json
    trials: pd.DataFrame
    what_if: pd.DataFrame
    probabilities: pd.DataFrame
    offers: pd.DataFrame
    holdout: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
