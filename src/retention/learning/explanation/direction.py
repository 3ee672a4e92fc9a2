"""Whether a column pushes a model's output up or down with its value."""

import numpy as np
import pandas as pd

CLEAR = 0.1  # a rank correlation nearer to 0 has no direction, however many customers there are


def compute_rank_correlation(column: pd.Series, attributed: pd.Series) -> float:
    """Return the rank correlation of a column with its attributions, 0 where one of them is constant."""
    if column.nunique() < 2 or attributed.nunique() < 2:
        return 0.0
    return float(column.rank().corr(attributed.rank()))


def find_direction(column: pd.Series, attributed: pd.Series) -> int:
    """Return 1 if larger values go with larger attributions, −1 with smaller ones, 0 if neither is clear.

    Clear is a rank correlation of at least `CLEAR` and of two standard errors.
    """
    correlation = compute_rank_correlation(column, attributed)
    clear = abs(correlation) >= max(CLEAR, 2 / np.sqrt(max(len(column) - 1, 1)))
    return int(np.sign(correlation)) if clear else 0
