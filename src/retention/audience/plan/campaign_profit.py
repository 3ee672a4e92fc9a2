"""What a campaign planned by a model's probabilities would have brought, told by what did happen."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.offers.audience import build_audience
from retention.audience.offers.offer import Offer
from retention.audience.offers.value import compute_stake
from retention.audience.plan.campaign import build_problem
from retention.audience.plan.plan import solve
from retention.audience.plan.problem import NOBODY, pick, scale_limits
from retention.audience.plan.settings import PlanSettings
from retention.audience.plan.threshold import compute_realised
from retention.audience.segments.rules import resolve_rules
from retention.audience.segments.segment import Segment
from retention.tables.columns import PROBABILITY, PROFIT, TARGET


def compute_campaign_profit(
    customers: pd.DataFrame,
    probability: np.ndarray,
    segments: Mapping[str, Segment],
    offers: Mapping[str, Offer],
    plan: PlanSettings,
    share: float = 1.0,
) -> np.ndarray:
    """Return what each customer brings to the campaign that these probabilities lead to; 0 where not contacted.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns; the label is what judges the plan.
    probability : ndarray of shape (n,)
        Of decline, by the model.
    segments, offers : mapping
        As set.
    plan : PlanSettings
        As set, for all customers.
    share : float
        Which share of all customers these are: budget, capacities and caps are cut to it.

    Returns
    -------
    ndarray of shape (n,)
        In the unit of ``monthly_profit``: effect × what was lost with a decliner, less the cost of the contact.
    """
    scored = customers.assign(**{PROBABILITY: probability})
    audience = build_audience(scored, resolve_rules(segments, offers, scored), offers, plan.money)
    problem = scale_limits(build_problem(audience, plan), share)
    whole = replace(problem, capacities=np.floor(problem.capacities), caps=np.floor(problem.caps))
    chosen = solve(whole, plan.solver).chosen
    profit = customers[PROFIT].to_numpy(dtype=float)
    lost = compute_stake(np.ones(len(profit)), profit, plan.money.horizon_months, plan.money.loss_share.value)
    effect = np.append(audience.effects, 0.0)[chosen]  # NOBODY is the last place
    realised = compute_realised(customers[TARGET].to_numpy(dtype=float), lost, effect, pick(whole.costs, chosen))
    return np.where(chosen == NOBODY, 0.0, realised)
