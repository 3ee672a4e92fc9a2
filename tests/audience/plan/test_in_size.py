"""The plan in which no offer goes to a few: against every possible plan, and its bound from its own prices."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from retention.audience.plan.baselines import measure_baselines
from retention.audience.plan.in_size import solve_in_size
from retention.audience.plan.lagrangian import find_prices, keep_profitable
from retention.audience.plan.problem import NOBODY, Problem, is_feasible
from retention.audience.plan.settings import SolverSettings
from retention.registry.verify.plan import compute_dual

SOLVER = SolverSettings(iterations=400, exact_pairs=1500, exact_nodes=500, offer_sets=100)
LEAST = 2


def _draw(seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    n, m, g = (int(k) for k in (rng.integers(3, 7), rng.integers(2, 4), rng.integers(0, 2)))
    return Problem(
        values=rng.normal(1, 1.5, (n, m)).round(2),
        costs=rng.uniform(0, 1, (n, m)).round(2),
        allowed=rng.random((n, m)) < 0.8,
        budget=float(rng.choice([0.8, 1.5, np.inf])),
        capacities=np.where(rng.random(m) < 0.3, rng.integers(1, 4, m), np.inf).astype(float),
        groups=rng.random((n, g)) < 0.5,
        caps=rng.integers(1, 4, g).astype(float),
        floors=np.zeros(m),
    )


def _find_best(problem: Problem) -> float:
    """The worth of the best plan of the rule, all plans looked at: everybody pays, no offer has fewer than two."""
    best = 0.0
    for chosen in product(range(NOBODY, problem.values.shape[1]), repeat=len(problem.values)):
        pairs = [(i, j) for i, j in enumerate(chosen) if j != NOBODY]
        sizes = {chosen.count(j) for _, j in pairs}
        worth = [problem.values[pair] for pair in pairs]
        if min(sizes, default=LEAST) >= LEAST and min(worth, default=1) > 0 and is_feasible(problem, np.array(chosen)):
            best = max(best, float(sum(worth)))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_small_plans_are_the_best_that_send_no_offer_to_a_few(seed: int) -> None:
    problem = _draw(seed)
    found, restricted, given_up = solve_in_size(problem, SOLVER, LEAST)
    best = _find_best(problem)
    assert (found.value, found.bound) == (pytest.approx(best), pytest.approx(best))
    assert is_feasible(restricted, found.chosen)
    assert not np.isin(found.chosen, given_up).any()
    for prices in np.random.default_rng(seed).normal(0, 1, (20, len(found.prices))):  # weak duality, whatever they are
        floored = np.concatenate([[False], restricted.floors > 0, np.zeros(len(problem.caps), dtype=bool)])
        able = np.where(floored, prices, np.abs(prices)) * (np.isfinite(problem.limits) | (floored & (prices < 0)))
        assert compute_dual(restricted, able) >= found.value - 1e-9


def test_a_floor_has_a_price_and_the_bound_is_that_of_the_linear_relaxation() -> None:
    rng = np.random.default_rng(5)
    n, m = 200, 3
    values = rng.uniform(0.1, 2, (n, m)) * [1, 1, 0.3]
    problem = Problem(
        values,
        values * 0 + [0.2, 0.4, 0.6],
        values > 0,
        20.0,
        np.full(m, np.inf),
        np.zeros((n, 0), dtype=bool),
        np.zeros(0),
        np.array([0.0, 0.0, 12.0]),
    )
    prices, bound = find_prices(keep_profitable(problem), 400)
    once, cost = np.kron(np.eye(n), np.ones(m)), problem.costs.ravel()[None]
    enough = -np.tile(np.eye(m)[2], n)[None]
    relaxed = linprog(-values.ravel(), np.vstack([once, cost, enough]), [*np.ones(n), 20.0, -12.0], bounds=(0, 1))
    assert bound == pytest.approx(-relaxed.fun, rel=1e-6)
    assert prices[3] == pytest.approx(relaxed.ineqlin.marginals[-1], rel=1e-3) and prices[3] < 0
    assert compute_dual(problem, prices) == pytest.approx(bound)


def test_an_offer_is_filled_up_where_that_brings_more_than_giving_it_up() -> None:
    values = np.array([[5.0, 0.0], [5.0, 4.9], [4.0, 3.9], [0.0, 1.0]])
    none = np.zeros((4, 0), dtype=bool)
    problem = Problem(values, np.ones((4, 2)), values > 0, 4.0, np.full(2, np.inf), none, np.zeros(0), np.zeros(2))
    found, restricted, given_up = solve_in_size(problem, SOLVER, LEAST)
    assert found.chosen.tolist() == [0, 0, 1, 1] and not given_up
    assert restricted.floors[1] == LEAST and found.prices[2] < 0
    simple = measure_baselines(restricted, {}, [1], LEAST)
    assert simple[0].expected_net_profit > found.bound and simple[0].over_budget  # each the best one: 3 and 1 customers
    assert all(one.over_budget or one.expected_net_profit <= found.bound for one in simple)


def test_after_the_last_branch_the_bound_is_still_one() -> None:
    for seed in range(20):
        problem = _draw(seed)
        stopped, full = (
            solve_in_size(problem, SOLVER.model_copy(update={"offer_sets": sets}), LEAST).solution for sets in (1, 100)
        )
        assert stopped.value <= full.value + 1e-9 <= stopped.bound + 2e-9
