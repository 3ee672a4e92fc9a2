"""The model that is stored: one fitted pipeline and the calibrator of its output."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from retention.learning.calibration.calibrators import Calibrator
from retention.learning.model.pipeline import compute_output

Estimator = Any  # scikit-learn ships no types


class CalibratedModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted pipeline and a fitted calibrator as one classifier.

    It is what CalibratedClassifierCV(ensemble=False) makes, but gives the uncalibrated output as well, which
    is what attributions add up to, and knows more ways of calibrating: by a calibrator that was fitted on outputs
    of pipelines that had not seen the customer.
    """

    def __init__(self, pipeline: Estimator, calibrator: Calibrator) -> None:
        self.pipeline = pipeline
        self.calibrator = calibrator

    @property
    def classes_(self) -> NDArray[np.int64]:
        """The labels: 0 kept the level of activity, 1 declined."""
        return np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        """Both parts are fitted before they are put together."""
        return True

    def fit(self, X: pd.DataFrame, y: NDArray[np.int_]) -> "CalibratedModel":  # noqa: ARG002
        """Refuse, with a TypeError: a calibrator must not learn from the outputs for the pipeline's own customers."""
        raise TypeError("a CalibratedModel is put together from fitted parts: use train_model")

    def compute_output(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the uncalibrated output of the pipeline, shape (n_customers,)."""
        return compute_output(self.pipeline, X)

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the calibrated probabilities of both classes, shape (n_customers, 2)."""
        probability = self.calibrator.predict(self.compute_output(X))
        return np.column_stack([1 - probability, probability])

    def predict(self, X: pd.DataFrame) -> NDArray[np.int64]:
        """Return the more probable label, shape (n_customers,)."""
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(np.int64)
