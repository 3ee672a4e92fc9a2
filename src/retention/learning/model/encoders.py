"""An encoder that scikit-learn has only without a seed of its own."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.validation import check_is_fitted


class TargetShares(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Encodes each category as the share of class 1 in it, drawn towards the overall share where it is rare.

    A customer that it is fitted to gets the shares of the other `folds`, so that no label encodes itself; those to come
    get the shares of all customers, an unknown category the overall share (Micci-Barreca 2001, A preprocessing scheme
    for high-cardinality categorical attributes, SIGKDD Explorations 3).
    """

    def __init__(self, folds: int = 5, random_state: int | None = None) -> None:
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> "TargetShares":
        """Learn the shares of all customers."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: ArrayLike) -> NDArray[Any]:
        """Learn the shares of all customers, and return those of each one's other folds, of the shape of `X`."""
        folds = StratifiedKFold(self.folds, shuffle=True, random_state=self.random_state)
        self.encoder_ = TargetEncoder(target_type="binary", cv=folds)
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return np.asarray(self.encoder_.fit_transform(X, y))

    def transform(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the shares, of the shape of `X`."""
        check_is_fitted(self)
        return np.asarray(self.encoder_.transform(X))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns, which stay the same."""
        return self.feature_names_in_ if input_features is None else np.asarray(input_features, dtype=object)
