"""What drives the probability within a group: attributions to source columns, summed up."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from retention.strict import Strict
from retention.tables.columns import CATEGORICAL

Direction = Literal["up", "down", "mixed", "by_category"]
CLEAR = 0.3  # a rank correlation weaker than this is no direction


class Driver(Strict):
    """How a column moves the model's output within a group.

    Parameters
    ----------
    column : str
    mean_abs : float
        Mean absolute attribution, in the unit of the model's output.
    share : float
        Of the sum over all columns.
    mean : float
        Mean attribution: above 0 the column raises this group's output against the average customer's.
    direction : {"up", "down", "mixed", "by_category"}
        Whether larger values go with a higher output, a lower one, or neither clearly.
    """

    column: str
    mean_abs: float
    share: float
    mean: float
    direction: Direction


def compute_drivers(attributions: pd.DataFrame, customers: pd.DataFrame) -> list[Driver]:
    """Return the drivers of a group, the strongest first.

    Parameters
    ----------
    attributions : DataFrame of k rows
        One column for each source column.
    customers : DataFrame of k rows
        Their values, in the same order.
    """
    sizes = attributions.abs().mean()
    total = float(sizes.sum())
    drivers = [
        Driver(
            column=name,
            mean_abs=float(sizes[name]),
            share=float(sizes[name]) / total if total > 0 else 0.0,
            mean=float(attributions[name].mean()),
            direction=_find_direction(name, attributions[name].to_numpy(), customers[name]),
        )
        for name in attributions.columns
    ]
    return sorted(drivers, key=lambda driver: (-driver.mean_abs, driver.column))


def _find_direction(name: str, parts: np.ndarray, values: pd.Series) -> Direction:
    if name in CATEGORICAL:
        return "by_category"
    numbers = values.to_numpy(dtype=float)
    if np.ptp(parts) == 0 or np.ptp(numbers) == 0:
        return "mixed"
    rank = float(spearmanr(numbers, parts).statistic)
    if abs(rank) < CLEAR:
        return "mixed"
    return "up" if rank > 0 else "down"
