"""What the stage ``explain`` leaves: each customer's attributions, and what they say of all customers together."""

from typing import Literal

from retention.learning.model.choice import OutputScale
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import FEATURES, ID

ATTRIBUTIONS = TableSchema(
    rows="a customer, in the order of the customer table; `base_value` and the features' columns add up to `output`",
    columns={
        ID: ColumnSchema("id", "The customer."),
        "base_value": ColumnSchema("number", "The output before any column is known."),
        "output": ColumnSchema("number", "What is explained."),
        **{name: ColumnSchema("number", "What this column adds.") for name in FEATURES},
    },
)


class ColumnImportance(Strict):
    """How much one column matters, and in which direction.

    Parameters
    ----------
    column : str
        The source column.
    mean_abs : float
        The mean absolute attribution, in units of the output.
    share : float
        Of the sum of `mean_abs` over the columns.
    share_low, share_high : float
        Between them lies the share in 95 % of the resamples of customers.
    first_rank, last_rank : int
        Likewise of the column's rank, 1 for the most important.
    rank_correlation : float or None
        Of value and attribution; None where values have no order.
    direction : int or None
        The sign of `rank_correlation`, 0 if it is near 0.
    refit_share_low, refit_share_high : float
        The smallest and largest share in a model that was fitted without a part of the customers.
    refit_first_rank, refit_last_rank : int
        Likewise of the rank.
    """

    column: str
    mean_abs: float
    share: float
    share_low: float
    share_high: float
    first_rank: int
    last_rank: int
    rank_correlation: float | None
    direction: Literal[-1, 0, 1] | None
    refit_share_low: float
    refit_share_high: float
    refit_first_rank: int
    refit_last_rank: int


class ShapePart(Strict):
    """The attributions of one column for the customers with like values.

    Parameters
    ----------
    customers : int
        How many they are.
    mean, low, high : float
        The mean of their attributions, and their 10 % and 90 % quantiles.
    """

    customers: int
    mean: float
    low: float
    high: float


class CategoryPart(ShapePart):
    """The customers with one value of a categorical column.

    Parameters
    ----------
    value : str
        That value.
    """

    value: str


class RangePart(ShapePart):
    """The customers whose value of a numeric column lies in a range.

    Parameters
    ----------
    start, end : float
        The least and the greatest of their values.
    """

    start: float
    end: float


class Explanation(Strict):
    """What moves the model's output.

    Parameters
    ----------
    explained : str
        What the output is: ``probability``, ``log-odds`` or a mere ``score``.
    method : str
        How it was attributed: ``linear``, ``tree`` (both exact) or ``permutation`` (sampled).
    sampling_error : float
        The root mean square over customers and columns of the attributions' standard errors; 0 where they are exact.
    customers : int
        How many were explained.
    refits : int
        How many models were fitted without a part of the customers.
    agreement : float
        The mean rank correlation of the shares in two of them, 1 for the same order in all.
    importance : tuple of ColumnImportance
        The columns, the most important first.
    shapes : dict
        Column → how its attribution depends on its value.
    """

    explained: OutputScale
    method: Literal["linear", "tree", "permutation"]
    sampling_error: float
    customers: int
    refits: int
    agreement: float
    importance: tuple[ColumnImportance, ...]
    shapes: dict[str, tuple[CategoryPart, ...] | tuple[RangePart, ...]]
