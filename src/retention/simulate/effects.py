"""What each offer truly does: by how much it lowers a customer's probability of decline.

An effect is ``probability × share × responsiveness``: the share of the risk that the offer takes away depends on
what the customer is like, and the responsiveness, between one half and one and a half, on nothing that is seen.
"""

import numpy as np
import pandas as pd

from retention.simulate.customers import CATEGORIES, Floats

QUICK = 10  # minutes on the site
PROMO_BUYER = 50  # hundredths of purchases on promotion


def _share_risk(customers: pd.DataFrame, over_months: bool) -> dict[str, Floats | float]:
    """Return the share of the risk that each offer takes away, at a responsiveness of one."""
    promo_buyer = customers["promo_share"].to_numpy() > PROMO_BUYER
    narrowness = np.clip((4 - customers["categories_per_visit"].to_numpy()) / 3, 0, 1)  # 1 at one category, 0 at four
    basket = np.minimum(customers["unpaid_items"].to_numpy(), 4) / 4
    quick = customers["minutes_current"].to_numpy() < QUICK  # who is, is driven away by what keeps people there
    likes = {name: customers["favourite_category"].to_numpy() == place for place, name in enumerate(CATEGORIES)}
    return {
        "unpaid_discount": basket * (0.20 + 0.08 * promo_buyer),
        "favourite_deals": 0.10 + 0.06 * (likes["children_goods"] | likes["cosmetics_accessories"]),
        "stickers": 0.04 + 0.14 * promo_buyer,
        "cross_category_discount": 0.03 + 0.17 * narrowness,
        "appliance_news": 0.01 + 0.13 * (likes["small_appliances"] | likes["beauty_health_appliances"]),
        "cheap_goods": 0.04 + 0.12 * likes["children_goods"],
        "loyalty_discount": 0.12,
        "stay_longer": np.where(quick, -0.4, 0.02) if over_months else 0.02,
    }


def compute_effects(customers: pd.DataFrame, *, over_months: bool) -> pd.DataFrame:
    """Return each offer's true effect on each customer, in the undated shop or in the one over months.

    The columns are as `draw_columns` gives them, before any defect; a share is negative where the offer does harm.
    Each column ``effect_<offer>`` is the reduction of the probability of decline if the offer reaches the customer: at
    most the probability, and never so negative that a probability would pass 1.
    """
    probability = customers["true_probability"].to_numpy()
    scale = probability * customers["responsiveness"].to_numpy()
    taken = {f"effect_{offer}": scale * share for offer, share in _share_risk(customers, over_months).items()}
    return pd.DataFrame({name: np.maximum(effect, probability - 1) for name, effect in taken.items()})


def list_truth(customers: pd.DataFrame) -> pd.DataFrame:
    """Return what is true of customers and stands in no export: probability, effects, draw."""
    return customers[["id", "true_probability", *customers.filter(like="effect_").columns, "campaign_draw"]]
