"""A month put together as it is kept, beside the one before it, and beside the labels that have matured since."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.history.figures import (
    BandFigures,
    BandMove,
    Foreseen,
    Happened,
    MonthFigures,
    Move,
    Moves,
    PlanFigures,
    SegmentFigures,
    SegmentMove,
)
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.metrics import compute_roc_auc
from retention.learning.model.choice import Choice
from retention.tables.columns import ID, MONTH, PROBABILITY, STANDS_FOR, TARGET, UNIT

RESAMPLES = 500
AS_TEXT = {ID: "str"}  # `tables.ids` may have been another one when a month was recorded


def describe_month(
    month: str,
    probability: pd.Series,
    segments: SegmentsSummary,
    plan: PlanMetrics,
    bounds: Sequence[float],
    watch: Foreseen | None,
    model: tuple[str, Choice],
) -> MonthFigures:
    """Return the figures of a month; `model` is the sha256 of the model file, and what it was made by."""
    bands = np.bincount(place_in_bands(probability, bounds), minlength=len(bounds) + 1)
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
            BandFigures(low=low, high=high, customers=int(customers))
            for (low, high), customers in zip(pairwise([0.0, *bounds, 1.0]), bands, strict=True)
        ),
        plan=PlanFigures(**dict(plan)),
        watch=watch,
        model=model[0],
        choice=model[1],
    )


def place_in_bands(probability: pd.Series, bounds: Sequence[float]) -> np.ndarray:
    """Return the place of each probability's band, 0 for the least risk, shape (n,); a bound belongs to the upper."""
    return np.searchsorted(np.asarray(bounds), probability.to_numpy(), side="right")


def compare_customers(then: MonthFigures, now: MonthFigures, earlier: pd.DataFrame, current: pd.DataFrame) -> Moves:
    """Count who moved between two months, by today's bands of risk.

    `earlier` and `current` have a row a customer of each month: id, probability, and a flag for each segment.
    """
    bounds = [one.low for one in now.bands[1:]]
    pair = [side.astype(AS_TEXT).set_index(ID) for side in (earlier, current)]
    bands = [pd.Series(place_in_bands(side[PROBABILITY], bounds), side.index) for side in pair]
    names = [{one.key: one.name for one in month.segments} for month in (then, now)]
    everybody = [pd.Series(True, side.index) for side in pair]
    return Moves(
        month=then.month,
        all=Move(**count_moves(*everybody)),
        segments=tuple(
            SegmentMove(key=key, name=name, **count_moves(pair[0][key], pair[1][key]))
            for key, name in names[1].items()
            if key in names[0]
        ),
        bands=tuple(
            BandMove(low=one.low, high=one.high, **count_moves(*(band == place for band in bands)))
            for place, one in enumerate(now.bands)
        ),
        appeared=tuple(name for key, name in names[1].items() if key not in names[0]),
        vanished=tuple(name for key, name in names[0].items() if key not in names[1]),
    )


def count_moves(then: pd.Series, now: pd.Series) -> dict[str, int]:
    """Return the fields of `Move` for a group, given by customer whether each belonged to it and belongs to it."""
    known, kept = now.index.isin(then.index), then.index.isin(now.index)
    was = then.reindex(now.index, fill_value=False).to_numpy(dtype=bool)
    held, here = then.to_numpy(dtype=bool), now.to_numpy(dtype=bool)
    parts = {"then": held, "now": here, "entered": here & known & ~was, "left": was & ~here}
    parts |= {"came": here & ~known, "gone": held & ~kept}
    return {name: int(part.sum()) for name, part in parts.items()}


def compare_outcomes(
    said: MonthFigures, earlier: pd.DataFrame, learnt: pd.DataFrame, least: int, confidence: float, seed: int
) -> Happened | None:
    """Compare what was said of a month with its labels; nothing is predicted again.

    `said` is as it was recorded, `earlier` are the customers of recorded months with the probabilities of then,
    `learnt` are customer-months with `TARGET` and `UNIT`, by which the intervals resample; whom a campaign contacted is
    left out, and in the share and the ROC-AUC, which are of all, who was left alone stands for them. So many as `least`
    customers are needed for a ROC-AUC. None if no label of the month is known.
    """
    then = earlier[earlier[MONTH] == said.month]
    labels = learnt.loc[(learnt[MONTH] == said.month) & (learnt[STANDS_FOR] > 0), [ID, TARGET, UNIT, STANDS_FOR]]
    both = then[[ID, PROBABILITY]].astype(AS_TEXT).merge(labels.astype(AS_TEXT), on=ID, validate="one_to_one")
    if both.empty:
        return None
    declined, probability = both[TARGET].to_numpy(int), both[PROBABILITY].to_numpy(float)
    draws = Bootstrap(both[UNIT].to_numpy(), RESAMPLES, confidence, seed)
    everybody = replace(draws, weight=both[STANDS_FOR].to_numpy(int))

    def exceed(weights: np.ndarray) -> np.ndarray:
        """Return in each resample by how much the declines exceed what was said, as many customers as there are."""
        return np.asarray(weights @ (declined - probability) / weights.sum(axis=1) * len(both))

    auc = partial(compute_roc_auc, declined, probability)
    told = len(both) >= least and len(np.unique(declined)) == 2
    return Happened(
        month=said.month,
        customers=len(both),
        expected=float(probability.sum()),
        declined=int(declined.sum()),
        excess=draws.estimate(exceed, 0),
        share=float(np.average(declined, weights=everybody.weight)),
        roc_auc=everybody.estimate(auc, 1, strata=declined, scale="share") if told else None,
        foreseen=said.watch,
    )
