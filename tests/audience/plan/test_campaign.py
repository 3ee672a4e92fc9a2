"""The campaign as a whole: consent, control group, money, and sums that add up."""

import numpy as np
import pytest
from pydantic import ValidationError

from retention.audience.declared import Effect
from retention.audience.plan.baselines import find_threshold
from retention.audience.plan.campaign import plan_campaign
from retention.audience.plan.summary import summarise_campaign


@pytest.fixture
def offers(offer):
    return {
        "deal": offer(0.2, 0.2, segments=["risky"]),
        "letter": offer(0.05, 0.03, capacity=40),
        "gift": offer(0.3, 0.4, where=[{"column": "unpaid_items", "at_least": 10}]),
        "far": offer(0.9, 0.01, exclude=[{"column": "tenure_days", "above": 0}]),
    }


@pytest.fixture
def make(customers, segment, offers, plan, gather):
    def build(n: int = 600, **changes):
        segments = {"risky": segment({"column": "decline_probability", "at_least": 0.5})}
        settings = plan(**{"budget": 20, **changes})
        audience = gather(customers(n), segments, offers, settings)
        return audience, plan_campaign(audience, settings, seed=1), settings

    return build


def summarise(audience, campaign, settings):
    nobody = np.zeros(len(audience.customers), dtype=bool)
    return summarise_campaign(audience, campaign, find_threshold(audience, nobody, settings, 0), settings)


def test_only_who_agreed_and_is_eligible_is_contacted(make) -> None:
    audience, campaign, _ = make()
    shop, chosen = audience.customers, campaign.planned
    assert campaign.contacted.sum() > 50
    assert (shop["accepts_messages"][chosen >= 0] == "yes").all()
    assert (shop["decline_probability"][chosen == 0] >= 0.5).all()
    assert (shop["unpaid_items"][chosen == 2] >= 10).all()
    assert (campaign.solution.chosen == 1).sum() <= 40
    assert not (chosen == 3).any()


def test_expected_value_is_the_documented_product(make) -> None:
    audience, campaign, _ = make()
    row = audience.customers.iloc[7]
    expected = row["decline_probability"] * 0.2 * row["monthly_profit"] * 3 * 0.5 - 0.2
    assert campaign.problem.values[7, 0] == pytest.approx(expected)


def test_a_share_of_the_profit_costs_more_with_a_profitable_customer(customers, offer, plan, gather) -> None:
    shop = customers(20)
    shop.loc[0, "monthly_profit"] = -2.0
    dear = offer(cost=0.1, profit_share=0.05)
    audience = gather(shop, {}, {"dear": dear}, plan())
    assert audience.costs[1, 0] == pytest.approx(0.1 + 0.05 * shop["monthly_profit"][1])
    assert audience.costs[0, 0] == pytest.approx(0.1)
    standing = dear.model_copy(update={"cost": dear.cost.model_copy(update={"standing": True})})
    every_month = gather(shop, {}, {"dear": standing}, plan())
    assert every_month.costs[1, 0] == pytest.approx(0.1 + 3 * 0.05 * shop["monthly_profit"][1])


def test_the_control_group_costs_nothing_and_the_budget_goes_to_the_contacted(make) -> None:
    audience, campaign, settings = make(n=3000, budget=60, holdout={"share": 0.2}, segment_caps={"risky": 250})
    summary, chosen = summarise(audience, campaign, settings), campaign.solution.chosen
    assert not (campaign.held & campaign.contacted).any() and campaign.held.sum() == summary.holdout.customers
    spent, earned = 0.0, 0.0
    for row in np.flatnonzero(campaign.contacted):
        offer, customer = list(audience.offers.values())[chosen[row]], audience.customers.iloc[row]
        cost = offer.cost.fixed + offer.cost.profit_share * max(customer["monthly_profit"], 0)
        stake = customer["decline_probability"] * customer["monthly_profit"] * 3 * 0.5
        spent, earned = spent + cost, earned + stake * offer.effect.value - cost
    assert 0.99 * 60 <= spent <= 60 + 1e-9
    assert (summary.spent, summary.expected_net_profit) == (pytest.approx(spent), pytest.approx(earned))
    assert summary.expected_net_profit <= summary.bound + 1e-9
    assert (chosen == 1).sum() <= 40 and (campaign.contacted & audience.members["risky"]).sum() <= 250
    within = [baseline for baseline in summary.baselines if not baseline.over_budget]
    assert len(within) == 3 and all(baseline.expected_net_profit <= summary.bound for baseline in within)
    assert not campaign.problem.allowed[campaign.draw.held].any()  # of net, bound, gap and baselines alike


def test_the_price_of_the_control_group_is_what_the_same_limits_bring_without_it(make) -> None:
    audience, campaign, settings = make(n=900, budget=20, holdout={"share": 0.3})
    free = make(n=900, budget=20, holdout={"share": 0.0, "least": 0.0})[1]
    told = summarise(audience, campaign, settings)
    assert not free.draw.held.any()
    gain = free.solution.value - told.expected_net_profit
    assert told.holdout.forgone_net_profit == pytest.approx(gain) and gain > 0
    risk, chosen = audience.probability, campaign.solution.chosen
    deal = told.offers[0]
    assert deal.planned_difference == pytest.approx(risk[chosen == 0].mean() * 0.2)


def test_an_offer_that_few_would_get_is_filled_up_or_not_sent(make) -> None:
    _, every, _ = make(n=300, holdout={"share": 0.2})
    assert np.bincount(every.solution.chosen[every.contacted], minlength=4).tolist() == [36, 40, 29, 0]
    for least, floors, too_few in ((30, [0, 0, 30, 0], []), (55, [0, 0, 0, 0], [1, 2]), (90, [0, 0, 0, 0], [0, 1, 2])):
        audience, campaign, settings = make(n=300, holdout={"share": 0.2}, least_customers=least)
        sent = np.bincount(campaign.solution.chosen[campaign.contacted], minlength=4)
        assert ((sent == 0) | (sent >= least)).all()
        assert campaign.problem.floors.tolist() == floors and campaign.too_few == too_few
        told = summarise(audience, campaign, settings)
        assert [offer.too_few for offer in told.offers] == [place in campaign.too_few for place in range(4)]
        assert not np.isin(campaign.planned, campaign.too_few).any()
        assert told.expected_net_profit < every.solution.value and told.gap == pytest.approx(0, abs=1e-6)


def test_one_customer_is_no_control_group(make) -> None:
    for n in range(20, 60, 4):
        assert make(n=n, budget=None, holdout={"share": 0.05})[1].held.sum() != 1


def test_the_control_group_is_like_the_contacted(make) -> None:
    audience, campaign, _ = make(n=4000, budget=120, holdout={"share": 0.25})
    probability = audience.customers["decline_probability"].to_numpy()
    for offer in (0, 1, 2):
        held, contacted = campaign.control == offer, campaign.solution.chosen == offer
        assert abs(held.sum() - (held.sum() + contacted.sum()) / 4) <= 2 + 0.1 * held.sum()
        spread = probability[contacted].std() / np.sqrt(held.sum())
        assert abs(probability[held].mean() - probability[contacted].mean()) < 2 * spread


def test_detectable_effect_is_found_as_often_as_promised(make) -> None:
    audience, campaign, settings = make(n=4000, budget=None, holdout={"share": 0.4})
    effect = summarise(audience, campaign, settings).holdout.detectable_effect
    level = audience.probability[campaign.planned >= 0].mean()
    rng, means, spreads = np.random.default_rng(0), [], []
    for arm, slope in ((campaign.contacted, 1 - effect), (campaign.held, 1.0)):
        risk = audience.probability[arm]
        left = (rng.random((4000, len(risk))) < slope * risk) - slope * (risk - level)
        means.append(left.mean(axis=1))
        spreads.append(left.var(axis=1) / len(risk))
    found = np.mean((means[1] - means[0]) / np.sqrt(spreads[0] + spreads[1]) > 1.96)
    assert found == pytest.approx(0.8, abs=0.03)


def test_summary_adds_up(make) -> None:
    audience, campaign, settings = make(segment_caps={"risky": 30}, holdout={"share": 0.1})
    summary = summarise(audience, campaign, settings)
    for total, part in (("contacts", "customers"), ("spent", "cost"), ("expected_net_profit", "expected_value")):
        assert getattr(summary, total) == pytest.approx(sum(getattr(entry, part) for entry in summary.offers))
    risky = next(entry for entry in summary.segments if entry.key == "risky")
    assert risky.contacts <= 30
    assert summary.effects == "assumed"
    half, double = summary.sensitivity
    assert half.same_plan <= half.expected_net_profit < summary.expected_net_profit
    assert double.same_plan <= double.expected_net_profit


def test_nothing_is_called_measured_while_it_is_assumed(customers, offer, plan, gather) -> None:
    told = {"ru": "да", "en": "yes"}

    def status(effect: str, share: str) -> tuple[str, set[str]]:
        money = plan().money.model_dump()
        money["loss_share"]["status"] = share
        settings = plan(money=money)
        measured = offer(0.1, 0.1).model_copy(update={"effect": Effect(value=0.1, status=effect, source=told)})
        audience = gather(customers(), {}, {"deal": measured}, settings)
        summary = summarise(audience, plan_campaign(audience, settings, seed=1), settings)
        return summary.effects, set(summary.assumed)

    always = {"horizon", "costs", "redemption"}
    assert status("assumed", "assumed") == ("assumed", {"effects", "loss_share", *always})
    assert status("measured", "assumed") == ("assumed", {"loss_share", *always})
    assert status("measured", "measured") == ("measured", always)


def test_a_contact_is_listed_under_a_segment_that_the_offer_is_meant_for(
    customers, segment, offer, plan, gather
) -> None:
    everyone = {"column": "monthly_profit", "above": -100}
    segments = {"first": segment(everyone, priority=1), "second": segment(everyone, priority=2)}
    offers = {"any": offer(0.1, 0.1), "second_only": offer(0.3, 0.1, segments=["second"], capacity=20)}
    audience = gather(customers(), segments, offers, plan())
    campaign = plan_campaign(audience, plan(), seed=1)
    for place, key in ((0, "first"), (1, "second")):
        assert set(campaign.segment[campaign.planned == place]) == {key}


def test_break_even_effect_leaves_nothing(make) -> None:
    audience, campaign, settings = make()
    deal = summarise(audience, campaign, settings).offers[0]
    who = campaign.solution.chosen == 0
    assert (audience.stake[who] * deal.break_even_effect - audience.costs[who, 0]).sum() == pytest.approx(0)


def test_no_budget_contacts_nobody_and_no_limit_everyone_for_whom_it_pays(make) -> None:
    _, nothing, _ = make(budget=0)
    assert not (nothing.planned >= 0).any()
    assert nothing.marginal_value > 0
    _, all_of_them, _ = make(budget=None)
    values = np.where(all_of_them.problem.allowed, all_of_them.problem.values, -1)
    assert all_of_them.contacted[(np.delete(values, 1, axis=1) > 0).any(axis=1)].all()  # offer 1 has a capacity
    assert not all_of_them.contacted[(values <= 0).all(axis=1)].any()
    assert all_of_them.marginal_value == 0


def test_without_money_simple_plans_contact_nobody_either(customers, offer, plan, gather) -> None:
    settings = plan(budget=0)
    audience = gather(customers(), {}, {"free": offer(0.1, 0.0)}, settings)
    simple = {one.key: one.contacts for one in plan_campaign(audience, settings, seed=1).baselines}
    assert simple.pop("everyone") > 0 and len(simple) == 3 and not any(simple.values())


def test_no_cap_is_below_zero(plan) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        plan(segment_caps={"risky": -5})


def test_the_users_threshold_keeps_everyone_below_out(make) -> None:
    audience, campaign, settings = make(threshold={"value": 0.6})
    assert (audience.customers["decline_probability"][campaign.planned >= 0] >= 0.6).all()
    everyone = np.ones(len(audience.customers), dtype=bool)
    assert find_threshold(audience, everyone, settings, 0) == find_threshold(audience, everyone, make()[2], 0)


def test_the_curve_is_the_profit_of_contacting_all_above_and_its_highest_place_is_suggested(make) -> None:
    audience, campaign, settings = make()
    train = np.arange(len(audience.customers)) % 4 > 0
    found = find_threshold(audience, train, settings, seed=1)
    shop, steps = audience.customers, settings.threshold.steps
    profit = np.zeros(steps + 1)
    for row in np.flatnonzero(train & audience.eligible.any(axis=1)):
        best = max(np.flatnonzero(audience.eligible[row]), key=lambda j: campaign.problem.values[row, j])
        saved = shop["declined"][row] * audience.effects[best] * shop["monthly_profit"][row] * 3 * 0.5
        for place in range(steps + 1):
            if shop["decline_probability"][row] >= place / steps:
                profit[place] += saved - audience.costs[row, best]
    highest = max(range(steps + 1), key=lambda place: (round(profit[place], 9), place))
    assert [at.threshold for at in found.curve] == [place / steps for place in range(steps + 1)]
    assert [at.profit.value for at in found.curve] == pytest.approx(profit, abs=1e-9)
    assert found.suggested.value == highest / steps
    assert found.suggested.low <= found.suggested.value <= found.suggested.high
    assert found.suggested.low < found.suggested.high
    assert all(at.profit.low <= at.profit.value <= at.profit.high for at in found.curve)
    assert all(at.profit.low < at.profit.high for at in found.curve if profit[round(at.threshold * steps)])


def test_nobody_agrees_and_no_offers(customers, offer, plan, gather) -> None:
    silent = customers(50).assign(accepts_messages="no")
    for offers, shop in (({"deal": offer()}, silent), ({}, customers(50))):
        audience = gather(shop, {}, offers, plan(budget=5))
        campaign = plan_campaign(audience, plan(budget=5), seed=0)
        summary = summarise(audience, campaign, plan(budget=5))
        assert (summary.contacts, summary.spent, summary.gap) == (0, 0, 0)
        assert find_threshold(audience, np.ones(50, dtype=bool), plan(), seed=0) is None
