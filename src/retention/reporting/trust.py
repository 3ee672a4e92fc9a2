"""How far each part of the report can be trusted, judged from the artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retention.reporting.sources import Sources

GRADES = ("high", "medium", "low", "open")


@dataclass(frozen=True)
class Calibration:
    """The largest gap between probability and rate over groups, and whether chance explains what is off."""

    largest_gap: float
    agrees: bool


@dataclass(frozen=True)
class LeakFinding:
    """Columns called suspicious or leaks, apart those a model gets, and the strongest column that it gets."""

    features: Sequence[str]
    others: Sequence[str]
    strongest: str
    strongest_roc_auc: float | None


@dataclass(frozen=True)
class Trust:
    """A part of the report, a grade, and which text says why."""

    what: str
    grade: str
    why: str


def judge_calibration(curve: pd.DataFrame, metrics: Mapping[str, Any]) -> Calibration:
    """Judge the probabilities: they agree with the facts if slope 1 and intercept 0 lie within their intervals.

    Parameters
    ----------
    curve : DataFrame
        Groups of customers with ``mean_probability`` and ``decline_rate``.
    metrics : mapping
        ``calibration_slope`` and ``calibration_intercept`` with their intervals.

    Notes
    -----
    Groups are not judged one by one: of ten intervals of 95 %, some group is outside of its own more often than not.
    """
    gap = (curve["decline_rate"] - curve["mean_probability"]).abs()
    slope, intercept = metrics["calibration_slope"], metrics["calibration_intercept"]
    agrees = slope["low"] <= 1 <= slope["high"] and intercept["low"] <= 0 <= intercept["high"]
    return Calibration(float(gap.max()), agrees)


def find_leaks(leaks: Sequence[Mapping[str, Any]], features: Sequence[str]) -> LeakFinding:
    """Sort the columns of the leak audit into those that a model gets and the others."""
    flagged = [leak["column"] for leak in leaks if leak["verdict"] in ("suspicious", "leak")]
    given = [leak for leak in leaks if leak["column"] in features]
    strongest = max(given, key=lambda leak: leak["roc_auc"] or 0.0)
    return LeakFinding(
        [name for name in flagged if name in features],
        [name for name in flagged if name not in features],
        strongest["column"],
        strongest["roc_auc"],
    )


def judge_trust(sources: Sources, calibration: Calibration, leaks: LeakFinding, good_roc_auc: float) -> list[Trust]:
    """Grade each part of the report.

    Parameters
    ----------
    sources : Sources
        The artifacts.
    calibration : Calibration
        From `judge_calibration`.
    leaks : LeakFinding
        From `find_leaks`.
    good_roc_auc : float
        The ranking is trusted highly if the whole interval of its ROC-AUC lies above this.
    """
    measured = sources.plan["effects"] == "measured"
    sharp = sources.metrics["test"]["roc_auc"]["low"] >= good_roc_auc
    leak = "leaks_found" if leaks.features else "leaks_order" if leaks.others else "leaks_none"
    return [
        Trust("data", "high", "data"),
        Trust("ranking", "high" if sharp else "medium", "ranking"),
        Trust(
            "calibration",
            "high" if calibration.agrees else "medium",
            "calibration_good" if calibration.agrees else "calibration_poor",
        ),
        Trust("leaks", {"leaks_found": "low", "leaks_order": "medium"}.get(leak, "high"), leak),
        Trust("timing", "open", "timing"),
        Trust("segments", "medium", "segments"),
        Trust("reasons", "medium", "reasons"),
        Trust("effects", "medium" if measured else "low", "effects_measured" if measured else "effects_assumed"),
    ]
