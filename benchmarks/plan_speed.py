"""How long the plan takes and how near to the best one it is.

    python benchmarks/plan_speed.py --customers 100000 --offers 8 --milp 300

One line of JSON for each kind of limits: budget only, and budget with capacities and segment caps, at three budgets.
``gap`` is (bound − value) / bound, where no plan at all is worth more than the bound. ``--milp SECONDS`` gives the
whole problem to ``scipy.optimize.milp`` too, and stops it after so long. ``--least N`` adds the plan in which each
offer goes to N customers or to nobody, beside the one that gives up the smallest offer until there is none.
"""

import argparse
import json
import sys
from time import perf_counter

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from retention.audience.plan.in_size import solve_in_size
from retention.audience.plan.plan import compute_marginal_value, solve
from retention.audience.plan.problem import Problem, find_smallest, is_feasible
from retention.audience.plan.settings import SolverSettings

CONTACT = 0.3  # about the mean cost of one contact
SOLVER = SolverSettings(iterations=400, exact_pairs=1500, exact_nodes=500, offer_sets=100)


def draw(customers: int, offers: int, *, budget_share: float, limited: bool, seed: int) -> Problem:
    """Return a problem shaped like the shop's: few customers at high risk, dearer offers that do more.

    Parameters
    ----------
    customers, offers : int
    budget_share : float
        For how many of the customers the budget lasts.
    limited : bool
        Whether every other offer has a capacity and three overlapping segments have caps.
    seed : int
    """
    rng = np.random.default_rng(seed)
    profit = rng.normal(4, 1, customers).clip(0.5)
    stake = rng.beta(0.6, 1.0, customers) * profit * 1.5
    costs = np.linspace(0.02, 0.3, offers) + np.linspace(0, 0.06, offers) * profit[:, None]
    consent = rng.random(customers) < 0.74
    groups = rng.random((customers, 3)) < 0.3
    capacities = np.where(np.arange(offers) % 2 == 0, 0.02 * customers, np.inf)
    return Problem(
        values=stake[:, None] * np.linspace(0.04, 0.18, offers) - costs,
        costs=costs,
        allowed=(rng.random((customers, offers)) < 0.5) & consent[:, None],
        budget=budget_share * customers * CONTACT,
        capacities=capacities if limited else np.full(offers, np.inf),
        groups=groups if limited else groups[:, :0],
        caps=np.array([0.05, 0.04, 0.1]) * customers if limited else np.zeros(0),
        floors=np.zeros(offers),
    )


def measure(problem: Problem) -> dict[str, float | str | bool]:
    """Solve once and return seconds, value, bound and gap."""
    start = perf_counter()
    found = solve(problem, SOLVER)
    seconds = perf_counter() - start
    start = perf_counter()
    marginal = compute_marginal_value(problem, 400)
    return {
        "seconds": round(seconds, 2),
        "seconds_marginal": round(perf_counter() - start, 2),
        "value": round(found.value, 3),
        "bound": round(found.bound, 3),
        "gap": float(f"{found.gap:.2e}"),
        "marginal_value": round(marginal, 4),
        "contacts": int((found.chosen >= 0).sum()),
        "feasible": is_feasible(problem, found.chosen),
    }


def measure_sizes(problem: Problem, least: int) -> dict[str, float]:
    """Return value, gap and seconds of the plan in which no offer goes to fewer than `least`, and of the greedy one."""
    start = perf_counter()
    sized = solve_in_size(problem, SOLVER, least).solution
    middle, given_up = perf_counter(), list[int]()
    while (small := find_smallest((greedy := solve(problem.without(given_up), SOLVER)).chosen, least)) is not None:
        given_up.append(small)
    return {
        "sized_value": round(sized.value, 3),
        "sized_gap": float(f"{sized.gap:.2e}"),
        "sized_seconds": round(middle - start, 2),
        "greedy_value": round(greedy.value, 3),
        "greedy_seconds": round(perf_counter() - middle, 2),
    }


def measure_milp(problem: Problem, limit: float) -> dict[str, float | str]:
    """Give every allowed pair that pays to HiGHS and return seconds, value and its own gap."""
    start = perf_counter()
    people, offers = np.nonzero(problem.allowed & (problem.values > 0))
    k, (n, m) = len(people), problem.values.shape
    columns, ones = np.arange(k), np.ones(k)
    once = csr_matrix((ones, (people, columns)), shape=(n, k))
    use = [
        csr_matrix(problem.costs[people, offers]),
        csr_matrix((ones, (offers, columns)), shape=(m, k)),
        csr_matrix(problem.groups[people].T.astype(float)),
    ]
    limited, finite = vstack(use, format="csr"), np.isfinite(problem.limits)
    rows = [LinearConstraint(once, -np.inf, 1), LinearConstraint(limited[finite], -np.inf, problem.limits[finite])]
    found = milp(
        -problem.values[people, offers],
        integrality=ones,
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"time_limit": limit, "mip_rel_gap": 1e-9},
    )
    return {
        "milp_seconds": round(perf_counter() - start, 2),
        "milp_value": "none" if found.x is None else round(-float(found.fun), 3),
        "milp_gap": "none" if found.mip_gap is None else float(f"{found.mip_gap:.2e}"),
    }


def main() -> int:
    """Measure all kinds; the exit code is 1 if one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--offers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--milp", type=float, metavar="SECONDS")
    parser.add_argument("--least", type=int, metavar="N")
    parser.add_argument("--goal-gap", type=float, default=1e-3)
    parser.add_argument("--goal-seconds", type=float, default=60)
    asked = parser.parse_args()
    missed = False
    for limited in (False, True):
        for share in (0.02, 0.1, 0.3):
            problem = draw(asked.customers, asked.offers, budget_share=share, limited=limited, seed=asked.seed)
            result = measure(problem)
            if asked.least:
                result |= measure_sizes(problem, asked.least)
            if asked.milp:
                result |= measure_milp(problem, asked.milp)
            print(json.dumps({"limited": limited, "budget_share": share, **result}), flush=True)
            missed |= float(result["gap"]) > asked.goal_gap or float(result["seconds"]) > asked.goal_seconds
            missed |= not result["feasible"]
    print("goal missed" if missed else "goal reached", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
