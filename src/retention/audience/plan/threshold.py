"""The threshold that money suggests: what contacting everyone above it would have earned.

The curve does not trust the probabilities that it is to judge: a contact earns effect × loss only where the
customer did decline, and costs in every case. It sees training customers only, each with the
out-of-fold probability, so that nothing is chosen by the test part.
"""

from typing import Literal

import numpy as np

from retention.audience.offers.audience import Audience
from retention.audience.plan.settings import PlanSettings
from retention.audience.plan.summary import ThresholdPoint, ThresholdSummary
from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.tables.columns import UNIT


def find_threshold(audience: Audience, train: np.ndarray, plan: PlanSettings, seed: int) -> ThresholdSummary:
    """Return profit against threshold over the training customers who could be contacted.

    There is no curve if nobody could, nor without profit: counted customers cost nothing, so all are worth a contact.

    Each is contacted with the offer that is worth most to them. A threshold that the user has set plays no
    part in the curve, which is there to judge it. Its interval is a percentile bootstrap over customers.

    Parameters
    ----------
    audience : Audience
        With known labels.
    train : ndarray of bool, shape (n,)
    """
    own, settings = plan.threshold.value, plan.threshold
    set_by: Literal["money", "user"] = "money" if own is None else "user"
    nothing = ThresholdSummary(value=own, set_by=set_by, suggested=None, customers=0, curve=())
    who = train & audience.eligible.any(axis=1)
    if not who.any() or not audience.roles.money:
        return nothing
    best = np.where(audience.eligible, audience.compute_values(), -np.inf).argmax(axis=1)
    realised = audience.compute_realised(best)[who]
    thresholds = np.arange(settings.steps + 1) / settings.steps
    passed = np.searchsorted(thresholds, audience.probability[who], side="right") - 1  # the highest of them
    profit = _sum_above(passed, realised, settings.steps)
    units, n = audience.customers[UNIT].to_numpy()[who], len(passed)
    draws = Bootstrap(units, settings.resamples, plan.confidence, seed).draw(4)
    curves = np.array([_sum_above(passed, realised * weights, settings.steps) for batch in draws for weights in batch])
    tails = [(1 - plan.confidence) / 2, (1 + plan.confidence) / 2]
    low, high = np.quantile(curves, tails, axis=0)
    contacts = _sum_above(passed, np.ones(n), settings.steps).astype(int)
    best_low, best_high = np.quantile(thresholds[_last_argmax(curves)], tails)
    suggested = Estimate(value=thresholds[_last_argmax(profit[None])].item(), low=best_low, high=best_high)
    columns = zip(*(values.tolist() for values in (thresholds, profit, low, high, contacts)), strict=True)
    curve = tuple(ThresholdPoint(**dict(zip(ThresholdPoint.model_fields, point, strict=True))) for point in columns)
    value = suggested.value if own is None else own
    return nothing.model_copy(update={"value": value, "suggested": suggested, "customers": n, "curve": curve})


def _sum_above(passed: np.ndarray, amounts: np.ndarray, steps: int) -> np.ndarray:
    return np.asarray(np.bincount(passed, amounts, minlength=steps + 1)[::-1].cumsum()[::-1])


def _last_argmax(curves: np.ndarray) -> np.ndarray:
    """Return the last place of each row's maximum: of equal thresholds the one with the fewest contacts."""
    return np.asarray(curves.shape[1] - 1 - curves[:, ::-1].argmax(axis=1))
