"""Multicollinearity: how well the other numeric columns explain each one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from retention.exploration.associations import list_varied


def compute_vif(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, float | None]:
    """Return each column's variance inflation factor, 1 / (1 − R²) against the others.

    Computed as the diagonal of the inverse correlation matrix (Belsley, Kuh and Welsch 1980, p. 93).

    Parameters
    ----------
    frame : DataFrame of shape (n, ...)
        Rows with a missing value are left out.
    columns : sequence of str
        The numeric columns; one that takes a single value is left out.

    Returns
    -------
    dict
        Column to its factor; None where the others determine it completely.
    """
    values = frame[list(columns)].dropna()
    varied = list_varied(values)
    if len(varied) < 2 or len(values) <= len(varied):
        return dict.fromkeys(varied, None) if len(varied) > 1 else dict.fromkeys(varied, 1.0)
    standard = values[varied].to_numpy(dtype=float)
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    return {name: _inflation(standard, place) for place, name in enumerate(varied)}


def _inflation(standard: np.ndarray, place: int) -> float | None:
    others = np.delete(standard, place, axis=1)
    target = standard[:, place]
    fitted = others @ np.linalg.lstsq(others, target, rcond=None)[0]
    unexplained = float(((target - fitted) ** 2).mean())
    return None if unexplained < 1e-10 else 1 / unexplained
