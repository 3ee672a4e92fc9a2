"""Everyone who could be contacted: segments, eligibility, and what an offer to a customer costs and is worth.

expected_value(customer, offer) = stake × effect − cost, where
stake = decline_probability × monthly_profit × horizon_months × loss_share

is what is expected to be lost with the customer if nothing is done, and cost = fixed + profit_share × monthly_profit,
the latter once, or in every month of the horizon where it is `standing`. An effect is a relative reduction of the
probability, at most 1, so no offer can save more than the stake. Without profit in the exports customers are
counted: stake = decline_probability, expected_value = stake × effect, and costs only bind the budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from retention.audience.declared import Offer
from retention.audience.plan.settings import Money
from retention.audience.segments.rules import ResolvedRules, apply_all, apply_rule, find_members
from retention.tables.columns import PROBABILITY, PROFIT, TARGET
from retention.tables.roles import ColumnRoles


@dataclass(frozen=True)
class Audience:
    """Customers, their segments, and which offers they may get at what cost."""

    customers: pd.DataFrame  # n rows: canonical columns and ``decline_probability``
    members: pd.DataFrame  # n rows: one bool column for each segment, by priority
    offers: Mapping[str, Offer]
    eligible: np.ndarray  # bool, shape (n, offers)
    money: Money  # not looked at where the customers have no profit
    roles: ColumnRoles

    @property
    def probability(self) -> np.ndarray:
        """Return each customer's probability of decline, shape (n,)."""
        return self.customers[PROBABILITY].to_numpy(dtype=float)

    @property
    def consent(self) -> np.ndarray:
        """Return who may be contacted, as bool, shape (n,): everyone where the exports do not say."""
        asked = self.roles.consent
        everyone = np.ones(len(self.customers), dtype=bool)
        return everyone if asked is None else (self.customers[asked] == "yes").to_numpy()

    @property
    def profit(self) -> np.ndarray:
        """Return each customer's monthly profit, shape (n,); 1 where customers are counted."""
        return self.customers[PROFIT].to_numpy(dtype=float) if self.roles.money else np.ones(len(self.customers))

    @property
    def horizon(self) -> float:
        """Return for how many months a share of the profit is lost; 1 where customers are counted."""
        return self.money.horizon_months if self.roles.money else 1.0

    @property
    def loss_share(self) -> float:
        """Return which share of a decliner's profit over the horizon is lost; 1 where customers are counted."""
        return self.money.loss_share.value if self.roles.money else 1.0

    @cached_property
    def stake(self) -> np.ndarray:
        """Return what is expected to be lost with each customer if nothing is done, shape (n,)."""
        return np.asarray(self.probability * self.profit * self.horizon * self.loss_share)

    @property
    def loss(self) -> np.ndarray:
        """Return what is lost with each customer who declines, shape (n,)."""
        return self.profit * self.horizon * self.loss_share

    @property
    def effects(self) -> np.ndarray:
        """Return the effect of each offer, shape (offers,)."""
        return np.array([offer.effect.value for offer in self.offers.values()])

    @cached_property
    def costs(self) -> np.ndarray:
        """Return what each offer costs with each customer, shape (n, offers); of a loss no share is a cost."""
        prices = [offer.cost for offer in self.offers.values()]
        shares = np.array([price.profit_share * (self.horizon if price.standing else 1) for price in prices])
        return np.asarray([price.fixed for price in prices] + shares * np.maximum(self.profit, 0)[:, None])

    def compute_values(self, factor: float = 1.0) -> np.ndarray:
        """Return the expected net value of each offer if its effect is `factor` times as set, shape (n, offers)."""
        saved = self.stake[:, None] * np.minimum(self.effects * factor, 1.0)
        return np.asarray(saved - self.costs if self.roles.money else saved)

    def compute_realised(self, chosen: np.ndarray) -> np.ndarray:
        """Return what contacting each customer with the offer `chosen` would have brought, by the labels, (n,)."""
        declined = self.customers[TARGET].to_numpy(dtype=float)
        saved = declined * self.loss * np.append(self.effects, 0.0)[chosen]  # NOBODY is the last place
        if not self.roles.money:
            return np.asarray(saved)
        costs = np.append(self.costs, np.zeros((len(declined), 1)), axis=1)
        return np.asarray(saved - costs[np.arange(len(declined)), chosen])


def build_audience(
    customers: pd.DataFrame, rules: ResolvedRules, offers: Mapping[str, Offer], money: Money, roles: ColumnRoles
) -> Audience:
    """Find the members of segments, and who may get which offer: whoever agreed and it is meant for.

    `customers` has canonical columns and ``decline_probability``; the rules are of these customers, or of earlier ones.
    """
    members = find_members(rules.segments, customers)
    eligible = np.empty((len(customers), len(offers)), dtype=bool)
    for place, (key, offer) in enumerate(offers.items()):
        meant = members[[*offer.segments]].to_numpy().any(axis=1) if offer.segments else True
        excluded = np.any([apply_rule(rule, customers) for rule in rules.offers[key].exclude], axis=0)
        eligible[:, place] = meant & apply_all(rules.offers[key].where, customers) & ~excluded
    audience = Audience(customers, members, offers, eligible, money, roles)
    return replace(audience, eligible=eligible & audience.consent[:, None])
