"""Which columns have changed, those that move the model most first."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, wasserstein_distance

from retention.estimate import compute_cramers_v
from retention.tables.roles import ColumnRoles
from retention.watch.shift import compute_p_value
from retention.watch.sides import Sides, order_cells
from retention.watch.summary import ColumnShift


def compare_columns(
    then: pd.DataFrame, now: pd.DataFrame, sides: Sides, roles: ColumnRoles, weights: Mapping[str, float], rate: float
) -> tuple[ColumnShift, ...]:
    """Return each feature's change; `rate` of those that are found may be found by chance.

    The test is Neyman's smooth one on the customers' parts, adjusted after Benjamini and Hochberg (1995).
    """
    names = roles.names
    p_values = [compute_p_value(sides.sway(sides.blocks[name])) for name in names]
    adjusted = false_discovery_control(p_values)
    found = [
        ColumnShift(
            column=name,
            weight=weights.get(name, 0.0),
            shifted=bool(p_value <= rate),
            adjusted=float(p_value),
            **_describe(then[name], now[name], roles.features[name], roles.orders.get(name)),
        )
        for name, p_value in zip(names, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, one.adjusted)))


def _describe(
    then: pd.Series, now: pd.Series, kind: str, order: tuple[str, ...] | None
) -> dict[str, float | str | None]:
    """Return effect, key, then and now of a `ColumnShift`."""
    if kind in ("number", "ordered"):
        sides = [order_cells(side, order) for side in (then, now)]
        full = [side[~np.isnan(side)] for side in sides]
        if not all(map(len, full)):
            return {"effect": 0.0, "key": None, "then": None, "now": None}
        deviation = float(full[0].std())
        effect = float(wasserstein_distance(*full)) / deviation if deviation else 0.0
        return {"effect": effect, "key": None, "then": float(full[0].mean()), "now": float(full[1].mean())}
    counts = pd.crosstab(
        np.repeat([0, 1], [len(then), len(now)]), pd.concat([then, now]).astype("object").fillna("").to_numpy()
    )
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    place = int(np.abs(shares[1] - shares[0]).argmax())
    strength = compute_cramers_v(counts.to_numpy(dtype=int), 0.95)
    return {
        "effect": strength.value if strength else 0.0,
        "key": str(counts.columns[place]),
        "then": float(shares[0, place]),
        "now": float(shares[1, place]),
    }
