"""What an offer to a customer is worth.

expected_value(customer, offer) = stake × effect − cost, where
stake = decline_probability × monthly_profit × horizon_months × loss_share

is what is expected to be lost with the customer if nothing is done. An effect is a relative reduction of
the probability, at most 1, so no offer can save more than the stake.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from retention.audience.offers.offer import Offer
from retention.audience.segments.membership import apply_all, apply_any
from retention.audience.segments.rules import OfferRules


def compute_stake(probability: np.ndarray, profit: np.ndarray, months: float, loss_share: float) -> np.ndarray:
    """Return the expected loss with each customer, in the unit of `profit`, shape (n,)."""
    return np.asarray(probability * profit * months * loss_share)


def compute_costs(profit: np.ndarray, offers: Sequence[Offer]) -> np.ndarray:
    """Return the cost of each offer to each customer, shape (n, offers).

    A customer who brings a loss gets no cheaper offers for it: the share is taken of 0.
    """
    fixed = np.array([offer.cost.fixed for offer in offers])
    share = np.array([offer.cost.profit_share for offer in offers])
    return np.asarray(fixed + share * np.maximum(profit, 0)[:, None])


def compute_values(stake: np.ndarray, effects: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return the expected net value of each offer to each customer, shape (n, offers).

    Parameters
    ----------
    stake : ndarray of shape (n,)
    effects : ndarray of shape (offers,)
        Relative reductions of the probability.
    costs : ndarray of shape (n, offers)
    """
    return np.asarray(stake[:, None] * effects - costs)


def find_eligible(
    customers: pd.DataFrame, members: pd.DataFrame, offers: Mapping[str, Offer], rules: Mapping[str, OfferRules]
) -> np.ndarray:
    """Return which customer may get which offer, shape (n, offers).

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns and ``decline_probability``.
    members : DataFrame of n rows
        One bool column for each segment.
    offers : mapping of str to Offer
    rules : mapping of str to OfferRules
    """
    consent = (customers["accepts_messages"] == "yes").to_numpy()
    columns = []
    for key, offer in offers.items():
        meant = members[list(offer.segments)].to_numpy().any(axis=1) if offer.segments else True
        fits = apply_all(rules[key].where, customers) & ~apply_any(rules[key].exclude, customers)
        columns.append(consent & meant & fits)
    return np.column_stack(columns) if columns else np.zeros((len(customers), 0), dtype=bool)


def compute_break_even(stake: np.ndarray, costs: np.ndarray) -> float | None:
    """Return the effect at which an offer to these customers earns just what it costs; None without stake.

    Parameters
    ----------
    stake, costs : ndarray of shape (k,)
        Of the customers who get the offer.
    """
    total = float(stake.sum())
    return float(costs.sum()) / total if total > 0 else None
