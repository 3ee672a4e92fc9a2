"""The segments as they are told: ``segments.json``. Declared ones come from the settings, found ones from a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from retention.audience.declared import Segment
from retention.audience.discovery.found_segments import FoundRule, FoundSummary
from retention.audience.offers.audience import Audience
from retention.audience.segments.profile import (
    ColumnDifference,
    Figures,
    GroupProfile,
    adjust,
    compare_columns,
    compute_profile,
    order_drivers,
)
from retention.audience.segments.rules import count_shared
from retention.estimate import Estimate
from retention.learning.evaluation.evaluation import Group
from retention.strict import Strict, Text
from retention.tables.columns import PROFIT


class ReasonCount(Strict):
    """For which share of the customers of a group a column is among their reasons."""

    column: str  # which one
    share: float  # of the customers


class GroupSummary(GroupProfile):
    """A segment, or all customers."""

    support: int  # how many they are
    share: float  # the same as a share of all customers
    too_few: bool  # then nothing but counts is told
    drivers: tuple[str, ...] = ()  # columns, those first that move the model's output within the group most
    reasons: tuple[ReasonCount, ...] = ()  # the most frequent first
    eligible: dict[str, int]  # how many may get each offer that some may get


class SegmentSummary(GroupSummary):
    """A segment."""

    key: str  # as in the settings, or made from the rule of a found one
    origin: Literal["declared", "found"]  # by the settings, or by the search
    stability: FoundRule | None  # how stable a found one is
    name: Text  # as all words here from the settings, or made from the rule of a found one
    text: Text  # who they are
    purpose: Text  # what they are told apart for
    priority: int  # which comes first where a customer is in several
    overlap: dict[str, int]  # how many of them are in each other segment too; those without any are left out
    differs: tuple[ColumnDifference, ...]
    """What sets them apart from the rest, the largest effect first, those by definition last."""


class SegmentsSummary(Figures):
    """The segments and, in the same form, all customers: ``segments.json``."""

    population: GroupSummary  # all customers
    segments: tuple[SegmentSummary, ...]  # by priority
    empty: tuple[str, ...]  # segments that nobody belongs to
    found: FoundSummary  # how the search for more went
    groups: tuple[Group, ...]  # how good the model is for the test customers of each segment
    actionable: dict[str, bool]  # whether the shop can do something about a column


@dataclass(frozen=True)
class Happened:
    """What is known of the n customer-months learnt from in which no campaign contacted the customer."""

    declined: np.ndarray  # their labels, shape (n,)
    units: np.ndarray  # and units, shape (n,)
    members: pd.DataFrame  # one bool column for each segment, n rows
    groups: Sequence[Group]  # how good the model is for the test customers of each segment

    def compute_rate(self, key: str | None, figures: Figures) -> Estimate | None:
        """Return the decline rate in a segment, or of all; None if they are too few."""
        own = slice(None) if key is None else self.members[key].to_numpy(dtype=bool)
        return figures.compute_rate(self.declined[own], self.units[own])


def summarise_segments(
    audience: Audience,
    segments: Mapping[str, Segment],
    pushes: tuple[pd.DataFrame, pd.DataFrame],
    figures: Figures,
    found: FoundSummary,
    happened: Happened,
    actionable: Mapping[str, bool],
) -> SegmentsSummary:
    """Return the segments and, in the same form, all customers.

    Parameters
    ----------
    segments : mapping of str to Segment
        Declared and found.
    pushes : pair of DataFrame of n rows
        The attributions, and what `rank_reasons` made of them.
    happened : Happened
        To those whose labels are known.
    """
    members = {str(key): audience.members[key].to_numpy(dtype=bool) for key in audience.members}
    everybody = np.ones(len(audience.customers), dtype=bool)
    shared = count_shared(audience.members)
    differences = _compare(audience, members, segments, figures.minimum_support)
    stable = {rule.key: rule for rule in found.rules if rule.kept}
    described = (
        SegmentSummary(
            key=key,
            origin="found" if key in stable else "declared",
            stability=stable.get(key),
            **segments[key].model_dump(include={"name", "text", "purpose", "priority"}),
            overlap=shared[key],
            differs=tuple(differences.get(key, ())),
            **dict(_describe(audience, member, pushes, figures, happened.compute_rate(key, figures))),
        )
        for key, member in members.items()
    )
    return SegmentsSummary(
        **dict(figures),
        population=_describe(audience, everybody, pushes, figures, happened.compute_rate(None, figures)),
        segments=tuple(described),
        empty=tuple(key for key, member in members.items() if not member.any()),
        found=found,
        groups=tuple(happened.groups),
        actionable=dict(actionable),
    )


def _compare(
    audience: Audience, members: Mapping[str, np.ndarray], segments: Mapping[str, Segment], minimum_support: int
) -> dict[str, list[ColumnDifference]]:
    """Compare each segment with the rest where both are large enough."""
    found = {}
    columns = (*audience.roles.names, PROFIT) if audience.roles.money else audience.roles.names
    for key, member in members.items():
        if min(member.sum(), (~member).sum()) >= minimum_support:
            defining = [condition.column for condition in segments[key].where]
            found[key] = compare_columns(audience.customers, member, columns, defining)
    return adjust(found)


def _describe(
    audience: Audience,
    member: np.ndarray,
    pushes: tuple[pd.DataFrame, pd.DataFrame],
    figures: Figures,
    decline_rate: Estimate | None,
) -> GroupSummary:
    support = int(member.sum())
    eligible = zip(audience.offers, audience.eligible[member].sum(axis=0).tolist(), strict=True)
    summary = GroupSummary(
        support=support,
        share=support / len(member),
        too_few=support < figures.minimum_support,
        eligible={key: count for key, count in eligible if count},
    )
    if summary.too_few:
        return summary
    group, (attributions, rank) = audience.customers[member], (part[member] for part in pushes)
    told = {"drivers": order_drivers(attributions), "reasons": _count_reasons(rank)}
    profile = dict(compute_profile(group, figures, audience.roles)) | {"decline_rate": decline_rate}
    return summary.model_copy(update={**profile, **told})


def _count_reasons(rank: pd.DataFrame) -> tuple[ReasonCount, ...]:
    """Return of which share of the customers each column is a reason, the most frequent first, equal ones by name."""
    counts = (rank > 0).sum().sort_index().sort_values(ascending=False, kind="stable")
    return tuple(ReasonCount(column=str(name), share=count / len(rank)) for name, count in counts[counts > 0].items())
