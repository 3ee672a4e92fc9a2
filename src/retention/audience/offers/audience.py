"""Everyone who could be contacted: segments, eligibility and what each offer is worth to each customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.offers.offer import Offer
from retention.audience.offers.value import compute_costs, compute_stake, find_eligible
from retention.audience.segments.membership import (
    Rule,
    check_categories,
    find_members,
    order_segments,
    resolve_rules,
)
from retention.audience.segments.segment import PROBABILITY, Segment
from retention.audience.settings import PlanSettings
from retention.errors import UserError, name_nearest
from retention.tables.columns import ID, PROFIT


@dataclass(frozen=True)
class ResolvedRules:
    """The conditions of segments and offers with every quantile a number.

    Parameters
    ----------
    segments : dict of str to rules
        By priority.
    where, exclude : dict of str to rules
        Of each offer.
    """

    segments: dict[str, tuple[Rule, ...]]
    where: dict[str, tuple[Rule, ...]]
    exclude: dict[str, tuple[Rule, ...]]


@dataclass(frozen=True)
class Audience:
    """Customers, their segments, and which offers they may get at what cost.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns and ``decline_probability``.
    rules : dict of str to rules
        The resolved conditions of each segment, by priority.
    members : DataFrame of n rows
        One bool column for each segment, by priority.
    offers : dict of str to Offer
    eligible : ndarray of bool, shape (n, offers)
    stake : ndarray of shape (n,)
        What is expected to be lost with each customer if nothing is done.
    costs : ndarray of shape (n, offers)
    resolved : ResolvedRules
        What members and eligible customers were found by.
    """

    customers: pd.DataFrame
    rules: dict[str, tuple[Rule, ...]]
    members: pd.DataFrame
    offers: dict[str, Offer]
    eligible: np.ndarray
    stake: np.ndarray
    costs: np.ndarray
    resolved: ResolvedRules

    @property
    def effects(self) -> np.ndarray:
        """Return the effect of each offer, shape (offers,)."""
        return np.array([offer.effect.value for offer in self.offers.values()])


def join_probabilities(customers: pd.DataFrame, probabilities: pd.DataFrame) -> pd.DataFrame:
    """Return the customers with ``decline_probability``, in their order.

    Raises
    ------
    UserError
        If the two do not hold the same customers.
    """
    if set(customers[ID]) != set(probabilities[ID]):
        raise UserError("probabilities.parquet and customers.parquet hold different customers: run `dvc repro`.")
    return customers.merge(probabilities[[ID, PROBABILITY]], on=ID, how="left", validate="one_to_one")


def build_audience(
    customers: pd.DataFrame,
    segments: Mapping[str, Segment],
    offers: Mapping[str, Offer],
    plan: PlanSettings,
    resolved: ResolvedRules | None = None,
) -> Audience:
    """Find members and eligible offers, and compute stakes and costs.

    Parameters
    ----------
    customers : DataFrame of n rows
        As `join_probabilities` gives them.
    segments, offers : mapping
        As set; offers keep their order.
    plan : PlanSettings
    resolved : ResolvedRules, optional
        The rules of earlier customers, for new ones; by default quantiles are taken over `customers`.
    """
    rules = resolved or resolve_all(segments, offers, customers)
    members = find_members(rules.segments, customers)
    profit = customers[PROFIT].to_numpy(dtype=float)
    probability = customers[PROBABILITY].to_numpy(dtype=float)
    money = plan.money
    return Audience(
        customers,
        rules.segments,
        members,
        dict(offers),
        find_eligible(customers, members, offers, rules.where, rules.exclude),
        compute_stake(probability, profit, money.horizon_months, money.loss_share.value),
        compute_costs(profit, list(offers.values())),
        rules,
    )


def resolve_all(segments: Mapping[str, Segment], offers: Mapping[str, Offer], customers: pd.DataFrame) -> ResolvedRules:
    """Turn the conditions of all segments and offers into rules; quantiles are taken over `customers`."""
    return ResolvedRules(
        {key: resolve_rules(segments[key].where, customers) for key in order_segments(segments)},
        {key: resolve_rules(offer.where, customers) for key, offer in offers.items()},
        {key: resolve_rules(offer.exclude, customers) for key, offer in offers.items()},
    )


def check_references(
    segments: Mapping[str, Segment],
    offers: Mapping[str, Offer],
    plan: PlanSettings,
    categories: Mapping[str, Iterable[str]],
) -> None:
    """Refuse settings that name a segment or a category that is not there.

    Parameters
    ----------
    segments, offers : mapping
    plan : PlanSettings
    categories : mapping of str to iterable of str
        The known categories of each categorical column.

    Raises
    ------
    UserError
        With the key of the setting and the nearest known name.
    """
    known = tuple(segments)
    named = {f"offer.{key}.segments": offer.segments for key, offer in offers.items()}
    named["plan.segment_caps"] = tuple(plan.segment_caps)
    for setting, keys in named.items():
        for key in keys:
            if key not in segments:
                raise UserError(f"{setting}: there is no segment {key!r}{name_nearest(key, known)}.")
    for key, segment in segments.items():
        check_categories(f"segment.{key}.where", segment.where, categories)
    for key, offer in offers.items():
        check_categories(f"offer.{key}.where", offer.where, categories)
        check_categories(f"offer.{key}.exclude", offer.exclude, categories)
