"""Puts together what is kept of a month."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.history.figures import BandFigures, Foreseen, MonthFigures, PlanFigures, SegmentFigures
from retention.learning.model.choice import Choice


def describe_month(
    month: str,
    probability: pd.Series,
    segments: SegmentsSummary,
    plan: PlanMetrics,
    bounds: Sequence[float],
    watch: Foreseen | None,
    model: tuple[str, Choice],
) -> MonthFigures:
    """Return the figures of a month.

    Probabilities are of each customer, `bounds` lie between the bands of risk, `model` is the sha256 of the model file,
    and what it was made by.
    """
    bands = place_in_bands(probability, bounds)
    ends = [0.0, *bounds, 1.0]
    return MonthFigures(
        month=month,
        customers=len(probability),
        expected_declines=float(probability.sum()),
        horizon_months=segments.horizon_months,
        loss_share=segments.loss_share,
        profit_at_risk=segments.population.profit_at_risk,
        segments=tuple(
            SegmentFigures(
                key=one.key,
                name=one.name,
                customers=one.support,
                mean_probability=one.mean_probability.value if one.mean_probability else None,
                profit_at_risk=one.profit_at_risk,
            )
            for one in segments.segments
        ),
        bands=tuple(
            BandFigures(low=low, high=high, customers=int((bands == place).sum()))
            for place, (low, high) in enumerate(pairwise(ends))
        ),
        plan=PlanFigures(contacts=plan.contacts, spent=plan.spent, net_profit=plan.net_profit),
        watch=watch,
        model=model[0],
        choice=model[1],
    )


def place_in_bands(probability: pd.Series, bounds: Sequence[float]) -> np.ndarray:
    """Return the place of each probability's band, 0 for the least risk, shape (n,); a bound belongs to the upper."""
    return np.searchsorted(np.asarray(bounds), probability.to_numpy(), side="right")
