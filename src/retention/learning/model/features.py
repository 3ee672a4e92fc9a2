"""Feature steps: columns computed from a customer's own columns, and columns left out.

`ComputedColumns` names the columns of one shop; `MonthRatios` and `AssociatedColumns` find theirs in any shop's table.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2_contingency, mannwhitneyu
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

SOURCES = {"ratio": 2, "difference": 2, "product": None, "mean": None, "distance": None}
"""Each operation, and how many columns it takes (None: any number)."""


class ComputedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Adds columns that are computed from the ones there are, then drops some.

    `columns` map each new one to ``{operation: [source columns]}``. The operations are ``ratio`` (a / b, and 0 where b
    is 0), ``difference`` (a - b), ``product``, ``mean``, and ``distance``: the mean over the columns of the distance to
    the column's median among the customers it was fitted to. Once fitted, a customer's values never depend on who else
    is in the table.
    """

    def __init__(self, columns: Mapping[str, Mapping[str, Sequence[str]]], drop: Sequence[str] = ()) -> None:
        self.columns = columns
        self.drop = drop

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> "ComputedColumns":  # noqa: ARG002
        """Learn the medians; an unknown operation, a wrong number of columns or a missing one is a ValueError."""
        parsed = [_parse(name, declared) for name, declared in self.columns.items()]
        used = [source for _, sources in parsed for source in sources]
        if missing := sorted({*used, *self.drop} - set(X.columns)):
            raise ValueError(f"the table has no column {', '.join(missing)}")
        measured = [source for operation, sources in parsed if operation == "distance" for source in sources]
        self.medians_ = {source: float(np.nanmedian(X[source])) for source in measured}
        validate_data(self, X, skip_check_array=True)  # keeps the columns' names
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
        if operation in ("mean", "distance"):
            return np.asarray(values.mean(axis=1))
        if operation == "product":
            return np.asarray(values.prod(axis=1))
        first, second = values[:, 0], values[:, 1]
        if operation == "difference":
            return np.asarray(first - second)
        return np.asarray(np.divide(first, second, out=np.zeros_like(first), where=second != 0))

    def source_columns(self) -> dict[str, tuple[str, ...]]:
        """Return each new column with the columns it is made of."""
        return {name: tuple(_parse(name, declared)[1]) for name, declared in self.columns.items()}


class MonthRatios(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Adds, for every measure that is known month by month, what each month is of the one before: 0 where that is 0.

    `series` map each measure to its columns, the oldest month first; set from the roles of the shop's columns.
    """

    def __init__(self, series: Mapping[str, Sequence[str]] | None = None) -> None:
        self.series = series

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> "MonthRatios":
        """Check the table; there is nothing to learn."""
        ratios = {
            f"{later}_of_{earlier}": {"ratio": [later, earlier]}
            for months in (self.series or {}).values()
            for earlier, later in pairwise(months)
        }
        self.computed_ = ComputedColumns(ratios).fit(X, y)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of `X`, then the ratios."""
        check_is_fitted(self)
        return self.computed_.transform(X)

    def source_columns(self) -> dict[str, tuple[str, ...]]:
        """Return each new column with the two that it is made of."""
        return self.computed_.source_columns()


class AssociatedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps the columns that are associated with the label, and measures from the median those that tell more so.

    A column is kept if its association has at least this `significance`: that of a number, or of its distance from its
    median, by the test of Mann and Whitney, that of a category by the chi-squared test, where an empty one counts as
    one more. If no column is, all are kept. `distances` says whether a number whose distance from its median is so
    associated, and separates the label better than the number itself (by ROC-AUC), gets this distance beside it or in
    its place, so many `copies` of it: forests draw it as often.

    Once fitted, a customer's values never depend on who else is in the table. Fitted inside every fold, the choice
    is judged with the model that follows it.
    """

    def __init__(
        self, significance: float = 0.01, distances: Literal["none", "beside", "instead"] = "none", copies: int = 1
    ) -> None:
        self.significance = significance
        self.distances = distances
        self.copies = copies

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> "AssociatedColumns":
        """Test every column of the table against the label."""
        label = np.asarray(y) == np.max(y)
        chance: dict[str, float] = {}
        self.medians_: dict[str, float] = {}
        for name in X.columns:
            if not pd.api.types.is_numeric_dtype(X[name]):
                chance[name] = _test_category(X[name], label)
                continue
            values = X[name].to_numpy(dtype=np.float64)
            median = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
            by_value, separated = _test_number(values, label)
            by_distance, apart = _test_number(np.abs(values - median), label)
            chance[name] = min(by_value, by_distance)
            if self.distances != "none" and by_distance < self.significance and apart > separated:
                self.medians_[name] = median
        kept = [name for name in X.columns if chance[name] < self.significance] or list(X.columns)
        self.kept_ = [name for name in kept if self.distances != "instead" or name not in self.medians_]
        validate_data(self, X, skip_check_array=True)  # keeps the columns' names
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of `X` that are kept, then the distances."""
        check_is_fitted(self)
        far = {new: np.abs(X[name] - self.medians_[name]) for new, (name,) in self.source_columns().items()}
        return X[self.kept_].assign(**far)

    def source_columns(self) -> dict[str, tuple[str, ...]]:
        """Return each distance with the column that it is of."""
        return {f"{name}_from_median_{copy}": (name,) for name in self.medians_ for copy in range(1, self.copies + 1)}


def _test_number(values: NDArray[np.float64], label: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how probable such an association would be by chance, and how far its ROC-AUC lies from one half."""
    known = np.isfinite(values)
    ones, others = values[known & label], values[known & ~label]
    if not len(ones) or not len(others) or np.ptp(values[known]) == 0:
        return 1.0, 0.0
    test = mannwhitneyu(ones, others, method="asymptotic")
    return float(test.pvalue), abs(float(test.statistic) / (len(ones) * len(others)) - 0.5)


def _test_category(values: pd.Series, label: NDArray[np.bool_]) -> float:
    """Return how probable such an association would be by chance."""
    codes, _ = pd.factorize(values)
    counts = pd.crosstab(codes, label)
    return float(chi2_contingency(counts, correction=False).pvalue) if min(counts.shape) > 1 else 1.0


def _parse(name: str, declared: Mapping[str, Sequence[str]]) -> tuple[str, Sequence[str]]:
    """Return the operation of a new column and what it takes."""
    if len(declared) != 1 or not set(declared) <= set(SOURCES):
        raise ValueError(f"{name}: name one operation of {', '.join(SOURCES)}, not {', '.join(declared)}")
    operation, sources = next(iter(declared.items()))
    wanted = SOURCES[operation]
    if len(sources) < 1 or (wanted and len(sources) != wanted):
        raise ValueError(f"{name}: {operation} takes {wanted or 'some'} columns, not {len(sources)}")
    return operation, sources
