"""Every number of the summary, recomputed from the files of a small run and the settings alone."""

import json
import operator

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_matrix, vstack
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from retention.audience.offers.audience import build_audience
from retention.audience.plan.campaign import plan_campaign
from retention.audience.segments.rules import SegmentRules
from retention.files import read_artifact
from retention.paths import Paths
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.reporting.summary import show_cards, summarise_headline, tell
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
def eligible(paths: Paths, shop: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Who may get which offer, whoever is reserved for a control group and what too few would get aside."""
    customers = shop.reset_index()
    rules, roles = read_artifact(paths.segment_rules, SegmentRules), list_roles(settings.tables.columns)
    audience = build_audience(customers, rules, settings.offer, settings.plan.money, roles)
    campaign = plan_campaign(audience, settings.plan, settings.seed)
    found = {}
    for key, offer in settings.offer.items():
        rules = json.loads(paths.segment_rules.read_bytes())["offers"][key]
        sent = list(settings.offer).index(key) not in campaign.too_few
        fits = (shop["accepts_messages"] == "yes") & ~campaign.reserved & sent
        if offer.segments:
            fits &= shop[[*offer.segments]].any(axis=1)
        for rule in rules["where"]:
            fits &= TESTS[rule["test"]](shop[rule["column"]], rule["value"])
        for rule in rules["exclude"]:
            fits &= ~TESTS[rule["test"]](shop[rule["column"]], rule["value"])
        found[key] = fits
    return pd.DataFrame(found)


TESTS = {"at_least": operator.ge, "at_most": operator.le}  # all that the offers of the project use


def price_all(shop: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return `price` of every pair of customer and offer, customer by customer."""
    pairs = pd.MultiIndex.from_product([shop.index, settings.offer], names=["customer_id", "offer_code"])
    return price(pairs.to_frame(index=False), shop, settings).set_index(pairs)


def solve_relaxed(shop: pd.DataFrame, eligible: pd.DataFrame, settings: Settings, budget: float) -> float:
    """Return the bound of the plan by an ordinary linear programme over every eligible pair."""
    pairs = price_all(shop, settings)
    values = np.where(eligible.to_numpy().ravel(), pairs["value"], -1.0)  # a loss is never taken
    one_each = block_diag([np.ones((1, len(settings.offer)))] * len(shop))
    rows = vstack([one_each, csr_matrix(pairs["cost"].to_numpy()[None])])
    found = linprog(-values, A_ub=rows, b_ub=[*np.ones(len(shop)), budget], bounds=(0, 1))
    return -float(found.fun)


@pytest.fixture(scope="module")
def recomputed(
    paths: Paths, shop: pd.DataFrame, eligible: pd.DataFrame, settings: Settings, sources: Sources
) -> dict[str, object]:
    plan, offers, holdout = settings.plan, pd.read_csv(paths.offers), pd.read_csv(paths.holdout)
    contacted = price(offers, shop, settings)
    at_risk = shop["decline_probability"] * shop["monthly_profit"] * plan.money.horizon_months * 0.5
    names = {item.key: item.name for item in sources.segments.segments}  # declared and found
    assert {key: names[key] for key in settings.segment} == {k: v.name for k, v in settings.segment.items()}
    sizes = {key: int(shop[key].sum()) for key in names}
    sums = {key: float(at_risk[shop[key]].sum()) for key in sizes if sizes[key] >= plan.minimum_support}
    riskiest, top = max(sums, key=sums.__getitem__), offers["offer_code"].value_counts()
    learnt = pd.read_parquet(paths.learnt_probabilities)
    test = learnt[learnt["part"] == "test"]
    n, k = len(offers), len(holdout)
    mean = shop.loc[[*offers["customer_id"], *holdout["customer_id"]], "decline_probability"].mean()
    spread = np.sqrt(mean * (1 - mean) * (1 / n + 1 / k))
    tails = norm.ppf(1 - plan.holdout.significance / 2) + norm.ppf(plan.holdout.power)
    bounds = [solve_relaxed(shop, eligible, settings, plan.budget + more) for more in (0, 1)]
    rules = [rule for rule in sources.plan.baselines if rule.spent <= plan.budget]
    return {
        "customers": len(shop),
        "expected_declines": shop["decline_probability"].sum(),
        "profit_at_risk": at_risk.sum(),
        "horizon_months": plan.money.horizon_months,
        "riskiest": (names[riskiest], sizes[riskiest]),
        "riskiest_profit": sums[riskiest],
        "contacts": n,
        "holdout": k,
        "budget": plan.budget,
        "spent": contacted["cost"].sum(),
        "net_profit": contacted["value"].sum(),
        "marginal_value": bounds[1] - bounds[0],
        "top_offer": (settings.offer[top.index[0]].name, int(top.iloc[0])),
        "best_rule": max(rules, key=lambda rule: rule.expected_net_profit),
        "roc_auc": roc_auc_score(test["declined"], test["decline_probability"]),
        "test_customers": len(test),
        "effects": "measured"
        if plan.money.loss_share.status == "measured"
        and all(settings.offer[key].effect.status == "measured" for key in top.index)
        else "assumed",
        "assumed": ("effects", "loss_share", "horizon", "costs", "redemption"),
        "detectable_effect": tails * spread / mean,
        "planned_effect": (contacted["value"].sum() + contacted["cost"].sum()) / contacted["stake"].sum(),
    }


def test_the_figures_of_the_summary_are_what_the_files_give(sources: Sources, recomputed: dict[str, object]) -> None:
    headline, plan, segments, test = (
        summarise_headline(sources),
        sources.plan,
        sources.segments,
        sources.evaluation.test,
    )
    riskiest, top = headline.riskiest, headline.top_offer
    assert riskiest is not None and top is not None
    shown = {
        "customers": headline.customers,
        "expected_declines": headline.expected_declines,
        "profit_at_risk": segments.population.profit_at_risk,
        "horizon_months": segments.horizon_months,
        "riskiest": (riskiest.name, riskiest.support),
        "riskiest_profit": riskiest.profit_at_risk,
        "contacts": len(sources.offers),
        "holdout": len(sources.holdout),
        "budget": plan.budget,
        "spent": plan.spent,
        "net_profit": plan.expected_net_profit,
        "marginal_value": plan.marginal_value_of_budget,
        "top_offer": (top.name, top.customers),
        "best_rule": headline.best_rule,
        "roc_auc": test.roc_auc.value,
        "test_customers": test.support.customers,
        "effects": plan.effects,
        "assumed": plan.assumed,
        "detectable_effect": plan.holdout.detectable_effect,
        "planned_effect": plan.holdout.planned_effect,
    }
    assert shown.keys() == recomputed.keys()
    for key, expected in recomputed.items():
        tolerance = 1e-4 if key == "marginal_value" else 1e-6
        exact = not isinstance(expected, float)
        assert shown[key] == (expected if exact else pytest.approx(expected, rel=tolerance)), key


def test_the_words_of_the_summary_hold_those_figures(
    voice: Voice, sources: Sources, recomputed: dict[str, object]
) -> None:
    said = " ".join(sentence for part in tell(sources, voice) for sentence in part.sentences)
    for key in ("profit_at_risk", "riskiest_profit", "budget", "spent", "net_profit"):
        assert voice.measure(recomputed[key]) in said, key
    for key in ("expected_declines", "contacts", "holdout", "test_customers"):
        assert voice.number(recomputed[key]) in said, key
    for key in ("roc_auc", "detectable_effect", "planned_effect"):
        assert voice.percent(recomputed[key], 0) in said, key
    cards = {card.value for card in show_cards(sources, voice)}
    assert cards >= {voice.measure(recomputed["profit_at_risk"]), voice.measure(recomputed["net_profit"])}
    assert cards >= {voice.number(recomputed["expected_declines"]), voice.number(recomputed["contacts"])}


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
