"""The segments in plain data: ``segments.json``. Declared ones come from the settings, found ones from a search."""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.offers.reasons import Usual, mark_reasons
from retention.audience.segments.differences import Difference, adjust, compare_columns
from retention.audience.segments.drivers import compute_drivers
from retention.audience.segments.membership import compute_overlap
from retention.audience.segments.profile import compute_profile
from retention.audience.segments.segment import Segment
from retention.audience.settings import PlanSettings
from retention.tables.columns import FEATURES, PROFIT

COMPARED = (*FEATURES, PROFIT)
NOTHING = (
    "decline_rate", "mean_probability", "monthly_profit", "profit_total", "profit_at_risk", "consent_share",
    "favourite_categories", "revenue_by_month", "revenue_by_category",
)  # fmt: skip


def summarise_segments(
    audience: Audience,
    segments: Mapping[str, Segment],
    attributions: pd.DataFrame,
    usual: Usual,
    threshold: float | None,
    plan: PlanSettings,
    found: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the segments and, in the same form, all customers.

    Parameters
    ----------
    audience : Audience
    segments : mapping of str to Segment
    attributions : DataFrame of n rows
        Source columns only, in the order of the customers.
    usual : Usual
        What customers are compared with.
    threshold : float or None
        The one in use.
    plan : PlanSettings
    found : mapping of str to mapping
        Of each found segment, how stable it is.
    """
    everyone = np.ones(len(audience.customers), dtype=bool)
    differences = _compare(audience, segments, plan.minimum_support)
    return {
        "threshold": threshold,
        "horizon_months": plan.money.horizon_months,
        "confidence": plan.confidence,
        "minimum_support": plan.minimum_support,
        "usual": asdict(usual),
        "population": _describe(audience, everyone, attributions, plan),
        "segments": [
            {
                "key": key,
                "origin": "found" if key in found else "declared",
                "stability": found.get(key),
                **segments[key].model_dump(include={"name", "text", "purpose", "priority"}),
                "rules": [asdict(rule) for rule in rules],
                **_describe(audience, audience.members[key].to_numpy(dtype=bool), attributions, plan),
                "differs": [asdict(item) for item in differences.get(key, [])],
            }
            for key, rules in audience.rules.items()
        ],
        "overlap": compute_overlap(audience.members),
        "offer_rules": {
            key: {"where": [asdict(rule) for rule in rules], "exclude": [asdict(rule) for rule in exclude]}
            for (key, rules), exclude in zip(
                audience.resolved.where.items(), audience.resolved.exclude.values(), strict=True
            )
        },
    }


def _compare(audience: Audience, segments: Mapping[str, Segment], minimum_support: int) -> dict[str, list[Difference]]:
    """Compare each segment with the rest where both are large enough."""
    found = {}
    for key in audience.rules:
        member = audience.members[key].to_numpy(dtype=bool)
        if min(member.sum(), (~member).sum()) >= minimum_support:
            defining = [condition.column for condition in segments[key].where]
            found[key] = compare_columns(audience.customers, member, COMPARED, defining)
    return adjust(found)


def _describe(audience: Audience, member: np.ndarray, attributions: pd.DataFrame, plan: PlanSettings) -> dict[str, Any]:
    support = int(member.sum())
    too_few = support < plan.minimum_support
    head: dict[str, Any] = {"support": support, "share": support / len(member), "too_few": too_few}
    eligible = audience.eligible[member].sum(axis=0).tolist()
    counts = {key: count for key, count in zip(audience.offers, eligible, strict=True) if count}
    tail = {"offers": list(counts), "eligible": counts}
    if too_few:
        return {**head, **dict.fromkeys(NOTHING), "drivers": [], "reasons": [], **tail}
    group = audience.customers[member]
    profile = compute_profile(group, plan.money.horizon_months, plan.minimum_support, plan.confidence)
    drivers = compute_drivers(attributions[member], group)
    return {
        **head,
        **asdict(profile),
        "drivers": [asdict(driver) for driver in drivers],
        "reasons": count_reasons(attributions[member]),
        **tail,
    }


def count_reasons(attributions: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for how many customers each column is among their reasons, the most frequent first."""
    counts = mark_reasons(attributions).sum()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    n = len(attributions)
    return [{"column": str(name), "customers": int(k), "share": int(k) / n} for name, k in ranked if k]
