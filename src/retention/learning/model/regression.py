"""A regression used as a classifier: customers are ranked by the value it predicts."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.linear_model import LinearRegression
from sklearn.utils.validation import check_is_fitted


class RegressionClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A binary classifier by a regressor's prediction of 0 or 1, less one half; by default ordinary least squares."""

    def __init__(self, regressor: RegressorMixin | None = None) -> None:
        self.regressor = regressor

    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> "RegressionClassifier":
        """Fit the regressor to 1 for the second class and 0 for the first; other than two are a ValueError."""
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(f"a regression can rank 2 classes, not {len(self.classes_)}")
        regressor = LinearRegression() if self.regressor is None else clone(self.regressor)
        self.regressor_ = regressor.fit(X, codes.astype(np.float64), **fit_params)
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the regressor's prediction less one half, shape (n_customers,)."""
        check_is_fitted(self)
        return np.asarray(self.regressor_.predict(X), dtype=np.float64).ravel() - 0.5

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the label that the prediction is nearer to, shape (n_customers,)."""
        labels: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(int)]
        return labels
