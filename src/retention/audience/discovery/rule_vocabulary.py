"""The rules that a found segment may be made of: columns cut at numbers that are easily said, and categories."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from retention.audience.segments.membership import Rule
from retention.tables.columns import CATEGORICAL

STEPS = 20  # a cut is rounded to about so many steps between the outer quantiles


def list_rules(customers: pd.DataFrame, columns: Iterable[str], quantiles: Sequence[float]) -> list[Rule]:
    """Return every rule that a found segment may have; the label is not looked at.

    Parameters
    ----------
    customers : DataFrame of n rows
    columns : iterable of str
    quantiles : sequence of float
        Where numeric columns are cut, before rounding.

    Returns
    -------
    list of Rule
        For each cut ``below`` and ``at_least``; for each category ``any_of`` it alone.
    """
    found: list[Rule] = []
    for name in columns:
        if name in CATEGORICAL:
            found += [Rule(name, "any_of", (str(key),)) for key in sorted(customers[name].unique())]
        else:
            cuts = choose_cuts(customers[name].to_numpy(dtype=float), quantiles)
            found += [Rule(name, test, cut) for cut in cuts for test in ("below", "at_least")]
    return found


def choose_cuts(values: np.ndarray, quantiles: Sequence[float]) -> list[float]:
    """Return the quantiles of `values`, rounded to a step of 1, 2 or 5 times a power of ten, each once.

    A step of a column of whole numbers is at least 1.
    """
    wanted = np.quantile(values, quantiles)
    low, high = np.quantile(values, [0.05, 0.95])
    if high <= low:
        return []
    step = _round_step((high - low) / STEPS)
    if step < 1 and bool((values == np.round(values)).all()):
        step = 1.0
    return sorted({float(f"{round(cut / step) * step:.10g}") for cut in wanted})


def _round_step(step: float) -> float:
    size = float(10.0 ** np.floor(np.log10(step)))
    return next(factor * size for factor in (1, 2, 5, 10) if factor * size >= step * (1 - 1e-9))
