"""What the search for segments found, in plain data for ``segments.json``."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from retention.audience.discovery.found_segments import Findings
from retention.audience.discovery.settings import FoundSettings
from retention.audience.segments.membership import apply_all, resolve_rules
from retention.audience.segments.segment import Segment
from retention.audience.settings import PlanSettings
from retention.estimate import compute_share
from retention.tables.columns import FEATURES, TARGET


def summarise_findings(
    findings: Findings, customers: pd.DataFrame, train: np.ndarray, found: FoundSettings, plan: PlanSettings
) -> dict[str, Any]:
    """Return how the search went, and of each rule that was looked at closely how stable it is.

    Parameters
    ----------
    findings : Findings
    customers : DataFrame of n rows
    train : ndarray of bool, shape (n,)
        The others did not take part in the search: they give the decline rate ``test``.
    found : FoundSettings
    plan : PlanSettings
    """
    return {
        "searched": findings.searched,
        "halves": found.halves,
        "required": found.stability,
        "overlap": found.overlap,
        "rules": [
            {
                "key": key,
                "name": item.segment.name.model_dump(),
                "kept": item.kept,
                **asdict(item.stability),
                "behaviour_only": all(condition.column in FEATURES for condition in item.segment.where),
                "test": _check(item.segment, customers[~train], plan),
            }
            for key, item in findings.found.items()
        ],
    }


def _check(segment: Segment, unseen: pd.DataFrame, plan: PlanSettings) -> dict[str, Any]:
    """Return how many of the unseen customers the rule holds, and their decline rate if they are enough."""
    declined = unseen[TARGET].to_numpy()[apply_all(resolve_rules(segment.where, unseen), unseen)]
    support = len(declined)
    rate = compute_share(int(declined.sum()), support, plan.confidence) if support >= plan.minimum_support else None
    return {"support": support, "decline_rate": rate.model_dump() if rate else None}
