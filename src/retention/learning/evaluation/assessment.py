"""How good predictions are, with intervals, and by how much one set is better than another."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap, Scale, normal_interval
from retention.learning.evaluation.calibration_error import estimate_calibration_error
from retention.learning.evaluation.metrics import METRICS, RANKING

Floats = NDArray[np.float64]

SCALES: dict[str, Scale] = {
    "roc_auc": "share",
    "pr_auc": "share",
    "brier": "positive",
    "log_loss": "positive",
    "calibration_slope": "positive",
    "calibration_intercept": "real",
}
COMPARED = ("roc_auc", "pr_auc", "brier", "log_loss")  # of the others more is neither better nor worse


@dataclass(frozen=True)
class Prediction:
    """What a model says of each customer.

    Parameters
    ----------
    value : ndarray of shape (n_customers,)
        A probability, or a score that ranks.
    is_probability : bool
        Whether metrics of probabilities apply.
    """

    value: Floats
    is_probability: bool = True


@dataclass(frozen=True)
class Assessed:
    """How good a prediction is.

    Parameters
    ----------
    measures : dict of str to Estimate
        By metric.
    difference : dict of str to Estimate
        The reference minus this, by metric of `COMPARED`; empty for the reference.
    """

    measures: dict[str, Estimate]
    difference: dict[str, Estimate]


def assess(
    target: NDArray[np.int_], predictions: Mapping[str, Prediction], bootstrap: Bootstrap, bins: int, part: int
) -> dict[str, Assessed]:
    """Measure predictions for the same customers, each metric of all of them on the same resamples.

    ROC-AUC is resampled with both classes keeping their size, everything else plainly: whether the mean of the
    probabilities is right cannot be seen where the number of decliners is held fixed.

    Parameters
    ----------
    target : ndarray of shape (n_customers,)
        The labels.
    predictions : mapping
        By name; the first, of probabilities, is the reference that the others are compared with.
    bootstrap : Bootstrap
    bins : int
        Groups of equal size of the calibration error.
    part : int
        Which customers these are: another number is another stream of random numbers.

    Returns
    -------
    dict
        By the names of `predictions`.
    """
    reference = next(iter(predictions))
    known = {
        metric: _resample(metric, target, predictions, bootstrap, (part, number))
        for number, metric in enumerate(METRICS)
    }

    def measure(name: str, prediction: Prediction) -> dict[str, Estimate]:
        measures = {
            metric: normal_interval(float(values[name][0]), values[name][1:], bootstrap.confidence, SCALES[metric])
            for metric, values in known.items()
            if name in values
        }
        if prediction.is_probability:
            error = estimate_calibration_error(target, prediction.value, bins, bootstrap, part, len(METRICS))
            measures["expected_calibration_error"] = error
        return measures

    def compare(name: str) -> dict[str, Estimate]:
        apart = {metric: known[metric][reference] - known[metric][name] for metric in COMPARED if name in known[metric]}
        return {metric: normal_interval(float(one[0]), one[1:], bootstrap.confidence) for metric, one in apart.items()}

    return {
        name: Assessed(measure(name, prediction), compare(name) if name != reference else {})
        for name, prediction in predictions.items()
    }


def _resample(
    metric: str,
    target: NDArray[np.int_],
    predictions: Mapping[str, Prediction],
    bootstrap: Bootstrap,
    use: tuple[int, ...],
) -> dict[str, Floats]:
    """Return by name the metric of the customers themselves, followed by that of each resample."""
    values = {name: one.value for name, one in predictions.items() if one.is_probability or metric in RANKING}
    parts: dict[str, list[Floats]] = {name: [] for name in values}
    strata = target if metric == "roc_auc" else None
    for weights in chain([np.ones((1, len(target)))], bootstrap.draw(*use, strata=strata)):
        for name, value in values.items():
            parts[name].append(METRICS[metric](target, value, weights))
    return {name: np.concatenate(measured) for name, measured in parts.items()}
