"""Shapley values of any model, by switching columns from another customer's values to the customer's own."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Output = Callable[[pd.DataFrame], Floats]


def compute_permutation_shap(
    output: Output, frame: pd.DataFrame, background: pd.DataFrame, seed: int, workers: int = 1
) -> tuple[float, Floats]:
    """Attribute a model's output to the columns of the table.

    For each customer of the background the columns are switched to the explained customer's values in a random
    order and in its reverse (antithetic sampling: Mitchell et al. 2022, section 3.2); a column's attribution is the
    mean change of the output when it is switched. Attributions add up to the output by construction.

    Parameters
    ----------
    output : callable
        Data frame → ndarray of shape (n_rows,).
    frame : DataFrame of shape (n_customers, n_columns)
        The customers to explain.
    background : DataFrame of shape (n_background, n_columns)
        The customers to start from.
    seed : int
        Of the orders.
    workers : int
        Threads; any number gives the same bits.

    Returns
    -------
    float
        The mean output over the background.
    ndarray of shape (n_customers, n_columns)
        The attributions.
    """
    own, start = output(frame), output(background)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(frame.shape[1]) for _ in range(len(background))]
    changes = Parallel(n_jobs=workers, prefer="threads")(
        delayed(_switch)(output, frame, background.iloc[place], order, float(start[place]), own)
        for place, order in enumerate(orders)
    )
    return float(start.mean()), np.sum(changes, axis=0) / len(background)


def choose_background(output: Floats, size: int) -> NDArray[np.intp]:
    """Return the positions of customers at evenly spaced quantiles of the output: their mean is that of all, nearly."""
    places = (np.arange(size) + 0.5) / size * len(output)
    chosen: NDArray[np.intp] = np.argsort(output, kind="stable")[places.astype(int)]
    return chosen


def count_rows(n_columns: int) -> int:
    """Return how many rows the model is asked for, for each customer and each customer of the background."""
    return 2 * (n_columns - 1)


def _switch(
    output: Output, frame: pd.DataFrame, other: pd.Series, order: NDArray[np.int_], start: float, own: Floats
) -> Floats:
    """Return the mean change from switching each column, in the order given and in its reverse."""
    n_customers, n_columns = frame.shape
    both = (order, order[::-1])
    switched = np.zeros((2, n_columns - 1, n_columns), dtype=bool)
    for way, columns in enumerate(both):
        for step in range(n_columns - 1):
            switched[way, step, columns[: step + 1]] = True
    rows = _mix(frame, other, switched.reshape(-1, n_columns))
    between = output(rows).reshape(2, n_columns - 1, n_customers)
    change = np.zeros((n_customers, n_columns))
    for way, columns in enumerate(both):
        path = np.vstack([np.full(n_customers, start), between[way], own])
        change[:, columns] += np.diff(path, axis=0).T / 2
    return change


def _mix(frame: pd.DataFrame, other: pd.Series, switched: NDArray[np.bool_]) -> pd.DataFrame:
    """Return all customers once for each row of `switched`: own values where True, the other customer's elsewhere."""
    mixed = {
        name: np.where(switched[:, [place]], frame[name].to_numpy()[None, :], other.iloc[place]).ravel()
        for place, name in enumerate(frame.columns)
    }
    return pd.DataFrame(mixed).astype(frame.dtypes.to_dict())
