"""The segments as they are told: ``segments.json``. Declared ones come from the settings, found ones from a search."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from retention.audience.discovery.found_summary import FoundRule, FoundSummary
from retention.audience.offers.audience import Audience
from retention.audience.offers.reasons import Pushes
from retention.audience.segments.differences import ColumnDifference, adjust, compare_columns
from retention.audience.segments.drivers import Driver, compute_drivers
from retention.audience.segments.membership import Overlap, compute_overlap
from retention.audience.segments.profile import Figures, GroupProfile, compute_profile
from retention.audience.segments.segment import Segment
from retention.learning.evaluation.evaluation import Group
from retention.strict import Strict, Text
from retention.tables.columns import FEATURES, PROFIT

COMPARED = (*FEATURES, PROFIT)


class ReasonCount(Strict):
    """For how many customers of a group a column is among their reasons.

    Parameters
    ----------
    column : str
    customers : int
    share : float
    """

    column: str
    customers: int
    share: float


class GroupSummary(GroupProfile):
    """A segment, or all customers.

    Parameters
    ----------
    support : int
    share : float
        Of all customers.
    too_few : bool
        Then nothing but counts is told.
    drivers : tuple of Driver
        The strongest first.
    reasons : tuple of ReasonCount
        The most frequent first.
    offers : tuple of str
        Offers that some may get.
    eligible : dict of str to int
        How many may get each of them.
    """

    support: int
    share: float
    too_few: bool
    drivers: tuple[Driver, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    offers: tuple[str, ...]
    eligible: dict[str, int]


class SegmentSummary(GroupSummary):
    """A segment.

    Parameters
    ----------
    key : str
    origin : {"declared", "found"}
    stability : FoundRule or None
        How stable a found one is.
    name, text, purpose : Text
    priority : int
    differs : tuple of ColumnDifference
        What sets them apart from the rest, the largest effect first.
    """

    key: str
    origin: Literal["declared", "found"]
    stability: FoundRule | None
    name: Text
    text: Text
    purpose: Text
    priority: int
    differs: tuple[ColumnDifference, ...]


class SegmentsSummary(Strict):
    """The segments and, in the same form, all customers: ``segments.json``.

    Parameters
    ----------
    horizon_months : float
        How long a drop lasts, for profit at risk.
    confidence : float
        Of all intervals.
    minimum_support : int
        Smaller groups are too few.
    population : GroupSummary
        All customers.
    segments : tuple of SegmentSummary
        By priority.
    empty : tuple of str
        Segments that nobody belongs to.
    overlap : Overlap
    found : FoundSummary
    groups : tuple of Group
        How good the model is for the test customers of each segment.
    actionable : dict of str to bool
        Whether the shop can do something about a column.
    """

    horizon_months: float
    confidence: float
    minimum_support: int
    population: GroupSummary
    segments: tuple[SegmentSummary, ...]
    empty: tuple[str, ...]
    overlap: Overlap
    found: FoundSummary
    groups: tuple[Group, ...]
    actionable: dict[str, bool]


def summarise_segments(
    audience: Audience,
    segments: Mapping[str, Segment],
    pushes: Pushes,
    figures: Figures,
    found: FoundSummary,
    groups: Sequence[Group],
    actionable: Mapping[str, bool],
) -> SegmentsSummary:
    """Return the segments and, in the same form, all customers.

    Parameters
    ----------
    audience : Audience
    segments : mapping of str to Segment
        Declared and found.
    pushes : Pushes
        In the order of the customers.
    figures : Figures
    found : FoundSummary
    groups : sequence of Group
        How good the model is for the test customers of each segment.
    actionable : mapping of str to bool
    """
    everyone = np.ones(len(audience.customers), dtype=bool)
    differences = _compare(audience, segments, figures.minimum_support)
    stable = {rule.key: rule for rule in found.rules if rule.kept}

    def describe(key: str) -> SegmentSummary:
        segment = segments[key]
        return SegmentSummary(
            key=key,
            origin="found" if key in stable else "declared",
            stability=stable.get(key),
            name=segment.name,
            text=segment.text,
            purpose=segment.purpose,
            priority=segment.priority,
            differs=tuple(differences.get(key, ())),
            **dict(_describe(audience, audience.members[key].to_numpy(dtype=bool), pushes, figures)),
        )

    return SegmentsSummary(
        horizon_months=figures.horizon_months,
        confidence=figures.confidence,
        minimum_support=figures.minimum_support,
        population=_describe(audience, everyone, pushes, figures),
        segments=tuple(describe(str(key)) for key in audience.members),
        empty=tuple(str(key) for key in audience.members if not audience.members[key].any()),
        overlap=compute_overlap(audience.members),
        found=found,
        groups=tuple(groups),
        actionable=dict(actionable),
    )


def _compare(
    audience: Audience, segments: Mapping[str, Segment], minimum_support: int
) -> dict[str, list[ColumnDifference]]:
    """Compare each segment with the rest where both are large enough."""
    found = {}
    for key in audience.members:
        member = audience.members[key].to_numpy(dtype=bool)
        if min(member.sum(), (~member).sum()) >= minimum_support:
            defining = [condition.column for condition in segments[str(key)].where]
            found[str(key)] = compare_columns(audience.customers, member, COMPARED, defining)
    return adjust(found)


def _describe(audience: Audience, member: np.ndarray, pushes: Pushes, figures: Figures) -> GroupSummary:
    support = int(member.sum())
    eligible = audience.eligible[member].sum(axis=0).tolist()
    counts = {key: count for key, count in zip(audience.offers, eligible, strict=True) if count}
    summary = GroupSummary(
        support=support,
        share=support / len(member),
        too_few=support < figures.minimum_support,
        offers=tuple(counts),
        eligible=counts,
    )
    if summary.too_few:
        return summary
    group = audience.customers[member]
    profile = compute_profile(group, figures)
    drivers = tuple(compute_drivers(pushes.by_column[member], group))
    reasons = count_reasons(pushes.rank[member])
    return summary.model_copy(update={**dict(profile), "drivers": drivers, "reasons": reasons})


def count_reasons(rank: pd.DataFrame) -> tuple[ReasonCount, ...]:
    """Return for how many customers each column is among their reasons, the most frequent first."""
    counts = (rank > 0).sum()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    n = len(rank)
    return tuple(ReasonCount(column=str(name), customers=int(k), share=int(k) / n) for name, k in ranked if k)
