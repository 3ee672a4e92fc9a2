"""How good probabilities are: each metric for many weightings of the customers at once, and what they are fitted by.

A metric takes labels (n,), probabilities or other scores (n,) and weights (n_resamples, n), and returns
(n_resamples,), NaN where it needs a class that has no weight. Weights of one give the plain value. The calibration
error has a file of its own.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]
Metric = Callable[[Labels, Floats, Floats], Floats]

EDGE = 1e-12  # keeps the logarithm of a probability finite
RIDGE = 1e-9  # keeps the curvature invertible where a resample is separable
MAX_STEP = 5.0
TOLERANCE = 1e-10


def compute_roc_auc(target: Labels, score: Floats, weights: Floats) -> Floats:
    """Return the share of (decliner, other) pairs in the right order; ties count one half."""
    positive, negative = _by_rank(target, score, weights)
    below = np.cumsum(negative, axis=1) - negative
    ordered = (positive * (below + negative / 2)).sum(axis=1)
    return _divide(ordered, positive.sum(axis=1) * negative.sum(axis=1))


def compute_pr_auc(target: Labels, score: Floats, weights: Floats) -> Floats:
    """Return average precision: the mean over decliners of the precision at the threshold that reaches them."""
    positive, negative = _by_rank(target, -score, weights)
    reached = np.cumsum(positive, axis=1)
    precision = _divide(reached, reached + np.cumsum(negative, axis=1), empty=0.0)
    return _divide((positive * precision).sum(axis=1), positive.sum(axis=1))


def compute_brier(target: Labels, probability: Floats, weights: Floats) -> Floats:
    """Return the mean squared difference of probability and label."""
    return _divide(weights @ (probability - target) ** 2, weights.sum(axis=1))


def compute_log_loss(target: Labels, probability: Floats, weights: Floats) -> Floats:
    """Return the mean of `list_log_losses`."""
    return _divide(weights @ list_log_losses(target, probability), weights.sum(axis=1))


def list_log_losses(target: Labels, probability: Floats) -> Floats:
    """Return minus the log-likelihood of each label."""
    return -np.log(np.maximum(np.where(target == 1, probability, 1 - probability), EDGE))


def compute_calibration_slope(target: Labels, probability: Floats, weights: Floats) -> Floats:
    """Return the slope of a logistic regression of the label on the log-odds; below 1 is overconfident."""
    odds = compute_log_odds(probability)
    fitted = fit_logistic(np.column_stack([odds, np.ones_like(odds)]), target.astype(float), weights)[:, 0]
    return _of_both_classes(fitted, target, weights)


def compute_calibration_intercept(target: Labels, probability: Floats, weights: Floats) -> Floats:
    """Return calibration in the large: what must be added to the log-odds for the mean to be right."""
    odds = compute_log_odds(probability)
    fitted = fit_logistic(np.ones((len(odds), 1)), target.astype(float), weights, offset=odds)[:, 0]
    return _of_both_classes(fitted, target, weights)


METRICS: dict[str, Metric] = {
    "roc_auc": compute_roc_auc,
    "pr_auc": compute_pr_auc,
    "brier": compute_brier,
    "log_loss": compute_log_loss,
    "calibration_slope": compute_calibration_slope,
    "calibration_intercept": compute_calibration_intercept,
}
RANKING = ("roc_auc", "pr_auc")  # need an order of the customers only


def _by_rank(target: Labels, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of both classes at each distinct score, ascending: 1 and 0, each (n_resamples, n_distinct)."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    ordered, is_positive = weights[:, order], target[order] == 1
    positive = np.add.reduceat(ordered * is_positive, starts, axis=1)
    return positive, np.add.reduceat(ordered, starts, axis=1) - positive


def _of_both_classes(values: Floats, target: Labels, weights: Floats) -> Floats:
    """Return NaN for the weights under which a class is missing, so that no fit ends."""
    return np.where((weights @ target > 0) & (weights @ (1 - target) > 0), values, np.nan)


def fit_logistic(columns: Floats, target: Floats, weights: Floats, offset: Floats | None = None) -> Floats:
    """Fit one logistic regression for each row of `weights`, by Newton's method; return (n_fits, n_columns).

    `columns`, (n_customers, n_columns), hold ones where an intercept is wanted; `target`, (n_customers,), may be a
    probability. `weights`, (n_fits, n_customers), say how often each customer counts; `offset`, (n_customers,), is
    added to the log-odds.
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


def compute_log_odds(probability: Floats) -> Floats:
    """Return the log-odds, those of 0 and 1 kept finite."""
    return np.asarray(logit(np.clip(probability, EDGE, 1 - EDGE)))


def _divide(numerator: Floats, denominator: Floats, empty: float = np.nan) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(numerator, empty), where=denominator > 0)
