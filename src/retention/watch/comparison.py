"""Once the labels of a month are known: what happened against what was expected before."""

import pandas as pd

from retention.estimate import Estimate
from retention.strict import Strict
from retention.tables.columns import PROBABILITY, PROFIT, TARGET
from retention.watch.expected import measure_labels
from retention.watch.summary import Expected, Quality


class Happened(Strict):
    """One figure of a month."""

    expected: float
    happened: float
    surprise: Estimate
    """By how much it exceeds what was expected; of the months whose customers alone have changed, the interval holds 0
    as often as its confidence says."""

    @property
    def came_true(self) -> bool:
        """Whether it may be by chance that it is not what was expected."""
        return self.surprise.low <= 0 <= self.surprise.high


class Comparison(Strict):
    """A month as it was expected and as it came; what did not come true, the relation itself has changed."""

    labelled: int
    """The customers whose labels are known."""
    roc_auc: Happened
    log_loss: Happened
    decline_rate: Happened
    at_risk: Happened | None
    """The money that went with those who declined; None without money, or while a label is missing."""


def compare_expected(expected: Quality, customers: int, happened: pd.DataFrame, horizon: float = 1.0) -> Comparison:
    """Compare what was expected of a month with its labels.

    Parameters
    ----------
    expected : Quality
        As `watch` gave it when the month was acted on.
    customers : int
        Of the month, as `watch` counted them.
    happened : DataFrame
        Those whose label is known: `TARGET`, the `PROBABILITY` that was given then, and `PROFIT` where there is any.
    horizon : float
        As `watch` was given it.
    """
    lost = happened[PROFIT].to_numpy(dtype=float) * horizon if PROFIT in happened else None
    target, given = happened[TARGET].to_numpy(dtype=int), happened[PROBABILITY].to_numpy(dtype=float)
    values = measure_labels(target, given, lost if len(happened) == customers else None)
    found = {name: _compare(getattr(expected, name), value) for name, value in values.items()}
    return Comparison(labelled=len(happened), **{"at_risk": None, **found})


def _compare(expected: Expected, value: float) -> Happened:
    surprise = Estimate(value=value - expected.value, low=value - expected.seen_high, high=value - expected.seen_low)
    return Happened(expected=expected.value, happened=value, surprise=surprise)
