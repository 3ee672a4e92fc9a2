"""What simple ways to choose would earn, and above which threshold contacting everyone would have earned most."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.plan.lagrangian import take_in_order
from retention.audience.plan.problem import SLACK, Problem, Total, find_smallest, measure_use
from retention.audience.plan.settings import PlanSettings
from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.strict import Strict, Text, load_texts
from retention.tables.columns import UNIT

DRAWS = 20


class SimplePlan(Strict):
    """What a simple way to choose does and earns."""

    key: str  # which it is
    name: Text  # for people
    contacts: float  # customers; at random, all figures are means over the draws
    spent: float  # what they cost
    expected_net_profit: float  # less what is spent
    over_budget: bool  # whether it breaks the budget, a capacity or a cap, or sends an offer to too few


class ThresholdPoint(Strict):
    """What contacting everyone at or above a threshold would have earned."""

    threshold: float  # the probability from which on everyone is contacted
    profit: Estimate  # less the cost of all contacts, of the training customers


class Threshold(Strict):
    """The profit by threshold, and the threshold that it suggests."""

    suggested: Estimate  # where the profit is highest; of equal ones the highest threshold
    curve: tuple[ThresholdPoint, ...]  # from 0 to 1 in equal steps


def measure_baselines(
    problem: Problem, orders: Mapping[str, np.ndarray], seed: Sequence[int], least: int
) -> list[SimplePlan]:
    """Return what each simple way to choose earns: everyone, the highest of each of `orders`, (n,), first, at random.

    The problem has every allowed pair, paying or not; an offer goes to `least` customers at least, or to nobody.
    """
    n, rng = len(problem.values), np.random.default_rng(seed)
    measure = partial(_measure, problem=problem, least=least)
    none = {name: np.full_like(getattr(problem, name), np.inf) for name in ("capacities", "caps")}
    unlimited = replace(problem, budget=np.inf, **none)
    draws = [measure("random", _follow_order(problem, rng.permutation(n))) for _ in range(DRAWS)]
    means = {name: float(np.mean([getattr(draw, name) for draw in draws])) for name in Total.model_fields}
    return [
        measure("everyone", _follow_order(unlimited, np.arange(n))),
        *(measure(key, _follow_order(problem, np.argsort(-by, kind="stable"))) for key, by in orders.items()),
        draws[0].model_copy(update=means),
    ]


def _follow_order(problem: Problem, order: np.ndarray) -> np.ndarray:
    """Return the plan that goes through the customers in `order` while the limits last, shape (n,).

    Each gets the offer that is best for them among those left, even one that does not pay: that is what
    contacting in such an order means. As in the plan, without money nobody gets even what is free.
    """
    values = np.where(problem.allowed, problem.values, -np.inf)
    ranked = np.argsort(-values[order], axis=1, kind="stable")
    people = np.repeat(order, values.shape[1])
    offers = ranked.ravel()
    allowed = problem.allowed[people, offers] & (problem.budget > 0)
    return take_in_order(problem, people[allowed], offers[allowed])


def _measure(key: str, chosen: np.ndarray, problem: Problem, least: int) -> SimplePlan:
    return SimplePlan(
        key=key,
        name=load_texts("retention.audience.plan", "words.yaml")[key],
        **dict(problem.total(chosen)),
        over_budget=bool((measure_use(problem, chosen) > problem.limits * (1 + SLACK)).any())
        or find_smallest(chosen, least) is not None,
    )


def find_threshold(audience: Audience, train: np.ndarray, plan: PlanSettings, seed: int) -> Threshold | None:
    """Return what contacting everyone at or above each threshold would have earned, and where it is most.

    It does not trust the probabilities that it is to judge: a contact earns effect × loss only where the customer did
    decline, and costs in every case. It sees only the training customers who could be contacted,
    each with the out-of-fold probability and the offer that is worth most to them, so that nothing is chosen by the
    test part. A threshold that the user has set plays no part. Intervals are a percentile bootstrap over customers.

    Parameters
    ----------
    audience : Audience
        With known labels.
    train : ndarray of bool, shape (n,)

    Returns
    -------
    Threshold or None
        None if nobody could be contacted, and without profit: counted customers cost nothing, so all are worth it.
    """
    who = train & audience.eligible.any(axis=1)
    if not who.any() or not audience.roles.money:
        return None
    best = np.where(audience.eligible, audience.compute_values(), -np.inf).argmax(axis=1)
    realised, steps = audience.compute_realised(best)[who], plan.threshold.steps
    thresholds = np.arange(steps + 1) / steps
    passed = np.searchsorted(thresholds, audience.probability[who], side="right") - 1  # the highest of them

    def add_up(weights: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(passed, realised * weights, minlength=steps + 1)[::-1].cumsum())

    draws = Bootstrap(audience.customers[UNIT].to_numpy()[who], plan.threshold.resamples, plan.confidence, seed).draw(4)
    profit, drawn = add_up(np.ones(len(passed))), np.array([add_up(weights) for batch in draws for weights in batch])
    falling, tails = thresholds[::-1], [(1 - plan.confidence) / 2, (1 + plan.confidence) / 2]
    low, high = np.quantile(falling[drawn.argmax(axis=1)], tails)
    points = zip(falling.tolist(), profit.tolist(), *np.quantile(drawn, tails, axis=0).tolist(), strict=True)
    curve = [ThresholdPoint(threshold=at, profit=Estimate(value=p, low=a, high=b)) for at, p, a, b in points]
    suggested = Estimate(value=float(falling[profit.argmax()]), low=low, high=high)
    return Threshold(suggested=suggested, curve=tuple(reversed(curve)))
