"""What a model's campaign would have brought, recomputed customer by customer."""

import numpy as np
import pytest

from retention.audience.plan.campaign import compute_campaign_profit


def test_each_contact_is_paid_by_what_did_happen(customers, offer, plan, roles) -> None:
    shop = customers(120)
    believed = np.full(len(shop), 0.6)
    found = compute_campaign_profit(shop, believed, {}, {"call": offer(effect=0.2, cost=0.7)}, plan(), roles)
    for row, brought in zip(shop.itertuples(), found, strict=True):
        expected = 0.6 * row.monthly_profit * 3 * 0.5 * 0.2 - 0.7
        contacted = row.accepts_messages == "yes" and expected > 0
        realised = row.declined * row.monthly_profit * 3 * 0.5 * 0.2 - 0.7
        assert brought == pytest.approx(realised if contacted else 0)
    assert 10 < np.count_nonzero(found) < len(shop)


def test_these_customers_get_their_share_of_budget_and_capacity(customers, offer, plan, roles) -> None:
    shop = customers(100)
    believed = shop["decline_probability"].to_numpy()
    call = {"call": offer(effect=0.5, cost=0.1, capacity=40)}
    assert np.count_nonzero(compute_campaign_profit(shop, believed, {}, call, plan(), roles, 0.25)) == 10
    dear = {"call": offer(effect=0.5, cost=0.1)}
    assert np.count_nonzero(compute_campaign_profit(shop, believed, {}, dear, plan(budget=2), roles, 0.25)) == 5


def test_being_sure_of_oneself_earns_nothing(customers, offer, plan, roles) -> None:
    shop, call = customers(200), {"call": offer(effect=0.3, cost=0.5)}
    honest = compute_campaign_profit(shop, shop["decline_probability"].to_numpy(), {}, call, plan(), roles)
    certain = compute_campaign_profit(shop, np.ones(len(shop)), {}, call, plan(), roles)
    assert honest.sum() > certain.sum()
