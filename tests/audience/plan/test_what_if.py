"""The grid of plans: against every possible plan on small cases, and its limits on a shop."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from retention.audience.offers.audience import Audience
from retention.audience.plan.campaign import Campaign, plan_campaign
from retention.audience.plan.problem import NOBODY, Problem, is_feasible, pick
from retention.audience.plan.settings import PlanSettings
from retention.audience.plan.what_if import FACTORS, find_path, follow, follow_in_size, list_budgets, tabulate_what_if


def draw(seed: int, *, limited: bool, n: int = 5, m: int = 3) -> Problem:
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0, 2, (n, m)).round(1)
    costs[rng.random((n, m)) < 0.15] = 0
    return Problem(
        values=rng.uniform(-1, 4, (n, m)).round(1),
        costs=costs,
        allowed=rng.random((n, m)) < 0.8,
        budget=np.inf,
        capacities=rng.integers(0, 3, m).astype(float) if limited else np.full(m, np.inf),
        groups=rng.random((n, 2)) < 0.5,
        caps=np.array([2.0, 1.0]) if limited else np.full(2, np.inf),
        floors=np.zeros(m),
    )


def find_best(problem: Problem) -> float:
    plans = product(range(-1, problem.costs.shape[1]), repeat=len(problem.costs))
    feasible = (np.array(plan) for plan in plans if is_feasible(problem, np.array(plan)))
    return max(float(pick(problem.values, plan).sum()) for plan in feasible)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_followed_path_keeps_the_limits_and_comes_near_the_best_plan(seed: int, limited: bool) -> None:
    problem = draw(seed, limited=limited)
    path = find_path(problem)
    for budget in (0.0, 1.0, 2.5, np.inf):
        bounded = replace(problem, budget=budget)
        chosen = follow(bounded, path)
        assert is_feasible(bounded, chosen)
        value, best = float(pick(problem.values, chosen).sum()), find_best(bounded)
        if budget == 0:  # nobody, not even with what is free, as in the plan
            assert (chosen == NOBODY).all()
            continue
        assert value <= best + 1e-9
        if not limited:
            last_step = np.where(problem.allowed, problem.values, 0).max()  # all that rounding can lose
            assert value >= best - last_step - 1e-9
            assert np.isfinite(budget) or value == pytest.approx(best)


@pytest.mark.parametrize("seed", range(6))
def test_an_offer_that_few_would_get_is_given_up_and_the_rest_planned_again(seed: int) -> None:
    problem = draw(seed, limited=False)
    values = np.add(problem.values, np.random.default_rng(seed).uniform(0, 0.01, (5, 3)))  # no two are equal
    left = [0, 1, 2]
    while True:
        worth = np.where(problem.allowed[:, left], values[:, left], 0)
        best = np.where(worth.max(axis=1) > 0, np.array(left)[worth.argmax(axis=1)], NOBODY)
        counts = {offer: int((best == offer).sum()) for offer in left if 0 < (best == offer).sum() < 2}
        if not counts:
            break
        left.remove(min(counts, key=lambda offer: counts[offer]))
    poor, rich = follow_in_size(replace(problem, values=values), (1.5, np.inf), least=2)
    assert (rich == best).all()
    sent = np.bincount(poor[poor != NOBODY], minlength=3)
    assert (sent != 1).all() and pick(problem.costs, poor).sum() <= 1.5 + 1e-9


def test_a_larger_budget_never_brings_less() -> None:
    for seed in range(20):
        problem = draw(seed, limited=False, n=12)
        budgets = [*np.linspace(0, 12, 25), np.inf]
        plans = list(follow_in_size(problem, budgets, least=4))
        for budget, chosen in zip(budgets, plans, strict=True):
            sent = np.bincount(chosen[chosen != NOBODY], minlength=3)
            assert ((sent == 0) | (sent >= 4)).all() and pick(problem.costs, chosen).sum() <= budget + 1e-9
        assert (np.diff([pick(problem.values, chosen).sum() for chosen in plans]) >= 0).all()


def test_without_offers_there_is_no_step() -> None:
    problem = draw(0, limited=False)
    none = np.zeros((5, 0))
    empty = replace(problem, values=none, costs=none, allowed=none.astype(bool), capacities=np.zeros(0))
    assert (follow(empty, find_path(empty)) == NOBODY).all()


@pytest.fixture
def campaign(customers, offer, plan, gather) -> tuple[Audience, Campaign, PlanSettings]:
    settings = plan(budget=3.0)
    offers = {"small": offer(0.06, 0.05), "large": offer(0.2, 0.3, 0.02)}
    audience = gather(customers(), {}, offers, settings)
    return audience, plan_campaign(audience, settings, 1), settings


@pytest.fixture
def table(campaign: tuple[Audience, Campaign, PlanSettings]) -> pd.DataFrame:
    return tabulate_what_if(*campaign, suggested=0.37)


def test_the_first_row_is_the_plan_itself(
    table: pd.DataFrame, campaign: tuple[Audience, Campaign, PlanSettings]
) -> None:
    first, found = table.iloc[0], campaign[1]
    assert (first["method"], first["budget"], first["threshold"], first["factor"]) == ("plan", 3.0, 0.0, 1.0)
    assert first["contacts"] == found.contacted.sum()
    assert first["net_profit"] == pytest.approx(found.solution.value)
    assert (table["method"][1:] == "path").all()
    same = table[1:].query("budget == 3 and threshold == 0 and factor == 1")
    assert len(same) == 1
    assert 0.98 * found.solution.value < same["net_profit"].item() <= found.solution.value + 1e-9


def test_every_row_adds_up_within_its_terms(table: pd.DataFrame) -> None:
    for what, total in {"customers": "contacts", "cost": "spent", "net_profit": "net_profit"}.items():
        assert (table[f"small_{what}"] + table[f"large_{what}"]).to_numpy() == pytest.approx(table[total].to_numpy())
    assert (table["spent"] <= table["budget"] + 1e-9).all()
    assert (table["contacts"] <= table["reachable"]).all() and (table["reachable"] <= table["above"]).all()
    nobody = table.query("budget == 0 or factor == 0")
    assert len(nobody) > 20 and not nobody[["contacts", "spent", "net_profit"]].to_numpy().any()


def test_no_position_sends_an_offer_to_fewer_than_the_plan_would(
    campaign: tuple[Audience, Campaign, PlanSettings],
) -> None:
    audience, _, free = campaign
    settings = free.model_copy(update={"least_customers": 25})
    table = tabulate_what_if(audience, plan_campaign(audience, settings, 1), settings, suggested=None)
    sent = table[["small_customers", "large_customers"]].to_numpy()
    assert not ((sent > 0) & (sent < 25)).any()
    # The plan itself gives an offer up that other terms send.
    assert (sent[0] > 0).sum() == 1 and ((sent > 0).sum(axis=0) > 0).all()


def test_without_a_budget_everyone_for_whom_it_pays_gets_the_best_offer(
    table: pd.DataFrame, campaign: tuple[Audience, Campaign, PlanSettings]
) -> None:
    audience = campaign[0]
    shop = audience.customers
    for row in table.query("budget == inf").to_dict("records"):
        who = (
            (shop["accepts_messages"] == "yes")
            & ~campaign[1].draw.held
            & (shop["decline_probability"] >= row["threshold"])
        )
        stake = shop["decline_probability"] * shop["monthly_profit"] * 3 * 0.5
        effects = np.minimum(np.array([0.06, 0.2]) * row["factor"], 1)
        worth = pd.DataFrame(
            {
                "small": stake * effects[0] - 0.05,
                "large": stake * effects[1] - 0.3 - 0.02 * shop["monthly_profit"].clip(lower=0),
            }
        ).max(axis=1)
        paying = worth[who & (worth > 0)]
        assert (row["contacts"], row["net_profit"]) == (len(paying), pytest.approx(paying.sum()))


def test_money_and_stronger_effects_never_do_harm(table: pd.DataFrame) -> None:
    for key, others in {"budget": ["threshold", "factor"], "factor": ["threshold", "budget"]}.items():
        ordered = table[1:].sort_values([*others, key])
        rises = ordered.groupby(others)["net_profit"].diff().dropna()
        assert (rises >= -0.02 * table["net_profit"].max()).all()  # what is left of a budget rounds
    assert set(table["factor"]) == set(FACTORS)
    assert {0.0, 0.37, 1.0} <= set(table["threshold"])


def test_budgets_are_round_and_hold_the_plans_own() -> None:
    assert list_budgets(60.0, 79.1)[:3] == [0.0, 5.0, 10.0]
    assert 7.3 in list_budgets(7.3, 79.1)
    assert list_budgets(np.inf, 1.0)[-2:] == [1.0, np.inf]
    assert list_budgets(np.inf, 0.0) == [0.0, np.inf]
