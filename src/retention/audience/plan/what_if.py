"""What the plan would be with another budget, another threshold and other effects: a grid of whole plans."""

from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.offers.value import compute_values
from retention.audience.plan.campaign import Campaign
from retention.audience.plan.frontier import find_path, follow
from retention.audience.plan.problem import NOBODY, Problem, pick
from retention.audience.plan.settings import PlanSettings
from retention.tables.columns import PROBABILITY

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
BUDGETS = 20  # steps up to the sum that the plan would spend without a limit
THRESHOLDS = 20
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


def tabulate_what_if(
    audience: Audience, campaign: Campaign, plan: PlanSettings, suggested: float | None
) -> pd.DataFrame:
    """Plan the campaign for every combination of budget, threshold and effects.

    Every plan is found by `frontier`; the first row is the campaign's own plan, as it was solved.
    Whoever is reserved for a control group is contacted by none of them.

    Parameters
    ----------
    audience : Audience
    campaign : Campaign
    plan : PlanSettings
    suggested : float or None
        The threshold that money suggests: one of the thresholds tried.

    Returns
    -------
    DataFrame
        ``method`` (plan or path), ``budget`` (infinite for no limit), ``threshold``, ``factor`` (of all effects),
        ``above`` and ``reachable`` (customers at the threshold or above, and those of them who may get some offer),
        ``contacts``, ``spent``, ``net_profit``, and for each offer ``<key>_customers``, ``_cost``, ``_net_profit``.
    """
    own = np.inf if plan.budget is None else plan.budget
    cut = plan.threshold.value or 0.0
    budgets = list_budgets(own, float(find_path(campaign.problem).costs.sum()))
    probability = audience.customers[PROBABILITY].to_numpy(dtype=float)
    open_ = audience.eligible & ~campaign.reserved[:, None]
    rows = [{**_place("plan", own, cut, 1.0), **_total(audience, campaign.problem, campaign.solution.chosen)}]
    for factor in FACTORS:
        effects = np.minimum(audience.effects * factor, 1.0)
        values = compute_values(audience.stake, effects, audience.costs)
        problem = replace(campaign.problem, values=values, allowed=open_)
        for threshold in list_thresholds(cut, suggested):
            inside = _keep(problem, (probability >= threshold) & (problem.allowed & (values > 0)).any(axis=1))
            path = find_path(inside)
            for budget in budgets:
                chosen = follow(replace(inside, budget=budget), path)
                rows.append({**_place("path", budget, threshold, factor), **_total(audience, inside, chosen)})
    return _add_reach(pd.DataFrame(rows), probability, np.asarray(audience.eligible.any(axis=1)))


def _place(method: str, budget: float, threshold: float, factor: float) -> dict[str, str | float]:
    return {"method": method, "budget": budget, "threshold": threshold, "factor": factor}


def _keep(problem: Problem, who: np.ndarray) -> Problem:
    """Return the problem of these customers alone."""
    parts = {name: getattr(problem, name)[who] for name in ("values", "costs", "allowed", "groups")}
    return replace(problem, **parts)


def _total(audience: Audience, problem: Problem, chosen: np.ndarray) -> dict[str, float]:
    contacted = np.flatnonzero(chosen != NOBODY)
    offers, size = chosen[contacted], len(audience.offers)
    counts = np.bincount(offers, minlength=size)
    costs = np.bincount(offers, problem.costs[contacted, offers], minlength=size)
    values = np.bincount(offers, pick(problem.values, chosen)[contacted], minlength=size)
    total = {"contacts": int(counts.sum()), "spent": float(costs.sum()), "net_profit": float(values.sum())}
    for place, key in enumerate(audience.offers):
        total |= {f"{key}_customers": int(counts[place])}
        total |= {f"{key}_cost": float(costs[place]), f"{key}_net_profit": float(values[place])}
    return total


def _add_reach(rows: pd.DataFrame, probability: np.ndarray, reachable: np.ndarray) -> pd.DataFrame:
    """Add how many customers stand at each threshold or above, and how many of them may get an offer."""
    inside = {threshold: probability >= threshold for threshold in rows["threshold"].unique()}
    above = {threshold: int(who.sum()) for threshold, who in inside.items()}
    offered = {threshold: int((who & reachable).sum()) for threshold, who in inside.items()}
    return rows.assign(above=rows["threshold"].map(above), reachable=rows["threshold"].map(offered))


def list_budgets(own: float, whole: float) -> list[float]:
    """Return the budgets to try: none, round sums up to what can be spent, the plan's own, and no limit.

    Parameters
    ----------
    own : float
        The plan's; infinite for no limit.
    whole : float
        What the plan spends without a limit.
    """
    raw = max(whole, own if np.isfinite(own) else 0.0) / BUDGETS
    if raw <= 0:
        return sorted({0.0, own, np.inf})
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(float(nice * size) for nice in NICE if nice * size >= raw * (1 - 1e-9))
    count = int(np.ceil(raw * BUDGETS / step - 1e-9))
    return sorted({*(round(step * place, 9) for place in range(count + 1)), own, np.inf})


def list_thresholds(own: float, suggested: float | None) -> list[float]:
    """Return the thresholds to try: even steps, the plan's own and the one that money suggests."""
    known = {own} if suggested is None else {own, suggested}
    return sorted({*(round(place / THRESHOLDS, 9) for place in range(THRESHOLDS + 1)), *known})
