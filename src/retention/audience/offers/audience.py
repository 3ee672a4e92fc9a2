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
    offers: dict[str, Offer]
    eligible: np.ndarray  # bool, shape (n, offers)
    stake: np.ndarray  # what is expected to be lost with each customer if nothing is done, shape (n,)
    loss: np.ndarray  # likewise with one who declines, shape (n,)
    costs: np.ndarray  # shape (n, offers)
    loss_share: float  # of a decliner's profit over the horizon; 1 where customers are counted
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
    def effects(self) -> np.ndarray:
        """Return the effect of each offer, shape (offers,)."""
        return np.array([offer.effect.value for offer in self.offers.values()])

    def only(self, rows: np.ndarray) -> "Audience":
        """Return some of the customers, bool, shape (n,)."""
        frames = {name: getattr(self, name)[rows].reset_index(drop=True) for name in ("customers", "members")}
        arrays = {name: getattr(self, name)[rows] for name in ("eligible", "stake", "loss", "costs")}
        return replace(self, **frames, **arrays)

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
    """Find members and eligible offers, and compute losses and costs.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns and ``decline_probability``.
    rules : ResolvedRules
        Of these customers, or of earlier ones.
    money : Money
        Not looked at where the customers have no profit.
    """
    members = find_members(rules.segments, customers)
    open_ = _find_eligible(customers, members, offers, rules)
    audience = price_audience(customers, members, open_, offers, money, roles)
    return replace(audience, eligible=open_ & audience.consent[:, None])


def price_audience(
    customers: pd.DataFrame,
    members: pd.DataFrame,
    eligible: np.ndarray,
    offers: Mapping[str, Offer],
    money: Money,
    roles: ColumnRoles,
) -> Audience:
    """Return customers whose segments and eligible offers, as in `Audience`, are known, with losses and costs.

    They need id, unit, profit if there is any, and ``decline_probability``. Of a loss no share is a cost.
    """
    profit, horizon, share = np.ones(len(customers)), 1.0, 1.0
    if roles.money:
        profit = customers[PROFIT].to_numpy(dtype=float)
        horizon, share = money.horizon_months, money.loss_share.value
    stake, loss = (chance * profit * horizon * share for chance in (customers[PROBABILITY].to_numpy(dtype=float), 1.0))
    prices = [offer.cost for offer in offers.values()]
    shares = np.array([price.profit_share * (horizon if price.standing else 1) for price in prices])
    costs = np.array([price.fixed for price in prices]) + shares * np.maximum(profit, 0)[:, None]
    return Audience(customers, members, dict(offers), eligible, stake, loss, costs, share, roles)


def _find_eligible(
    customers: pd.DataFrame, members: pd.DataFrame, offers: Mapping[str, Offer], rules: ResolvedRules
) -> np.ndarray:
    """Return whom which offer is meant for, as bool, shape (n, offers); consent plays no part."""
    eligible = np.zeros((len(customers), len(offers)), dtype=bool)
    for place, (key, offer) in enumerate(offers.items()):
        meant = members[list(offer.segments)].to_numpy().any(axis=1) if offer.segments else True
        eligible[:, place] = meant & apply_all(rules.offers[key].where, customers)
        for rule in rules.offers[key].exclude:
            eligible[:, place] &= ~apply_rule(rule, customers)
    return eligible
