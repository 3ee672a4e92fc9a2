"""Expected against happened: the probabilities of a recorded month, beside the labels that have matured since."""

from functools import partial

import numpy as np
import pandas as pd

from retention.estimate import Estimate
from retention.history.figures import MonthFigures
from retention.history.summary import Agreement, Happened
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.metrics import compute_roc_auc
from retention.tables.columns import ID, MONTH, PROBABILITY, STANDS_FOR, TARGET, UNIT

RESAMPLES = 500


def compare_outcomes(
    said: MonthFigures, earlier: pd.DataFrame, learnt: pd.DataFrame, least: int, confidence: float, seed: int
) -> Happened | None:
    """Compare what was said of a month with its labels; nothing is predicted again.

    `said` is as it was recorded, `earlier` are the customers of recorded months with the probabilities of then,
    `learnt` are customer-months with `TARGET` and `UNIT`, by which the intervals resample; whom a campaign contacted is
    left out. So many as `least` customers are needed for a ROC-AUC. None if no label of the month is known.
    """
    then = earlier[earlier[MONTH] == said.month]
    labels = learnt.loc[(learnt[MONTH] == said.month) & (learnt[STANDS_FOR] > 0), [ID, TARGET, UNIT]]
    both = then[[ID, PROBABILITY]].merge(labels, on=ID, validate="one_to_one")
    if both.empty:
        return None
    declined, probability = both[TARGET].to_numpy(int), both[PROBABILITY].to_numpy(float)
    draws = Bootstrap(both[UNIT].to_numpy(), RESAMPLES, confidence, seed)
    excess = draws.estimate(partial(_exceed, declined - probability), 0)
    kinds = np.bincount(declined, minlength=2)
    auc = partial(compute_roc_auc, declined, probability)
    told = len(both) >= least and kinds.min() > 0
    return Happened(
        month=said.month,
        customers=len(both),
        unknown=len(then) - len(both),
        expected=float(probability.sum()),
        declined=int(declined.sum()),
        excess=excess,
        agreement=_judge(excess),
        roc_auc=draws.estimate(auc, 1, strata=declined, scale="share") if told else None,
        foreseen=said.watch,
    )


def _exceed(difference: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return in each resample the sum of the differences, as many customers as there are."""
    return np.asarray(weights @ difference / weights.sum(axis=1) * len(difference))


def _judge(excess: Estimate) -> Agreement:
    if excess.low > 0:
        return "more"
    return "fewer" if excess.high < 0 else "as_expected"
