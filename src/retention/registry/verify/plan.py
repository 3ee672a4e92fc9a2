"""The plan proved again: its worth, its limits, its bound by the prices, and the draw of the control group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from retention.audience.plan.campaign import build_problem, choose_control, draw_reserve
from retention.audience.plan.in_size import solve_in_size
from retention.audience.plan.known import recall
from retention.audience.plan.problem import NOBODY, Problem, Solution, is_feasible, pick
from retention.audience.plan.summary import PlanSummary
from retention.campaigns.design import Draw
from retention.campaigns.ledger import ARM, HELD, OFFER
from retention.errors import UserError
from retention.files import read_artifact
from retention.paths import Paths
from retention.registry.verify.link import need
from retention.settings import Settings
from retention.stages.plan import Case, read_case
from retention.tables.columns import ID

_TOLERANCE = 1e-6  # relative; figures are written with nine decimals


@dataclass(frozen=True)
class Claim:
    """What the artifacts say of the plan, and the case it was made for."""

    case: Case
    seed: int
    summary: PlanSummary
    planned: pd.DataFrame

    @property
    def prices(self) -> np.ndarray:
        """Return the price of each limit, shape (limits,)."""
        return np.array([float(one.price) for one in self.summary.prices])

    @property
    def ids(self) -> pd.Index:
        """Return the customers as text, shape (n,)."""
        return pd.Index(self.case.audience.customers[ID].astype(str))

    @cached_property
    def whole(self) -> Problem:
        """Return the assignment before anybody is left alone."""
        return build_problem(self.case.audience, self.case.plan)

    @cached_property
    def draw(self) -> Draw:
        """Return who is left alone whatever the plan, drawn again or as it was launched."""
        case = self.case
        if case.launched is not None:
            return recall(case.launched, case.audience)[1]
        seed = f"{self.seed}:{case.occasion.campaign}"
        return draw_reserve(self.whole, case.audience, case.plan, seed, case.occasion)[1]

    @cached_property
    def solved(self) -> tuple[Solution, Problem]:
        """Return the assignment solved again, without the offers that would go to too few."""
        plan = self.case.plan
        others = replace(self.whole, allowed=self.whole.allowed & ~self.draw.held[:, None])
        return solve_in_size(others, plan.solver, plan.least_customers)[:2]


def read_claim(settings: Settings, paths: Paths, planned: pd.DataFrame) -> Claim:
    """Read what is to be proved of a table of planned customers (`PLANNED`)."""
    need(paths.plan, paths.customers, paths.probabilities, paths.launched)
    return Claim(read_case(settings, paths), settings.seed, read_artifact(paths.plan, PlanSummary), planned)


def prove_bound(claim: Claim) -> str:
    """Prove that the plan keeps its limits, is worth what it says, and that none can be worth more than the bound."""
    audience, summary = claim.case.audience, claim.summary
    if not audience.offers:
        return "there are no offers, and nothing to prove"
    again, problem = claim.solved
    sent = claim.planned[claim.planned[ARM] != HELD]
    place = sent.assign(**{ID: sent[ID].astype(str)}).set_index(ID)[OFFER].map(list(audience.offers).index)
    chosen = place.reindex(claim.ids).fillna(NOBODY).to_numpy().astype(int)
    if (chosen != NOBODY).sum() != len(sent) or not (summary.launched or is_feasible(problem, chosen)):
        raise UserError("planned.parquet breaks the budget, a capacity, a cap or the rules of who may get what")
    value = float(pick(problem.values, chosen).sum())
    _compare("expected_net_profit", summary.expected_net_profit, value)
    limit = max(value, compute_dual(problem, claim.prices))
    by = "its prices"
    if abs(summary.bound - limit) > _TOLERANCE * (1 + abs(limit)):
        _compare("bound", summary.bound, max(value, again.bound))
        by = "the search for a better one, done again"
    return (
        f"worth {value:,.2f} within all limits; that no plan is worth more than {summary.bound:,.2f} follows from {by}"
    )


def compute_dual(problem: Problem, prices: np.ndarray) -> float:
    """Return what no plan can exceed by weak duality, from the definition.

    A price below 0 is of an offer's floor: what one more of its customers is worth until there are enough.
    """
    limits, offers = problem.limits, len(problem.capacities)
    floors = np.concatenate([[0.0], problem.floors, np.zeros(len(problem.caps))])
    binding = np.where(prices < 0, floors, limits) if len(prices) == len(limits) else np.full(len(prices), np.inf)
    usable = np.isfinite(prices) & ((prices >= 0) | (binding > 0))
    if not usable.all() or prices[~np.isfinite(binding)].any():
        raise UserError("plan.json has a price that is none, or of a limit that the settings do not have")
    worth = problem.values  # noqa: PD011 -- an array
    after = worth - prices[0] * problem.costs - prices[1 : 1 + offers]
    after = after - (problem.groups @ prices[1 + offers :])[:, None]
    able = problem.allowed & (problem.costs <= problem.budget * (1 + 1e-9)) & (problem.budget > 0)
    best = np.where(able & (worth > 0), after, 0.0).max(axis=1)
    finite = np.isfinite(binding)
    return float(np.maximum(best, 0.0).sum() + prices[finite] @ binding[finite])


def _compare(name: str, said: float, proved: float) -> None:
    if abs(said - proved) > _TOLERANCE * (1 + abs(proved)):
        raise UserError(f"plan.json has {name}: {said:,.6f}, where {proved:,.6f} is right")


def prove_control(claim: Claim, offers: pd.Series, holdout: pd.Series) -> str:
    """Draw the control group again from the seed, and compare it with the plan and the ids of the lists in use."""
    if not claim.case.audience.offers:
        return "there are no offers, and nobody to be left alone"
    drawn = set(claim.ids[claim.draw.held])
    _refuse(drawn & set(offers.astype(str)), "was drawn to be left alone, and offers.csv contacts that customer")
    held = set(claim.planned.loc[claim.planned[ARM] == HELD, ID].astype(str))
    if claim.case.launched is None:
        solution, problem = claim.solved
        control = choose_control(claim.whole, problem, claim.draw, replace(solution, prices=claim.prices))
        amiss = "is in the control group of planned.parquet or of the draw, and not in the other"
        _refuse(held ^ set(claim.ids[control != NOBODY]), amiss)
    _refuse(held ^ set(holdout.astype(str)), "is in one of holdout.csv and planned.parquet only")
    sent = set(claim.planned[ID].astype(str)) - held
    _refuse(sent ^ set(offers.astype(str)), "is in one of offers.csv and planned.parquet only")
    how = "as launched" if claim.case.launched is not None else f"drawn again from seed {claim.seed}"
    return f"{len(held)} left alone, {how}: the same customers; none of them is contacted"


def _refuse(wrong: Sequence[str] | set[str], why: str) -> None:
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise UserError(f"customer {min(wrong)}{more} {why}")
