"""What the search for segments found, for ``segments.json``."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from retention.audience.discovery.found_segments import FoundSegment
from retention.audience.discovery.rule_wording import Speech, name_rules
from retention.audience.discovery.settings import FoundSettings
from retention.audience.discovery.stability import Stability
from retention.audience.segments.profile import Figures
from retention.audience.segments.rules import Rule, apply_all
from retention.estimate import Estimate, compute_share
from retention.strict import Strict, Text
from retention.tables.columns import FEATURES, TARGET


class UnseenCheck(Strict):
    """What became of the customers of a found segment whom the search did not see.

    Parameters
    ----------
    decline_rate : Estimate or None
        None where they are too few.
    """

    support: int
    decline_rate: Estimate | None


class FoundRule(Stability):
    """A rule that the search looked at closely.

    Parameters
    ----------
    kept : bool
        Whether it is stable enough to be a segment.
    behaviour_only : bool
        Whether no condition is on profit or risk.
    """

    key: str
    name: Text
    kept: bool
    behaviour_only: bool
    test: UnseenCheck


class FoundSummary(Strict):
    """How the search went.

    Parameters
    ----------
    searched : int
        Customers whom it saw.
    halves : int
        Random halves on which it was repeated.
    required : float
        The share of halves that must find a rule again.
    overlap : float
        From which on two groups are the same.
    rules : tuple of FoundRule
        All that were looked at closely, the best first.
    """

    searched: int
    halves: int
    required: float
    overlap: float
    rules: tuple[FoundRule, ...]


def summarise_findings(
    segments: Mapping[str, FoundSegment],
    speech: Speech,
    customers: pd.DataFrame,
    train: np.ndarray,
    found: FoundSettings,
    figures: Figures,
) -> FoundSummary:
    """Return how the search went, and of each rule that was looked at closely how stable it is.

    Parameters
    ----------
    segments : mapping of str to FoundSegment
        From `find_segments`.
    speech : Speech
    customers : DataFrame of n rows
    train : ndarray of bool, shape (n,)
        Whom the search could see; the others give the decline rate ``test``.
    found : FoundSettings
    figures : Figures
    """
    rules = tuple(
        FoundRule(
            **dict(item.stability),
            key=key,
            name=name_rules(item.rules, speech),
            kept=item.kept,
            behaviour_only=all(rule.column in FEATURES for rule in item.rules),
            test=_check(item.rules, customers[~train], figures),
        )
        for key, item in segments.items()
    )
    searched = min(int(train.sum()), found.rows)
    return FoundSummary(
        searched=searched, halves=found.halves, required=found.stability, overlap=found.overlap, rules=rules
    )


def _check(rules: Iterable[Rule], unseen: pd.DataFrame, figures: Figures) -> UnseenCheck:
    """Return for how many of the unseen customers the rules hold, and their decline rate if they are enough."""
    declined: np.ndarray = unseen[TARGET].to_numpy()[apply_all(rules, unseen)]
    support, rate = len(declined), None
    if support >= figures.minimum_support:
        rate = compute_share(int(declined.sum()), support, figures.confidence)
    return UnseenCheck(support=support, decline_rate=rate)
