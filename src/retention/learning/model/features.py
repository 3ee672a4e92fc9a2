"""Feature steps: columns computed from a customer's own columns, and columns left out."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

SOURCES = {"ratio": 2, "difference": 2, "product": None, "mean": None, "distance": None}
"""Each operation, and how many columns it takes (None: any number)."""


class ComputedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Adds columns that are computed from the ones there are, then drops some.

    Parameters
    ----------
    columns : mapping
        New column → ``{operation: [source columns]}``. The operations are ``ratio`` (a / b, and 0 where b is 0),
        ``difference`` (a - b), ``product``, ``mean``, and ``distance``: the mean over the columns of the distance to
        the column's median among the customers it was fitted to.
    drop : sequence of str
        Columns to leave out afterwards.

    Attributes
    ----------
    medians_ : dict
        The median of every column that a distance is taken from.

    Notes
    -----
    Once fitted, a customer's values never depend on who else is in the table.
    """

    def __init__(self, columns: Mapping[str, Mapping[str, Sequence[str]]], drop: Sequence[str] = ()) -> None:
        self.columns = columns
        self.drop = drop

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> "ComputedColumns":
        """Check the declaration against the table and learn the medians.

        Raises
        ------
        ValueError
            If an operation is unknown, takes another number of columns, or a column is missing.
        """
        del y
        parsed = [_parse(name, declared) for name, declared in self.columns.items()]
        used = [source for _, sources in parsed for source in sources]
        if missing := sorted({*used, *self.drop} - set(X.columns)):
            raise ValueError(f"the table has no column {', '.join(missing)}")
        measured = [source for operation, sources in parsed if operation == "distance" for source in sources]
        self.medians_ = {source: float(np.median(X[source])) for source in measured}
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of `X` that are kept, then the new ones."""
        check_is_fitted(self)
        new = {name: self._compute(X, *_parse(name, declared)) for name, declared in self.columns.items()}
        return X.drop(columns=list(self.drop)).assign(**new)

    def _compute(self, frame: pd.DataFrame, operation: str, sources: Sequence[str]) -> NDArray[np.float64]:
        values = frame[list(sources)].to_numpy(dtype=np.float64)
        if operation == "distance":
            values = np.abs(values - [self.medians_[source] for source in sources])
        return _combine(values, operation)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` returns."""
        before = self.feature_names_in_ if input_features is None else np.asarray(input_features, dtype=object)
        kept = [name for name in before if name not in self.drop]
        return np.asarray([*kept, *self.columns], dtype=object)

    def source_columns(self) -> dict[str, tuple[str, ...]]:
        """Return each new column with the columns it is made of."""
        return {name: tuple(_parse(name, declared)[1]) for name, declared in self.columns.items()}


def _parse(name: str, declared: Mapping[str, Sequence[str]]) -> tuple[str, Sequence[str]]:
    """Return the operation of a new column and what it takes."""
    if len(declared) != 1 or not set(declared) <= set(SOURCES):
        raise ValueError(f"{name}: name one operation of {', '.join(SOURCES)}, not {', '.join(declared)}")
    operation, sources = next(iter(declared.items()))
    wanted = SOURCES[operation]
    if len(sources) < 1 or (wanted and len(sources) != wanted):
        raise ValueError(f"{name}: {operation} takes {wanted or 'some'} columns, not {len(sources)}")
    return operation, sources


def _combine(values: NDArray[np.float64], operation: str) -> NDArray[np.float64]:
    if operation in ("mean", "distance"):
        return np.asarray(values.mean(axis=1), dtype=np.float64)
    if operation == "product":
        return np.asarray(values.prod(axis=1), dtype=np.float64)
    first, second = values[:, 0], values[:, 1]
    if operation == "difference":
        return np.asarray(first - second, dtype=np.float64)
    return np.asarray(np.divide(first, second, out=np.zeros_like(first), where=second != 0), dtype=np.float64)
