"""What the attributions say of all customers together: how much each column matters, and in which direction."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLEAR = 0.1  # a rank correlation nearer to 0 has no direction


def summarise_importance(
    values: pd.DataFrame, frame: pd.DataFrame, *, categorical: Collection[str], resamples: int, seed: int
) -> list[dict[str, Any]]:
    """Return the columns, the most important first.

    Parameters
    ----------
    values : DataFrame of shape (n_customers, n_columns)
        The attributions.
    frame : DataFrame of shape (n_customers, n_columns)
        The columns themselves.
    categorical : collection of str
        The columns whose values have no order, hence no direction.
    resamples, seed : int
        Of the bootstrap over customers.

    Returns
    -------
    list of dict
        ``column``; ``mean_abs``; ``share`` of the sum over columns, in 95 % of the resamples between ``share_low``
        and ``share_high``; ``first_rank`` and ``last_rank`` likewise; ``rank_correlation`` of value and
        attribution; ``direction``: its sign, 0 if it is near 0, None where values have no order.
    """
    absolute = values.abs().to_numpy()
    mean_abs = absolute.mean(axis=0)
    shares = _resample_shares(absolute, resamples, seed)
    low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    ranks = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1) + 1
    first, last = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    rows = []
    for place in np.argsort(-mean_abs, kind="stable"):
        name = str(values.columns[place])
        correlation = None if name in categorical else _rank_correlation(frame[name], values[name])
        rows.append({
            "column": name,
            "mean_abs": float(mean_abs[place]),
            "share": float(mean_abs[place] / mean_abs.sum()),
            "share_low": float(low[place]),
            "share_high": float(high[place]),
            "first_rank": int(first[place]),
            "last_rank": int(last[place]),
            "rank_correlation": correlation,
            "direction": None if correlation is None else _sign(correlation),
        })  # fmt: skip
    return rows


def summarise_shapes(
    values: pd.DataFrame, frame: pd.DataFrame, *, categorical: Collection[str], bins: int
) -> dict[str, list[dict[str, Any]]]:
    """Return how the attribution of each column depends on its value.

    Returns
    -------
    dict
        Column → groups of customers, each with ``value`` (categorical) or ``from`` and ``to`` (numeric, between
        quantiles), ``customers``, and the ``mean``, ``low`` and ``high`` (10 % and 90 %) of their attributions.
    """
    shapes = {}
    for name in map(str, frame.columns):
        column = frame[name]
        few = name in categorical or column.nunique() <= bins
        key = column if few else pd.qcut(column, bins, labels=False, duplicates="drop")
        groups = column.groupby(key.to_numpy(), sort=True)
        shapes[name] = [_describe(own, name in categorical) | _spread(values.loc[own.index, name]) for _, own in groups]
    return shapes


def _resample_shares(absolute: Floats, resamples: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    even = np.full(len(absolute), 1 / len(absolute))
    totals = np.array([rng.multinomial(len(absolute), even) @ absolute for _ in range(resamples)])
    shares: Floats = totals / totals.sum(axis=1, keepdims=True)
    return shares


def _rank_correlation(column: pd.Series, attributed: pd.Series) -> float:
    if column.nunique() < 2 or attributed.nunique() < 2:
        return 0.0
    return float(column.rank().corr(attributed.rank()))


def _sign(correlation: float) -> int:
    return 0 if abs(correlation) < CLEAR else int(np.sign(correlation))


def _describe(own: pd.Series, is_categorical: bool) -> dict[str, Any]:
    if is_categorical:
        return {"value": str(own.iloc[0])}
    return {"from": float(own.min()), "to": float(own.max())}


def _spread(attributed: pd.Series) -> dict[str, Any]:
    low, high = np.quantile(attributed, [0.1, 0.9])
    return {
        "customers": len(attributed),
        "mean": float(attributed.mean()),
        "low": float(low),
        "high": float(high),
    }
