"""What each offer truly does: by how much it lowers a customer's probability of decline.

An effect is ``probability × share × responsiveness``: the share of the risk that the offer takes away depends on
what the customer is like, and the responsiveness, between one half and one and a half, on nothing that is seen.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from retention.simulate.customers import CATEGORIES
from retention.simulate.marginals import Floats

PROMO_BUYER = 50  # hundredths of purchases on promotion


def _favours(customers: pd.DataFrame, *categories: str) -> Floats:
    wanted = [CATEGORIES.index(name) for name in categories]
    favours: Floats = customers["favourite_category"].isin(wanted).to_numpy().astype(np.float64)
    return favours


def _promo_buyer(customers: pd.DataFrame) -> Floats:
    buyer: Floats = (customers["promo_share"] > PROMO_BUYER).to_numpy().astype(np.float64)
    return buyer


def _narrowness(customers: pd.DataFrame) -> Floats:
    """Return 1 for a customer of one category a visit, falling to 0 at four."""
    narrowness: Floats = np.clip((4 - customers["categories_per_visit"].to_numpy()) / 3, 0, 1)
    return narrowness


def _unpaid_discount(customers: pd.DataFrame) -> Floats:
    basket: Floats = np.minimum(customers["unpaid_items"].to_numpy(), 4) / 4
    return basket * (0.20 + 0.08 * _promo_buyer(customers))


# The share of the risk that each offer takes away, at a responsiveness of one.
SHARES: Mapping[str, Callable[[pd.DataFrame], Floats]] = {
    "unpaid_discount": _unpaid_discount,
    "favourite_deals": lambda c: 0.10 + 0.06 * _favours(c, "children_goods", "cosmetics_accessories"),
    "stickers": lambda c: 0.04 + 0.14 * _promo_buyer(c),
    "cross_category_discount": lambda c: 0.03 + 0.17 * _narrowness(c),
    "appliance_news": lambda c: 0.01 + 0.13 * _favours(c, "small_appliances", "beauty_health_appliances"),
    "cheap_goods": lambda c: 0.04 + 0.12 * _favours(c, "children_goods"),
    "loyalty_discount": lambda c: np.full(len(c), 0.12),
    "stay_longer": lambda c: np.full(len(c), 0.02),
}


def compute_effects(customers: pd.DataFrame) -> pd.DataFrame:
    """Return each offer's true effect on each customer.

    Parameters
    ----------
    customers : pd.DataFrame
        Columns as `draw_customers` gives them, before any defect.

    Returns
    -------
    pd.DataFrame
        One column ``effect_<offer>`` per offer: the reduction of the probability of decline if the offer
        reaches the customer, between 0 and the probability.
    """
    scale = (customers["true_probability"] * customers["responsiveness"]).to_numpy()
    return pd.DataFrame({f"effect_{offer}": scale * share(customers) for offer, share in SHARES.items()})
