"""The threshold that money suggests: what contacting everyone above it would have earned.

The curve does not trust the probabilities that it is to judge: a contact earns effect × profit at stake only
where the customer did decline, and costs in every case. It sees training customers only, each with the
out-of-fold probability, so that nothing is chosen by the test part.
"""

from dataclasses import dataclass

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.offers.value import compute_values
from retention.audience.plan.problem import pick
from retention.audience.plan.settings import PlanSettings
from retention.tables.columns import PROBABILITY, PROFIT, TARGET


@dataclass(frozen=True)
class ThresholdCurve:
    """Profit against threshold.

    Parameters
    ----------
    thresholds, profit, low, high : ndarray of shape (steps + 1,)
        The profit of contacting all with a probability at or above each threshold, and its interval.
    contacts : ndarray of int, shape (steps + 1,)
    best, best_low, best_high : float
        The threshold with the highest profit and the interval of where it lies.
    """

    thresholds: np.ndarray
    profit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    contacts: np.ndarray
    best: float
    best_low: float
    best_high: float


def find_threshold(audience: Audience, train: np.ndarray, plan: PlanSettings, seed: int) -> ThresholdCurve | None:
    """Return profit against threshold over the training customers who could be contacted; None if nobody could.

    Each is contacted with the offer that is worth most to them. A threshold that the user has set plays no
    part: the curve is there to judge it.

    Parameters
    ----------
    audience : Audience
        With known labels.
    train : ndarray of bool, shape (n,)
    plan : PlanSettings
    seed : int
    """
    who = train & audience.eligible.any(axis=1)
    if not who.any():
        return None
    customers, money = audience.customers[who], plan.money
    values = compute_values(audience.stake[who], audience.effects, audience.costs[who])
    best = np.where(audience.eligible[who], values, -np.inf).argmax(axis=1)
    full_stake = customers[PROFIT].to_numpy(dtype=float) * money.horizon_months * money.loss_share.value
    declined = customers[TARGET].to_numpy(dtype=float)
    realised = compute_realised(declined, full_stake, audience.effects[best], pick(audience.costs[who], best))
    return compute_curve(
        customers[PROBABILITY].to_numpy(dtype=float),
        realised,
        steps=plan.threshold.steps,
        resamples=plan.threshold.resamples,
        confidence=plan.confidence,
        rng=np.random.default_rng([seed, 4]),
    )


def choose_threshold(curve: ThresholdCurve | None, plan: PlanSettings) -> float | None:
    """Return the threshold in use: the user's own, else the one that money suggests."""
    if plan.threshold.value is not None:
        return plan.threshold.value
    return None if curve is None else curve.best


def compute_realised(declined: np.ndarray, full_stake: np.ndarray, effect: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Return what contacting each customer would have brought, shape (n,).

    Parameters
    ----------
    declined : ndarray of shape (n,)
        1 where the activity dropped.
    full_stake : ndarray of shape (n,)
        What is lost with a customer who declines.
    effect, cost : ndarray of shape (n,)
        Of the offer that the customer would get.
    """
    return np.asarray(declined * full_stake * effect - cost)


def compute_curve(
    probability: np.ndarray,
    realised: np.ndarray,
    *,
    steps: int,
    resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> ThresholdCurve:
    """Return the curve with a percentile bootstrap interval over customers.

    Parameters
    ----------
    probability, realised : ndarray of shape (n,)
    steps : int
        Thresholds lie at 0, 1/steps, …, 1.
    resamples : int
    confidence : float
    rng : Generator
    """
    thresholds = np.arange(steps + 1) / steps
    place = np.searchsorted(thresholds, probability, side="right") - 1  # the highest threshold that is passed
    profit = _sum_above(place, realised, steps)
    curves = np.empty((resamples, steps + 1))
    for number in range(resamples):
        drawn = rng.integers(0, len(place), len(place))
        curves[number] = _sum_above(place[drawn], realised[drawn], steps)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(curves, tails, axis=0)
    best_low, best_high = np.quantile(thresholds[_last_argmax(curves)], tails)
    return ThresholdCurve(
        thresholds,
        profit,
        low,
        high,
        _sum_above(place, np.ones(len(place)), steps).astype(int),
        float(thresholds[_last_argmax(profit[None])][0]),
        float(best_low),
        float(best_high),
    )


def _sum_above(place: np.ndarray, amounts: np.ndarray, steps: int) -> np.ndarray:
    by_place = np.bincount(place, amounts, minlength=steps + 1)
    return np.asarray(by_place[::-1].cumsum()[::-1])


def _last_argmax(curves: np.ndarray) -> np.ndarray:
    """Return the last place of each row's maximum: of equal thresholds the one with the fewest contacts."""
    return np.asarray(curves.shape[1] - 1 - curves[:, ::-1].argmax(axis=1))
