"""Small unpenalised logistic regressions, many resamples at a time."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

RIDGE = 1e-9  # keeps the curvature invertible where a resample is separable
MAX_STEP = 5.0
TOLERANCE = 1e-10


def fit_logistic(columns: Floats, target: Floats, weights: Floats, offset: Floats | None = None) -> Floats:
    """Fit one logistic regression for each row of `weights`, by Newton's method.

    Parameters
    ----------
    columns : ndarray of shape (n_customers, n_columns)
        With a column of ones where an intercept is wanted.
    target : ndarray of shape (n_customers,)
        0, 1, or a probability between them.
    weights : ndarray of shape (n_fits, n_customers)
        How often each customer counts in each fit.
    offset : ndarray of shape (n_customers,), optional
        Added to the log-odds with coefficient 1.

    Returns
    -------
    ndarray of shape (n_fits, n_columns)
        The coefficients.
    """
    shift = np.zeros(len(target)) if offset is None else offset
    n_columns = columns.shape[1]
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(target), -1)
    coefficients = np.zeros((len(weights), n_columns))
    if len(weights) > 1:  # begun at the fit to all of them together, half as many steps are needed
        coefficients += fit_logistic(columns, target, weights.mean(axis=0, keepdims=True), offset)
    for _ in range(50):
        probability = expit(coefficients @ columns.T + shift)
        gradient = (weights * (target - probability)) @ columns
        curvature = (weights * probability * (1 - probability)) @ products
        curvature = curvature.reshape(-1, n_columns, n_columns) + RIDGE * np.eye(n_columns)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        coefficients = coefficients + np.clip(step, -MAX_STEP, MAX_STEP)
        if np.abs(step).max() < TOLERANCE:
            break
    return coefficients
