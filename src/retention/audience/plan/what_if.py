"""What would be otherwise: plans with other budgets, thresholds and effects, and which threshold would pay most."""

from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.plan.campaign import Campaign
from retention.audience.plan.frontier import find_path, follow
from retention.audience.plan.problem import NOBODY, Problem, pick
from retention.audience.plan.settings import PlanSettings
from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import UNIT

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
BUDGETS = 20  # steps up to the sum that the plan would spend without a limit
THRESHOLDS = 20
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
WHAT_IF = TableSchema(
    rows="a position of the report's sliders; the first is the plan itself",
    columns={
        "method": ColumnSchema("text", "`plan`, or `path` for the quick rule of the other positions."),
        "budget": ColumnSchema("number", "Infinite for none."),
        "threshold": ColumnSchema("number", "The least probability of whoever is contacted."),
        "factor": ColumnSchema("number", "What all effects are multiplied by."),
        "contacts": ColumnSchema("integer", "Contacted customers; none of them is reserved for a control group."),
        "spent": ColumnSchema("number", "Their cost."),
        "net_profit": ColumnSchema("number", "Expected, less the cost."),
        "above": ColumnSchema("integer", "Customers at the threshold or above."),
        "reachable": ColumnSchema("integer", "Those of them who may get some offer."),
    },
    more={
        "<offer>_customers": ColumnSchema("integer", "Customers chosen for this offer."),
        "<offer>_cost": ColumnSchema("number", "What it costs."),
        "<offer>_net_profit": ColumnSchema("number", "What it is expected to bring, less the cost."),
    },
)


def tabulate_what_if(
    audience: Audience, campaign: Campaign, plan: PlanSettings, suggested: float | None
) -> pd.DataFrame:
    """Plan the campaign for every combination of budget, threshold and effects, as `WHAT_IF` declares.

    Every plan is found by `frontier`; the first row is the campaign's own plan, as it was solved. Whoever is reserved
    for a control group is contacted by none of them. The threshold that money suggests is one of those tried.
    """
    own = np.inf if plan.budget is None else plan.budget
    cut = plan.threshold.value or 0.0
    budgets = list_budgets(own, float(find_path(campaign.problem)["cost"].sum()))
    sending, reach = campaign.problem.allowed.any(axis=0), audience.eligible.any(axis=1)
    open_ = audience.eligible & ~campaign.reserved[:, None] & sending
    places = [("plan", own, cut, 1.0)]
    totals = [_total(audience, campaign.problem, campaign.solution.chosen)]
    for factor in FACTORS:
        values = audience.compute_values(factor)
        problem, paying = replace(campaign.problem, values=values, allowed=open_), (open_ & (values > 0)).any(axis=1)
        for threshold in _list_thresholds(cut, suggested):
            inside = problem.only(paying & (audience.probability >= threshold))
            path = find_path(inside)
            for budget in budgets:
                places.append(("path", budget, threshold, factor))
                totals.append(_total(audience, inside, follow(replace(inside, budget=budget), path)))
    rows = pd.DataFrame(places, columns=["method", "budget", "threshold", "factor"]).join(pd.DataFrame(totals))
    risk = audience.probability
    above, reachable = (len(part) - np.searchsorted(np.sort(part), rows["threshold"]) for part in (risk, risk[reach]))
    return rows.assign(above=above, reachable=reachable)


def _total(audience: Audience, problem: Problem, chosen: np.ndarray) -> dict[str, float]:
    contacted = np.flatnonzero(chosen != NOBODY)
    offers, size = chosen[contacted], len(audience.offers)
    counts = np.bincount(offers, minlength=size)
    costs = np.bincount(offers, problem.costs[contacted, offers], minlength=size)
    values = np.bincount(offers, pick(problem.values, chosen)[contacted], minlength=size)
    total = {"contacts": int(counts.sum()), "spent": float(costs.sum()), "net_profit": float(values.sum())}
    for key, count, cost, value in zip(audience.offers, counts, costs, values, strict=True):
        total |= {f"{key}_customers": int(count), f"{key}_cost": cost, f"{key}_net_profit": value}
    return total


def list_budgets(own: float, whole: float) -> list[float]:
    """Return the budgets to try: none, round sums up to what can be spent, the plan's own, and no limit.

    `own` is the plan's, infinite for no limit; `whole` is what it spends without one.
    """
    raw = max(whole, own if np.isfinite(own) else 0.0) / BUDGETS
    if raw <= 0:
        return sorted({0.0, own, np.inf})
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(float(nice * size) for nice in NICE if nice * size >= raw * (1 - 1e-9))
    count = int(np.ceil(raw * BUDGETS / step - 1e-9))
    return sorted({*(round(step * place, 9) for place in range(count + 1)), own, np.inf})


def _list_thresholds(own: float, suggested: float | None) -> list[float]:
    """Return the thresholds to try: even steps, the plan's own and the one that money suggests."""
    known = {own} if suggested is None else {own, suggested}
    return sorted({*(round(place / THRESHOLDS, 9) for place in range(THRESHOLDS + 1)), *known})


def find_threshold(audience: Audience, train: np.ndarray, plan: PlanSettings, seed: int) -> Estimate | None:
    """Return the threshold above which contacting everyone would have earned most; of equal ones the highest.

    It does not trust the probabilities that it is to judge: a contact earns effect × loss only where the customer did
    decline, and costs in every case. It sees the training customers (bool, shape (n,)) who could be contacted only,
    each with the out-of-fold probability and the offer that is worth most to them, so that nothing is chosen by the
    test part. A threshold that the user has set plays no part. The interval is a percentile bootstrap over customers.

    There is none if nobody could be contacted, nor without profit: counted customers cost nothing, so all are worth it.
    """
    who = train & audience.eligible.any(axis=1)
    if not who.any() or not audience.roles.money:
        return None
    best = np.where(audience.eligible, audience.compute_values(), -np.inf).argmax(axis=1)
    realised, steps = audience.compute_realised(best)[who], plan.threshold.steps
    thresholds = np.arange(steps + 1) / steps
    passed = np.searchsorted(thresholds, audience.probability[who], side="right") - 1  # the highest of them

    def choose(weights: np.ndarray) -> float:
        profit = np.bincount(passed, realised * weights, minlength=steps + 1)[::-1].cumsum()  # from the highest on
        return float(thresholds[::-1][profit.argmax()])

    units = audience.customers[UNIT].to_numpy()[who]
    draws = Bootstrap(units, plan.threshold.resamples, plan.confidence, seed).draw(4)
    drawn = [choose(weights) for batch in draws for weights in batch]
    low, high = np.quantile(drawn, [(1 - plan.confidence) / 2, (1 + plan.confidence) / 2])
    return Estimate(value=choose(np.ones(len(passed))), low=low, high=high)
