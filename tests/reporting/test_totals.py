"""Every number of the summary, recomputed from the files of a small run and the settings alone."""

import json
import operator
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_matrix, vstack
from sklearn.metrics import roc_auc_score

from retention.audience.offers.audience import build_audience
from retention.audience.plan.campaign import plan_campaign
from retention.audience.segments.rules import SegmentRules
from retention.campaigns.design import compute_power
from retention.files import read_artifact
from retention.paths import Paths
from retention.reporting.chapters.customers import prepare_customers
from retention.reporting.chapters.decision import show_budget, show_cards, tell_approval, tell_doubts, tell_risk
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.tables.roles import list_roles


@pytest.fixture(scope="module")
def paths(small_run: Paths) -> Paths:
    return small_run


@pytest.fixture(scope="module")
def shop(paths: Paths) -> pd.DataFrame:
    """Customers with their probability, segments, offer on either list, its cost, effect and net value."""
    shop = pd.read_parquet(paths.customers).merge(pd.read_parquet(paths.probabilities))
    return shop.merge(pd.read_parquet(paths.membership)).set_index("customer_id")


def price(listed: pd.DataFrame, shop: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return what each listed customer costs, may lose and is worth, by the settings."""
    who = shop.loc[listed["customer_id"]]
    offers = [settings.offer[key] for key in listed["offer_code"]]
    money = settings.plan.money
    months = [money.horizon_months if offer.cost.standing else 1 for offer in offers]
    shares = [offer.cost.profit_share * times for offer, times in zip(offers, months, strict=True)]
    cost = np.array([o.cost.fixed for o in offers]) + np.array(shares) * np.maximum(who["monthly_profit"], 0)
    stake = who["decline_probability"] * who["monthly_profit"] * money.horizon_months * money.loss_share.value
    effects = [offer.effect.value for offer in offers]
    priced = pd.DataFrame({"cost": cost.to_numpy(), "stake": stake.to_numpy(), "effect": effects})
    return priced.assign(value=priced["stake"] * priced["effect"] - priced["cost"])


@pytest.fixture(scope="module")
def suits(paths: Paths, shop: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Whom which offer is meant for, of those who may be contacted."""
    found = {}
    for key, offer in settings.offer.items():
        rules = json.loads(paths.segment_rules.read_bytes())["offers"][key]
        fits = shop["accepts_messages"] == "yes"
        if offer.segments:
            fits &= shop[[*offer.segments]].any(axis=1)
        for rule in rules["where"]:
            fits &= TESTS[rule["test"]](shop[rule["column"]], rule["value"])
        for rule in rules["exclude"]:
            fits &= ~TESTS[rule["test"]](shop[rule["column"]], rule["value"])
        found[key] = fits
    return pd.DataFrame(found)


@pytest.fixture(scope="module")
def eligible(paths: Paths, shop: pd.DataFrame, suits: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Who may get which offer, whoever is reserved for a control group and what too few would get aside."""
    customers = shop.reset_index()
    rules, roles = read_artifact(paths.segment_rules, SegmentRules), list_roles(settings.tables.columns)
    audience = build_audience(customers, rules, settings.offer, settings.plan.money, roles)
    campaign = plan_campaign(audience, settings.plan, settings.seed)
    sent = [place not in campaign.too_few for place in range(len(settings.offer))]
    return suits & np.array(sent) & ~campaign.draw.held[:, None]


TESTS = {"at_least": operator.ge, "at_most": operator.le}  # all that the offers of the project use


def price_all(shop: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return `price` of every pair of customer and offer, customer by customer."""
    pairs = pd.MultiIndex.from_product([shop.index, settings.offer], names=["customer_id", "offer_code"])
    return price(pairs.to_frame(index=False), shop, settings).set_index(pairs)


def solve_relaxed(
    shop: pd.DataFrame, eligible: pd.DataFrame, settings: Settings, budget: float, floored: list[str]
) -> float:
    """Return the bound of the plan by an ordinary linear programme over every eligible pair that pays.

    Of the offers of `floored` at least `plan.least_customers` customers get each.
    """
    pairs = price_all(shop, settings)
    values = pairs["value"].to_numpy()
    tops = eligible.to_numpy().ravel() & (values > 0)
    one_each = block_diag([np.ones((1, len(settings.offer)))] * len(shop))
    enough = [-(pairs.index.get_level_values("offer_code") == key).astype(float) for key in floored]
    rows = vstack([one_each, csr_matrix(np.vstack([pairs["cost"].to_numpy(), *enough]))])
    limits = [*np.ones(len(shop)), budget, *[-settings.plan.least_customers] * len(floored)]
    found = linprog(-values, A_ub=rows, b_ub=limits, bounds=np.column_stack([np.zeros(len(tops)), tops]))
    return -float(found.fun)


def find_top(contacted: pd.DataFrame) -> dict[str, float]:
    """Return what the offer that brings most brings, and to how many."""
    brings = contacted.groupby("offer")["value"].agg(["sum", "size"]).sort_values("sum")
    return {"top_net": brings["sum"].iloc[-1], "top": brings["size"].iloc[-1]}


@pytest.fixture(scope="module")
def recomputed(paths: Paths, shop: pd.DataFrame, settings: Settings) -> dict[str, float]:
    plan, planned = settings.plan, pd.read_parquet(paths.planned)
    sent = planned[planned["arm"] == "contacted"].rename(columns={"offer": "offer_code"})
    contacted = price(sent, shop, settings).assign(offer=sent["offer_code"].to_numpy())
    at_risk = shop["decline_probability"] * shop["monthly_profit"] * plan.money.horizon_months * 0.5
    learnt = pd.read_parquet(paths.learnt_probabilities)
    test = learnt[learnt["part"] == "test"]
    return {
        "customers": len(shop),
        "expected": shop["decline_probability"].sum(),
        "at_risk": at_risk.sum(),
        "contacts": len(contacted),
        "held": len(planned) - len(contacted),
        "budget": plan.budget or 0.0,
        "spent": contacted["cost"].sum(),
        "net": contacted["value"].sum(),
        **find_top(contacted),
        "marked": learnt.set_index("customer_id").loc[sent["customer_id"], "declined"].sum(),
        "auc": roc_auc_score(test["declined"], test["decline_probability"]),
    }


def test_the_figures_of_the_plan_are_what_the_files_give(
    sources: Sources, shop: pd.DataFrame, eligible: pd.DataFrame, settings: Settings, recomputed: dict[str, float]
) -> None:
    plan, holdout = sources.plan, sources.plan.holdout
    assert plan.spent == pytest.approx(recomputed["spent"])
    assert plan.expected_net_profit == pytest.approx(recomputed["net"])
    floored = [one.of for one in plan.prices if float(one.price) < 0]
    bounds = [solve_relaxed(shop, eligible, settings, settings.plan.budget + more, floored) for more in (0, 1)]
    assert plan.marginal_value_of_budget == pytest.approx(bounds[1] - bounds[0], rel=1e-4)
    risk, share = sources.planned["decline_probability"], holdout.customers / (plan.contacts + holdout.customers)
    powers = [
        compute_power(risk.to_numpy(), np.full(len(risk), holdout.detectable_effect - less), share, 0.05)
        for less in (0, 0.002)
    ]
    assert powers[0] >= settings.plan.holdout.power > powers[1]


def test_every_number_of_the_decision_is_one_of_those(
    paths: Paths, voice: Voice, sources: Sources, recomputed: dict[str, float], settings: Settings
) -> None:
    """Each figure recomputed from the files stands on the screen, and no other number does."""
    found, money, lead = recomputed, settings.plan.money, sources.evaluation.leading.roc_auc
    known = {voice.number(found[key]) for key in ("customers", "expected", "contacts", "held", "top")}
    known |= {voice.measure(found[key]) for key in ("at_risk", "budget", "spent", "net", "top_net")}
    known |= {voice.percent(share, 0) for share in (found["auc"], lead.low, lead.high)}
    known |= {voice.percent(found["expected"] / found["customers"], 0), voice.measure(money.horizon_months), "50"}
    design = sources.plan.holdout.design
    learnt = pd.read_parquet(paths.learnt).groupby("declined")
    changes = learnt["revenue_current"].mean() / learnt["revenue_before_previous"].mean() - 1
    known |= {voice.percent(change) for change in changes}
    known.add(voice.number(found["marked"]))
    known |= {voice.percent(design.power, 0), voice.number(design.campaigns)}
    cards = [f"{card.value} {card.unit} {card.note}" for card in show_cards(sources, voice)]
    said = " ".join([*cards, tell_approval(sources, voice), tell_risk(sources, voice), tell_doubts(sources, voice)])
    for offer in sources.plan.offers:
        said = said.replace(voice.pick(offer.name), "")
    shown = set(re.findall(r"\d[\d\u00a0,.]*\d|\d", said))
    digits = {re.search(r"\d.*\d|\d", one)[0] for one in known}  # type: ignore[index]
    assert shown == digits
    figure = show_budget(sources, voice)
    assert figure is not None and figure.chart.spec.count(voice.measure(found["net"])) >= 1


def test_the_rule_to_compare_with_is_that_of_going_down_the_list(
    shop: pd.DataFrame, eligible: pd.DataFrame, settings: Settings, sources: Sources
) -> None:
    """Highest risk first, by hand: each in turn gets what is worth most to them while the budget lasts."""
    pairs, left, net = price_all(shop, settings), settings.plan.budget, 0.0
    for customer in shop["decline_probability"].sort_values(ascending=False, kind="stable").index:
        choice = pairs.loc[customer][eligible.loc[customer]]
        choice = choice[choice["cost"] <= left + 1e-9].sort_values("value", ascending=False, kind="stable")
        if len(choice):
            left, net = left - choice["cost"].iloc[0], net + choice["value"].iloc[0]
    rule = next(rule for rule in sources.plan.baselines if rule.key == "highest_risk_first")
    assert rule.expected_net_profit == pytest.approx(net)


def test_each_customer_outside_the_plan_is_told_the_true_reason(
    shop: pd.DataFrame, suits: pd.DataFrame, settings: Settings, sources: Sources, english: Voice
) -> None:
    worth = price_all(shop, settings)["value"].to_numpy().reshape(len(shop), -1)
    values = pd.DataFrame(worth, shop.index, [*settings.offer])
    pays, sent = suits & (values > 0), np.array([not offer.too_few for offer in sources.plan.offers])
    everyone = prepare_customers(sources, len(shop), english)
    outside = [row for row in everyone.rows if row.list == 2]
    assert len({row.why for row in outside}) >= 3
    for row in outside:
        one = int(row.id)
        said = everyone.whys[row.why].removeprefix("No offer: ")
        if shop.loc[one, "accepts_messages"] != "yes":
            assert said == "the customer has not agreed to messages."
        elif not suits.loc[one].any():
            assert said == "none suits."
        elif not pays.loc[one].any():
            assert said == "none of those that suit pays."
        elif not (pays.loc[one] & sent).any():
            best = settings.offer[values.loc[one].where(pays.loc[one]).idxmax()]
            assert said.endswith(f"would pay, but fewer than {settings.plan.least_customers} would get it.")
            assert row.fill == english.quote(english.pick(best.name))
        else:
            price = sum(float(one.price) for one in sources.plan.prices if one.limit == "budget")
            assert price > 0 and said == "the budget is worth more with others."


def test_who_would_pay_is_told_what_stands_in_the_way(
    shop: pd.DataFrame, suits: pd.DataFrame, settings: Settings, sources: Sources, english: Voice
) -> None:
    worth = price_all(shop, settings)["value"].to_numpy().reshape(len(shop), -1)
    paying = set(shop.index[(suits.to_numpy() & (worth > 0)).any(axis=1)]) - sources.resting
    plan, nobody = sources.plan, sources.planned[:0]
    unsent = [one.model_copy(update={"too_few": True}) for one in plan.offers]
    sent = [one.model_copy(update={"too_few": False}) for one in plan.offers]
    budget = next(one for one in plan.prices if one.limit == "budget")
    capacity = next(one for one in plan.prices if one.limit == "capacity")
    for offers, price, other, said in (
        (unsent, "0", "0", f"would pay, but fewer than {plan.least_customers} would get it."),
        (sent, "0", "0", "would pay, but the limits of the plan do not allow it."),
        (sent, "1e-9", "1e-9", "would pay, but the limits of the plan do not allow it."),
        (sent, "1e-9", "0", "the budget is worth more with others."),
        (sent, "1e9", "0", "the budget is worth more with others."),
    ):
        prices = budget.model_copy(update={"price": price}), capacity.model_copy(update={"price": other})
        told = {"offers": tuple(offers), "prices": prices}
        other = replace(sources, plan=plan.model_copy(update=told), planned=nobody)
        everyone = prepare_customers(other, len(shop), english)
        assert {int(row.id) for row in everyone.rows if everyone.whys[row.why].endswith(said)} == paying
