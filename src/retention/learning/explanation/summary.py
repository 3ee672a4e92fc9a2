"""What the stage ``explain`` leaves: each customer's attributions, and what they say of all customers together."""

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from retention.learning.evaluation.bootstrap import count_resamples
from retention.learning.model.choice import OutputScale
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID

CLEAR = 0.1  # a rank correlation nearer to 0 has no direction, however many customers there are


def build_attributions_schema(names: Sequence[str]) -> TableSchema:
    """Return what the table of attributions to the features `names` holds."""
    return TableSchema(
        rows="a customer, in the customer table's order; `base_value` and the features' columns add up to `output`",
        columns={
            ID: ColumnSchema("id", "The customer."),
            "base_value": ColumnSchema("number", "The output before any column is known."),
            "output": ColumnSchema("number", "What is explained."),
            **{name: ColumnSchema("number", "What this column adds.") for name in names},
        },
    )


class ColumnImportance(Strict):
    """How much one column matters, and in which direction."""

    column: str  # the source column
    mean_abs: float  # the mean absolute attribution, in units of the output
    share: float  # its share of the sum over the columns
    share_low: float  # above this end and below the next lies the share in 95 % of the resamples of customers
    share_high: float  # the upper end, likewise
    first_rank: int  # the lower end of the column's rank, 1 for the most important, likewise
    last_rank: int  # the upper end of the rank
    direction: Literal[-1, 0, 1] | None
    """The sign of the rank correlation of value and attribution, 0 if it is near 0; None where values have no order."""
    refit_first_rank: int  # the smallest rank in a model that was fitted without a part of the customers
    refit_last_rank: int  # the largest rank, likewise


class ShapePart(Strict):
    """The attributions of one column for the customers with like values."""

    customers: int  # how many they are
    mean: float  # the mean of their attributions
    low: float  # their 10 % quantile
    high: float  # their 90 % quantile


class CategoryPart(ShapePart):
    """The customers with one value of a categorical column."""

    value: str  # that value


class RangePart(ShapePart):
    """The customers whose value of a numeric column lies in a range."""

    start: float  # the least of their values
    end: float  # the greatest of their values


class Explanation(Strict):
    """What moves the model's output."""

    explained: OutputScale  # what the output is
    method: Literal["linear", "tree", "permutation"]
    """How it was attributed; the first two are exact, the last is sampled."""
    sampling_error: float
    """The root mean square over customers and columns of the attributions' standard errors; 0 where they are exact."""
    customers: int  # how many were explained
    refits: int  # how many models were fitted without a part of the customers
    agreement: float  # the mean rank correlation of the shares in two of them, 1 for the same order in all
    importance: tuple[ColumnImportance, ...]  # the columns, the most important first
    shapes: dict[str, tuple[CategoryPart, ...] | tuple[RangePart, ...]]
    """Column → how its attribution depends on its value."""
    pictured: int | None = Field(default=None, exclude_if=lambda customers: customers is None)
    """Customers in shap's pictures where these are a sample; else it is not there."""


def find_direction(column: pd.Series, attributed: pd.Series) -> int:
    """Return 1 if larger values go with larger attributions, −1 with smaller ones, 0 if neither is clear.

    Clear is a rank correlation, of the values that are known, of at least `CLEAR` and of two standard errors.
    """
    known, of_known = column.dropna(), attributed[column.notna()]
    if known.nunique() < 2 or of_known.nunique() < 2:
        return 0
    correlation = float(known.rank().corr(of_known.rank()))
    clear = abs(correlation) >= max(CLEAR, 2 / np.sqrt(len(known) - 1))
    return int(np.sign(correlation)) if clear else 0


def summarise_importance(
    values: pd.DataFrame,
    frame: pd.DataFrame,
    refits: pd.DataFrame,
    categorical: Collection[str],
    resamples: int,
    seed: int,
) -> tuple[ColumnImportance, ...]:
    """Return the columns, the most important first.

    `values` are the attributions, (n_customers, n_columns), to the columns of `frame`, of which the values of the
    `categorical` ones have no order; `refits` are by `compute_refit_shares`.
    """
    absolute = values.abs()
    resampled = _resample_shares(absolute, resamples, seed)
    ranks, refit_ranks = _rank(resampled), _rank(refits)
    table = pd.DataFrame(
        {
            "mean_abs": absolute.mean(),
            "share": _divide_up(absolute.mean().to_frame().T).iloc[0],
            "share_low": resampled.quantile(0.025),
            "share_high": resampled.quantile(0.975),
            "first_rank": ranks.quantile(0.025, interpolation="nearest"),
            "last_rank": ranks.quantile(0.975, interpolation="nearest"),
            "refit_first_rank": refit_ranks.min(),
            "refit_last_rank": refit_ranks.max(),
        }
    ).sort_values("mean_abs", ascending=False, kind="stable")
    direction = {name: None if name in categorical else find_direction(frame[name], values[name]) for name in values}
    rows = table.assign(column=table.index, direction=pd.Series(direction, dtype=object)).to_dict("records")
    return tuple(ColumnImportance.model_validate(row) for row in rows)


def summarise_shapes(
    values: pd.DataFrame, frame: pd.DataFrame, categorical: Collection[str], bins: int
) -> dict[str, tuple[CategoryPart, ...] | tuple[RangePart, ...]]:
    """Return by column how its attribution depends on its value: by category, or by `bins` ranges between quantiles."""
    shapes: dict[str, tuple[CategoryPart, ...] | tuple[RangePart, ...]] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        few = name in categorical or column.nunique() <= bins
        key = column if few else pd.qcut(column, bins, labels=False, duplicates="drop")
        parts = [(own, _spread(values.loc[own.index, name])) for _, own in column.groupby(key.to_numpy(), sort=True)]
        if name in categorical:
            shapes[name] = tuple(CategoryPart(value=str(own.iloc[0]), **spread) for own, spread in parts)
        else:
            shapes[name] = tuple(RangePart(start=own.min(), end=own.max(), **spread) for own, spread in parts)
    return shapes


def compute_refit_shares(values: pd.DataFrame, fold: NDArray[np.int_]) -> pd.DataFrame:
    """Return each column's share of the mean absolute attributions, (n_folds, n_columns), by the model of a fold.

    `fold` holds the customer out, from 1; it is 0 for customers of the final model, which is no refit unless there are
    no others.
    """
    refit = fold > 0 if fold.any() else fold == 0
    return _divide_up(values[refit].abs().groupby(fold[refit]).mean())


def compute_agreement(refits: pd.DataFrame) -> float:
    """Return the mean rank correlation of two refits' shares, 1 for the same order in all or a single one."""
    if len(refits) < 2:
        return 1.0
    between = refits.T.corr(method="spearman").to_numpy()
    return float(np.nan_to_num(between[np.triu_indices(len(refits), 1)]).mean())  # one that is constant has no order


def _resample_shares(absolute: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    rng, n, values = np.random.default_rng(seed), len(absolute), absolute.to_numpy()
    even, drawn = np.full(n, 1 / n), range(count_resamples(resamples, n))
    return _divide_up(pd.DataFrame([rng.multinomial(n, even) @ values for _ in drawn], columns=absolute.columns))


def _divide_up(sums: pd.DataFrame) -> pd.DataFrame:
    """Return each row's shares of its sum; all are 0 of a model that is constant."""
    return sums.div(sums.sum(axis=1), axis=0).fillna(0.0)


def _rank(shares: pd.DataFrame) -> pd.DataFrame:
    return shares.rank(axis=1, ascending=False, method="first").astype(int)


def _spread(attributed: pd.Series) -> dict[str, float]:
    low, high = np.quantile(attributed, [0.1, 0.9])
    return {"customers": len(attributed), "mean": float(attributed.mean()), "low": float(low), "high": float(high)}
