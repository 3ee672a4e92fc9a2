"""What a campaign's ledger freezes of the plan."""

import numpy as np
import pandas as pd
import pytest

from retention.audience.offers.reasons import Usual
from retention.audience.plan.campaign import Occasion, plan_campaign, tabulate_planned
from retention.audience.plan.contact_list import Told, list_customers
from retention.audience.segments.rules import SegmentRules
from retention.campaigns.ledger import PLANNED, hash_plan


def test_the_planned_are_both_arms_with_what_was_known_then(customers, offer, plan, gather) -> None:
    shop = customers(1500)
    shop["unit"] = np.arange(1500) // 2
    settings = plan(holdout={"share": 0.2})
    audience = gather(shop, {}, {"deal": offer(0.2, 0.2, profit_share=0.1), "letter": offer(0.05, 0.03)}, settings)
    campaign = plan_campaign(audience, settings, 1, Occasion("2026-06", "2026-09"))
    rows = tabulate_planned(audience, campaign)
    assert PLANNED.find_problem(rows) == ""
    told = Told("en", {}, SegmentRules(segments={}, offers={}, usual=Usual(medians={}, directions={}, rates=())), "")
    lists = {"contacted": campaign.contacted, "held": campaign.held}
    for arm, who in lists.items():
        own = rows[rows["arm"] == arm].set_index("customer_id")
        assert set(own.index) == set(shop.loc[who, "customer_id"])
        listed = list_customers(audience, campaign, who, shop[who], told).set_index("customer_id").loc[own.index]
        assert (own["offer"] == listed["offer_code"]).all() and set(listed["arm"]) == {arm}
        assert set(listed["plan"]) == {hash_plan(rows)[:12]}
        effect = own["offer"].map({"deal": 0.2, "letter": 0.05})
        worth = own["decline_probability"] * own["at_stake"] * 0.5 * effect - own["cost"]
        assert worth.to_numpy() == pytest.approx(listed["expected_value"].to_numpy(), abs=5e-5)
    assert rows.groupby("unit")["arm"].nunique().eq(1).all()
    held = rows["arm"] == "held"
    assert held.mean() == pytest.approx(0.2, abs=0.02)

    other = plan(holdout={"share": 0.5, "least": 0.5})  # set after the launch
    sent = rows.astype({"customer_id": str}).assign(campaign="june")
    again = plan_campaign(audience, other, 1, Occasion("2026-06", "2026-09"), sent)
    assert again.design.share == pytest.approx(held.mean()) and again.launched
    assert hash_plan(tabulate_planned(audience, again)) == hash_plan(rows)
    assert rows.loc[held, "chance"].mean() == pytest.approx(0.2, abs=0.01)
    assert (rows.loc[~held, "chance"] > 0.5).all()
    assert campaign.design.reading == "2026-09"
    other = plan_campaign(audience, settings, 1, Occasion("2026-07", "2026-10"))
    assert (other.held != campaign.held).any()


def test_the_smallest_share_that_shows_the_effect_is_drawn(customers, offer, plan, gather) -> None:
    settings = plan(holdout={"least": 0.01, "share": 0.4})
    audience = gather(customers(6000), {}, {"deal": offer(0.6, 0.2)}, settings)
    campaign = plan_campaign(audience, settings, 1)
    assert campaign.design.share < 0.1
    assert campaign.design.power >= settings.holdout.power
    assert campaign.draw.held.mean() < 0.1
    assert isinstance(tabulate_planned(audience, campaign), pd.DataFrame)


def test_a_persistent_group_is_not_contacted_in_any_month(customers, offer, plan, gather) -> None:
    settings, shop = plan(holdout={"least": 0.01, "share": 0.4}), customers(3000)
    offers, kept, sent = {"deal": offer(0.6, 0.2)}, set[int](), set[int]()
    for month, rows in (("2026-06", 3000), ("2026-07", 800)):  # of fewer a larger share would have the power
        audience = gather(shop[:rows].reset_index(drop=True), {}, offers, settings)
        campaign = plan_campaign(audience, settings, 1, Occasion(month, way="persistent"))
        assert campaign.draw.held[audience.eligible.any(axis=1)].mean() == pytest.approx(0.4, abs=0.05)
        kept |= {*audience.customers.loc[campaign.draw.held, "customer_id"]}
        sent |= {*audience.customers.loc[campaign.contacted, "customer_id"]}
    assert len(sent) > 100 and not kept & sent


@pytest.mark.parametrize(
    ("language", "month", "months", "said"),
    [
        ("ru", "2026-09", 1, "Для вас «5 %» до 31 октября 2026."),
        ("en", "2026-11", 3, "Yours: 5% until February 28, 2027."),
        ("ru", "", 1, "Для вас «5 %» в течение 1 месяца."),
        ("en", "", 3, "Yours: 5% for 3 months."),
    ],
)
def test_the_message_is_filled_in(customers, offer, plan, gather, language, month, months, said) -> None:
    message = {"ru": "Для вас «{parameter}» {until}.", "en": "Yours: {parameter} {until}."}
    parameter = {"name": {"ru": "Скидка", "en": "Discount"}, "value": {"ru": "5 %", "en": "5%"}}
    deal = offer(0.4, 0.01, message=message, parameter=parameter, valid_months=months)
    audience = gather(customers(60), {}, {"deal": deal}, plan())
    campaign = plan_campaign(audience, plan(), 1)
    rules = SegmentRules(segments={}, offers={}, usual=Usual(medians={}, directions={}, rates=()))
    who, told = campaign.contacted, Told(language, {}, rules, month)
    listed = list_customers(audience, campaign, who, audience.customers[who], told)
    assert set(listed["message"]) == {said}


@pytest.mark.parametrize("message", ["Yours: {parameter}", "Dear {name}", "Dear {", "{0}", "{}"])
def test_a_message_that_cannot_be_filled_in_is_refused(offer, message) -> None:
    with pytest.raises(ValueError, match=r"nothing but \{until\}"):
        offer(message={"ru": "Вам", "en": message})
