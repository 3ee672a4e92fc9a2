"""What a campaign planned by a model's probabilities would have brought, told by what did happen."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.offers.audience import build_audience
from retention.audience.offers.offer import Offer
from retention.audience.plan.campaign import build_problem
from retention.audience.plan.plan import solve
from retention.audience.plan.problem import scale_limits
from retention.audience.plan.settings import PlanSettings
from retention.audience.plan.threshold import compute_realised
from retention.audience.segments.rules import resolve_rules
from retention.audience.segments.segment import Segment
from retention.tables.columns import PROBABILITY


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
    return compute_realised(audience, solve(whole, plan.solver).chosen)
