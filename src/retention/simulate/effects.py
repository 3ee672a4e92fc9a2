"""What each offer truly does: by how much it lowers a customer's probability of decline.

An effect is ``probability × share × responsiveness``: the share of the risk that the offer takes away depends on
what the customer is like, and the responsiveness, between one half and one and a half, on nothing that is seen.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from retention.simulate.customers import CATEGORIES, Floats

QUICK = 10  # minutes on the site
PROMO_BUYER = 50  # hundredths of purchases on promotion


def _favours(customers: pd.DataFrame, *categories: str) -> Floats:
    wanted = [CATEGORIES.index(name) for name in categories]
    return np.where(customers["favourite_category"].isin(wanted), 1.0, 0.0)


def _promo_buyer(customers: pd.DataFrame) -> Floats:
    return np.where(customers["promo_share"] > PROMO_BUYER, 1.0, 0.0)


def _narrowness(customers: pd.DataFrame) -> Floats:
    """Return 1 for a customer of one category a visit, falling to 0 at four."""
    return np.asarray(np.clip((4 - customers["categories_per_visit"].to_numpy()) / 3, 0, 1))


def _unpaid_discount(customers: pd.DataFrame) -> Floats:
    basket = np.minimum(customers["unpaid_items"].to_numpy(), 4) / 4
    return np.asarray(basket * (0.20 + 0.08 * _promo_buyer(customers)))


def _stay_longer(customers: pd.DataFrame) -> Floats:
    """Those who are quick on the site are driven away by what keeps them there."""
    return np.where(customers["minutes_current"].to_numpy() < QUICK, -0.4, 0.02)


Shares = Mapping[str, Callable[[pd.DataFrame], Floats]]

# The share of the risk that each offer takes away, at a responsiveness of one.
SHARES: Shares = {
    "unpaid_discount": _unpaid_discount,
    "favourite_deals": lambda c: 0.10 + 0.06 * _favours(c, "children_goods", "cosmetics_accessories"),
    "stickers": lambda c: 0.04 + 0.14 * _promo_buyer(c),
    "cross_category_discount": lambda c: 0.03 + 0.17 * _narrowness(c),
    "appliance_news": lambda c: 0.01 + 0.13 * _favours(c, "small_appliances", "beauty_health_appliances"),
    "cheap_goods": lambda c: 0.04 + 0.12 * _favours(c, "children_goods"),
    "loyalty_discount": lambda c: np.full(len(c), 0.12),
    "stay_longer": lambda c: np.full(len(c), 0.02),
}
OVER_MONTHS: Shares = {**SHARES, "stay_longer": _stay_longer}


def compute_effects(customers: pd.DataFrame, shares: Shares = SHARES) -> pd.DataFrame:
    """Return each offer's true effect on each customer.

    The columns are as `draw_customers` gives them, before any defect; a share is negative where the offer does harm.
    Each column ``effect_<offer>`` is the reduction of the probability of decline if the offer reaches the customer: at
    most the probability, and never so negative that a probability would pass 1.
    """
    probability = customers["true_probability"].to_numpy()
    scale = probability * customers["responsiveness"].to_numpy()
    effects = {f"effect_{offer}": scale * share(customers) for offer, share in shares.items()}
    return pd.DataFrame({name: np.maximum(effect, probability - 1) for name, effect in effects.items()})


def list_truth(customers: pd.DataFrame) -> pd.DataFrame:
    """Return what is true of customers and stands in no export: probability, effects, draw."""
    return customers[["id", "true_probability", *customers.filter(like="effect_").columns, "campaign_draw"]]
