"""How far each part of the report can be trusted, judged from the artifacts."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.exploration.leaks import Leak
from retention.reporting.sources import Sources


@dataclass(frozen=True)
class LeakFinding:
    """Columns called suspicious or leaks, apart those a model gets, and the strongest column that it gets."""

    features: Sequence[str]
    others: Sequence[str]
    strongest: Leak


@dataclass(frozen=True)
class Trust:
    """A part of the report, a grade, and which text says why."""

    what: str
    grade: str
    why: str


def find_leaks(leaks: Sequence[Leak], features: Sequence[str]) -> LeakFinding:
    """Sort the columns of the leak audit into those that a model gets and the others."""
    flagged = [leak.column for leak in leaks if leak.verdict != "none"]
    strongest = max((leak for leak in leaks if leak.column in features), key=lambda leak: leak.roc_auc or 0.0)
    others = [name for name in flagged if name not in features]
    return LeakFinding([name for name in flagged if name in features], others, strongest)


def judge_trust(sources: Sources, leaks: LeakFinding, good_roc_auc: float) -> list[Trust]:
    """Grade each part of the report.

    Parameters
    ----------
    sources : Sources
        The artifacts.
    leaks : LeakFinding
        From `find_leaks`.
    good_roc_auc : float
        The ranking is trusted highly if the whole interval of its ROC-AUC lies above this.
    """
    measured, agrees = sources.plan.effects == "measured", sources.evaluation.agreement.agrees
    found = sources.evaluation
    sharp = found.leading.roc_auc.low >= good_roc_auc
    dated, ranking = bool(sources.periods.acted_on), "ranking" if found.leading is found.test else "ranking_later"
    leak = "leaks_found" if leaks.features else "leaks_order" if leaks.others else "leaks_none"
    parts = [
        Trust("data", "high", "data"),
        Trust("ranking", "high" if sharp else "medium", ranking if found.out_of_time or not dated else "ranking_alone"),
        Trust("calibration", "high" if agrees else "medium", f"calibration_{'good' if agrees else 'poor'}"),
        Trust("leaks", {"leaks_found": "low", "leaks_order": "medium"}.get(leak, "high"), leak),
        Trust("timing", "high" if dated else "open", "timing_dated" if dated else "timing"),
        Trust("segments", "medium", "segments"),
        Trust("reasons", "medium", "reasons"),
        Trust("effects", "medium" if measured else "low", "effects_measured" if measured else "effects_assumed"),
    ]
    return parts if sources.plan.offers else parts[:-1]
