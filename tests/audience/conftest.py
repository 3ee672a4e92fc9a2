"""A small shop made by hand, and the shortest settings that a test can change."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.audience.declared import Offer, Segment
from retention.audience.offers.audience import Audience, build_audience
from retention.audience.plan.settings import PlanSettings
from retention.audience.segments.rules import resolve_rules
from retention.settings import Settings
from retention.tables.roles import ColumnRoles

SAID = {"ru": "да", "en": "yes"}


def _customers(roles: ColumnRoles, n: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.integers(1, 20, n).astype(float) for name in roles.numeric})
    frame["promo_share"] = rng.random(n)
    frame["service_level"] = rng.choice(["standard", "premium"], n)
    frame["accepts_messages"] = rng.choice(["yes", "no"], n, p=[0.7, 0.3])
    frame["favourite_category"] = rng.choice(["children_goods", "kitchenware", "small_appliances"], n)
    frame["monthly_profit"] = rng.normal(4, 1, n)
    frame["decline_probability"] = rng.beta(0.8, 1.2, n)
    frame["declined"] = (rng.random(n) < frame["decline_probability"]).astype("int8")
    frame["customer_id"] = np.arange(1000, 1000 + n)
    frame["unit"] = np.arange(n)
    return frame[["customer_id", "declined", *roles.names, "monthly_profit", "unit", "decline_probability"]]


@pytest.fixture
def customers(roles: ColumnRoles) -> Callable[..., pd.DataFrame]:
    """`customers(n, seed)` draws a shop with probabilities."""
    return partial(_customers, roles)


@pytest.fixture
def segment() -> Callable[..., Segment]:
    """`segment(condition, …)` is a segment with these conditions."""
    return lambda *where, **more: Segment.model_validate(
        {"name": SAID, "text": SAID, "purpose": SAID, "where": list(where), "priority": 100, **more}
    )


@pytest.fixture
def offer() -> Callable[..., Offer]:
    """`offer(effect, cost)` is an offer to everyone."""

    def build(effect: float = 0.1, cost: float = 0.1, profit_share: float = 0.0, **more: Any) -> Offer:
        told = {"value": effect, "status": "assumed", "source": SAID}
        price = {"fixed": cost, "profit_share": profit_share}
        free = {"channel": "message", "cooldown_days": 30}
        return Offer.model_validate(
            {"name": SAID, "text": SAID, "message": SAID, "cost": price, "effect": told, **free, **more}
        )

    return build


@pytest.fixture
def plan(composed: Settings) -> Callable[..., PlanSettings]:
    """`plan(budget=…)` is the plan of conf/ with no budget, three months' horizon and half of the profit lost;
    an offer may go to a single customer.
    """
    money = {"unit": SAID, "horizon_months": 3, "loss_share": {"value": 0.5, "status": "assumed", "source": SAID}}
    usual = {**composed.plan.model_dump(), "budget": None, "money": money, "least_customers": 1}
    usual["holdout"]["least"] = 0.5  # so that the share is as set

    def build(**more: Any) -> PlanSettings:
        parts = {key: {**usual[key], **value} if isinstance(value, dict) else value for key, value in more.items()}
        return PlanSettings.model_validate({**usual, **parts})

    return build


@pytest.fixture
def gather(roles: ColumnRoles) -> Callable[..., Audience]:
    """`gather(shop, segments, offers, settings)` is the audience by rules of its own; `lacking` changes the roles."""
    return lambda shop, segments, offers, settings, **lacking: build_audience(
        shop, resolve_rules(segments, offers, shop), offers, settings.money, roles.model_copy(update=lacking)
    )
