"""Several pipelines as one classifier: the weighted mean of their probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from retention.learning.model.pipeline import Estimator, compute_output


class BlendedPipelines(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A binary classifier whose probability is the weighted mean of other pipelines'.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        Unfitted.
    weights : sequence of float
        One for each, above 0; only their ratios matter.

    Attributes
    ----------
    pipelines_ : list of Pipeline
        Fitted.
    classes_ : ndarray of shape (2,)
        The two labels, ascending.
    """

    def __init__(self, pipelines: Sequence[Estimator], weights: Sequence[float]) -> None:
        self.pipelines = pipelines
        self.weights = weights

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> "BlendedPipelines":
        """Fit every pipeline to the same customers."""
        self.classes_ = np.unique(np.asarray(y))
        self.pipelines_ = [clone(pipeline).fit(X, y) for pipeline in self.pipelines]
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the mean probability of both classes, shape (n_customers, 2)."""
        check_is_fitted(self)
        members = [link_probability(pipeline, compute_output(pipeline, X)) for pipeline in self.pipelines_]
        mean = np.average(members, axis=0, weights=self.weights)
        return np.column_stack([1 - mean, mean])

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the more probable label, shape (n_customers,)."""
        labels: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]
        return labels


def link_probability(fitted: Estimator, output: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an output as a number from 0 to 1 in the same order: as it is, or through the logistic function.

    Parameters
    ----------
    fitted : estimator
        What the output is of; one with a decision function has outputs on a scale like log-odds.
    output : ndarray of shape (n_customers,)
        From `compute_output`.
    """
    if hasattr(fitted, "decision_function"):
        return np.asarray(expit(output), dtype=np.float64)
    return output
