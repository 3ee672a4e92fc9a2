"""What drives the probability within a group: attributions to source columns, summed up."""

from typing import Literal

import pandas as pd

from retention.learning.explanation.direction import find_direction
from retention.strict import Strict
from retention.tables.columns import CATEGORICAL

Direction = Literal["up", "down", "mixed", "by_category"]
DIRECTIONS: dict[int, Direction] = {1: "up", -1: "down", 0: "mixed"}


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
            direction=_name_direction(name, attributions[name], customers[name]),
        )
        for name in attributions.columns
    ]
    return sorted(drivers, key=lambda driver: (-driver.mean_abs, driver.column))


def _name_direction(name: str, attributed: pd.Series, values: pd.Series) -> Direction:
    if name in CATEGORICAL:
        return "by_category"
    return DIRECTIONS[find_direction(values, attributed)]
