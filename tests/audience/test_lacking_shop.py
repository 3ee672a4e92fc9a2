"""Shops that lack something: profit, consent, months, a favourite category, offers, or cells."""

from itertools import product

import numpy as np
import pytest

from retention.audience.discovery.found_segments import list_rules
from retention.audience.offers.reasons import Usual, compute_usual, find_reasons
from retention.audience.plan.baselines import find_threshold
from retention.audience.plan.campaign import compute_campaign_profit, plan_campaign
from retention.audience.plan.contact_list import Told, list_customers
from retention.audience.plan.summary import summarise_campaign
from retention.audience.plan.what_if import tabulate_what_if
from retention.audience.segments.profile import Figures, compare_columns, compute_profile
from retention.audience.segments.rules import SegmentRules, find_members, resolve_rules
from retention.errors import UserError

FIGURES = Figures(horizon_months=3, loss_share=0.5, confidence=0.95, minimum_support=5)
NOBODY_HELD = {"share": 0.0}


@pytest.fixture
def poor(customers, offer, plan, gather):
    """Six customers without profit or consent, two offers, and money for some of them."""
    settings = plan(budget=1.0, holdout=NOBODY_HELD)
    offers = {"letter": offer(0.1, 0.2), "gift": offer(0.4, 0.7)}
    shop = customers(6).drop(columns="monthly_profit")
    return gather(shop, {}, offers, settings, money=False, consent=None), settings


def test_without_profit_the_plan_keeps_the_most_customers_that_the_budget_can(poor) -> None:
    audience, settings = poor
    campaign = plan_campaign(audience, settings, seed=1)
    risk, kept, cost = audience.customers["decline_probability"], [0.0, 0.1, 0.4], [0.0, 0.2, 0.7]
    best = max(
        sum(p * kept[j] for p, j in zip(risk, chosen, strict=True))
        for chosen in product(range(3), repeat=6)
        if sum(cost[j] for j in chosen) <= 1.0 + 1e-9
    )
    assert campaign.solution.value == pytest.approx(best)
    assert campaign.solution.bound == pytest.approx(best)
    first = tabulate_what_if(audience, campaign, settings, None).iloc[0]
    assert (first["net_profit"], first["spent"]) == (pytest.approx(best), pytest.approx(0.9))


def test_what_is_told_of_a_plan_without_profit_and_consent(poor, roles) -> None:
    audience, settings = poor
    campaign = plan_campaign(audience, settings, seed=1)
    threshold = find_threshold(audience, np.ones(6, dtype=bool), settings, seed=1)
    told = summarise_campaign(audience, campaign, threshold, settings)
    assert told.model_dump()["money"] == {"unit": {"ru": "да", "en": "yes"}}
    assert (audience.eligible.any(axis=1).sum(), threshold, told.threshold) == (6, None, None)
    assert told.assumed == ("effects", "costs", "redemption") and told.effects == "assumed"
    assert [item.key for item in told.baselines] == ["everyone", "highest_risk_first", "random"]
    assert {item.break_even_effect for item in told.offers} == {None}
    contacted = audience.customers["decline_probability"][campaign.contacted].sum()
    assert told.holdout.planned_effect == pytest.approx(told.expected_net_profit / contacted)

    offers, lacking = audience.offers, roles.model_copy(update={"money": False, "consent": None})
    shop, effect = audience.customers, [0.1, 0.4, 0.0]
    brought = compute_campaign_profit(shop, shop["decline_probability"].to_numpy(), {}, offers, settings, lacking)
    kept = [label * effect[j] for label, j in zip(shop["declined"], campaign.solution.chosen, strict=True)]
    assert brought == pytest.approx(kept)


@pytest.mark.parametrize("money", [True, False])
def test_without_offers_everyone_is_listed_by_what_is_at_stake(customers, plan, gather, money) -> None:
    audience = gather(customers(40), {}, {}, plan(), money=money)
    campaign = plan_campaign(audience, plan(), seed=1)
    told = Told("en", {}, SegmentRules(segments={}, offers={}, usual=Usual(medians={}, directions={}, rates=())), "")
    listed = list_customers(audience, campaign, campaign.listed, audience.customers[campaign.listed], told)
    shop = audience.customers
    stake = shop["decline_probability"] * (shop["monthly_profit"] * 3 * 0.5 if money else 1)
    assert listed["customer_id"].tolist() == shop["customer_id"][stake.sort_values(ascending=False).index].tolist()
    assert listed["expected_value"].sum() == pytest.approx(stake.sum(), abs=0.2)
    assert set(listed["offer"]) == {"none"} and not campaign.contacted.any() and not campaign.held.any()
    threshold = find_threshold(audience, np.ones(40, dtype=bool), plan(), seed=1)
    assert summarise_campaign(audience, campaign, threshold, plan()).offers == ()


def test_a_group_is_described_without_profit_consent_months_and_categories(customers, roles) -> None:
    bare = {"money": False, "consent": None, "favourite_category": None, "series": {}}
    shop = customers(50)
    told = compute_profile(shop.drop(columns="monthly_profit"), FIGURES, roles.model_copy(update=bare))
    assert (told.monthly_profit, told.profit_at_risk, told.consent_share) == (None,) * 3
    assert (told.months, told.favourite_categories) == ({}, ())


def test_an_empty_cell_fulfils_no_condition_and_is_in_no_figure(customers, segment, roles) -> None:
    shop = customers(60)
    lost = np.arange(60) % 3 == 0
    shop.loc[lost, ["pages_per_visit", "service_level", "revenue_current"]] = None
    conditions = [{"column": "pages_per_visit", test: 10} for test in ("at_least", "below")]
    conditions.append({"column": "service_level", "any_of": ["standard", "premium"]})
    rules = resolve_rules({str(place): segment(where) for place, where in enumerate(conditions)}, {}, shop)
    members = find_members(rules.segments, shop)
    assert not members[lost].to_numpy().any()
    assert (members["0"] ^ members["1"])[~lost].all() and members["2"][~lost].all()

    change = compute_profile(shop, FIGURES, roles).months["revenue"]
    assert change.means["revenue_previous"] == pytest.approx(shop["revenue_previous"][~lost].mean())
    own = shop["promo_share"].to_numpy() > 0.5
    found = compare_columns(shop, own, ["pages_per_visit", "service_level"], [])
    assert found[0].inside == pytest.approx(shop["pages_per_visit"][own & ~lost].mean())
    assert found == compare_columns(shop[~lost], own[~lost], ["pages_per_visit", "service_level"], [])
    words = list_rules(shop, ["pages_per_visit", "service_level"], [0.5])
    assert words == list_rules(shop[~lost], ["pages_per_visit", "service_level"], [0.5])

    nothing = shop.assign(pages_per_visit=np.nan)
    with pytest.raises(UserError, match="pages_per_visit is empty"):
        resolve_rules({"own": segment({"column": "pages_per_visit", "at_least_quantile": 0.5})}, {}, nothing)


def test_no_reason_speaks_of_an_empty_cell(customers, composed, roles) -> None:
    shop, fold = customers(90), np.arange(90) % 3
    shop["declined"] = (shop["service_level"] == "premium").astype("int8")
    lost = np.arange(90) % 2 == 0
    shop.loc[lost, ["pages_per_visit", "service_level"]] = None
    shop["tenure_days"] = np.nan
    directions = {**dict.fromkeys(roles.numeric, 0), **dict.fromkeys(roles.categorical)}
    usual = compute_usual(shop, fold, directions, 5, 0.95)
    assert usual.medians["pages_per_visit"] == shop["pages_per_visit"][~lost].median()
    parts = shop[["pages_per_visit", "service_level", "tenure_days"]].notna().astype(float) + 1.0
    told = find_reasons(shop, parts, fold, usual, composed.reason, {}, "en")
    assert (told[lost] == "").all(axis=None)
    assert told["internal_reason_1"].str.contains("service level|pages").sum() > 10
    assert told["internal_reason_2"].str.contains("service level|pages").any() and not told["internal_reason_3"].any()
