"""Everyone who could be contacted: segments, eligibility and what each offer costs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.offers.offer import Offer
from retention.audience.offers.value import compute_costs, compute_stake, find_eligible
from retention.audience.plan.settings import Money
from retention.audience.segments.membership import find_members
from retention.audience.segments.rules import ResolvedRules
from retention.tables.columns import PROBABILITY, PROFIT


@dataclass(frozen=True)
class Audience:
    """Customers, their segments, and which offers they may get at what cost.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns and ``decline_probability``.
    members : DataFrame of n rows
        One bool column for each segment, by priority.
    offers : dict of str to Offer
    eligible : ndarray of bool, shape (n, offers)
    stake : ndarray of shape (n,)
        What is expected to be lost with each customer if nothing is done.
    costs : ndarray of shape (n, offers)
    """

    customers: pd.DataFrame
    members: pd.DataFrame
    offers: dict[str, Offer]
    eligible: np.ndarray
    stake: np.ndarray
    costs: np.ndarray

    @property
    def effects(self) -> np.ndarray:
        """Return the effect of each offer, shape (offers,)."""
        return np.array([offer.effect.value for offer in self.offers.values()])


def build_audience(
    customers: pd.DataFrame, rules: ResolvedRules, offers: Mapping[str, Offer], money: Money
) -> Audience:
    """Find members and eligible offers, and compute stakes and costs.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns and ``decline_probability``.
    rules : ResolvedRules
        Of these customers, or of earlier ones.
    offers : mapping of str to Offer
        As set; they keep their order.
    money : Money
    """
    members = find_members(rules.segments, customers)
    profit = customers[PROFIT].to_numpy(dtype=float)
    probability = customers[PROBABILITY].to_numpy(dtype=float)
    return Audience(
        customers,
        members,
        dict(offers),
        find_eligible(customers, members, offers, rules.offers),
        compute_stake(probability, profit, money.horizon_months, money.loss_share.value),
        compute_costs(profit, list(offers.values())),
    )
