"""How good predictions are, with intervals, and by how much one set is better than another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import draw_weights, percentile_interval
from retention.learning.evaluation.metrics import INFLATED, METRICS, RANKING

Floats = NDArray[np.float64]

COMPARED = ("roc_auc", "pr_auc", "brier", "log_loss")  # of the others more or less is not better or worse


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

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that apply."""
        return tuple(METRICS) if self.is_probability else RANKING


@dataclass(frozen=True)
class Assessed:
    """How good a set of predictions is.

    Parameters
    ----------
    measures : dict of str to Estimate
        By metric.
    difference : dict of str to Estimate
        The reference minus this, by metric; empty for the reference.
    """

    measures: dict[str, Estimate]
    difference: dict[str, Estimate]


def assess(
    target: NDArray[np.int_],
    predictions: Mapping[str, Prediction],
    *,
    resamples: int,
    confidence: float,
    seed: int,
    reference: str | None = None,
) -> dict[str, Assessed]:
    """Measure predictions for the same customers, on the same resamples.

    Parameters
    ----------
    target : ndarray of shape (n_customers,)
        The labels.
    predictions : mapping
        By name.
    resamples, confidence, seed
        Of the stratified bootstrap.
    reference : str, optional
        The prediction that the others are compared with.

    Returns
    -------
    dict
        By the names of `predictions`.
    """
    plain = np.ones((1, len(target)))
    values = {key: float(measured[0]) for key, measured in _measure(target, predictions, [plain]).items()}
    resampled = _measure(target, predictions, draw_weights(target, resamples, seed))

    def interval(key: tuple[str, str], other: tuple[str, str] | None = None) -> Estimate:
        value, spread = values[key], resampled[key]
        if other is not None:
            value, spread = value - values[other], spread - resampled[other]
        return percentile_interval(value, spread, confidence, centre=key[1] in INFLATED)

    result: dict[str, Assessed] = {}
    for name, prediction in predictions.items():
        measures = {metric: interval((name, metric)) for metric in prediction.metrics}
        compared = () if reference in (None, name) else (one for one in prediction.metrics if one in COMPARED)
        difference = {metric: interval((str(reference), metric), (name, metric)) for metric in compared}
        result[name] = Assessed(measures, difference)
    return result


def _measure(
    target: NDArray[np.int_], predictions: Mapping[str, Prediction], batches: Iterable[Floats]
) -> dict[tuple[str, str], Floats]:
    parts: dict[tuple[str, str], list[Floats]] = {}
    for weights in batches:
        for name, prediction in predictions.items():
            for metric in prediction.metrics:
                measured = METRICS[metric](target, prediction.value, weights)
                parts.setdefault((name, metric), []).append(measured)
    return {key: np.concatenate(measured) for key, measured in parts.items()}
