"""What the stage ``explain`` leaves: each customer's attributions, and what they say of all customers together."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from retention.learning.model.choice import OutputScale
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID


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

    column: str
    """The source column."""
    mean_abs: float
    share: float
    """The mean absolute attribution, in units of the output, and its share of the sum over the columns."""
    share_low: float
    share_high: float
    """Between them lies the share in 95 % of the resamples of customers."""
    first_rank: int
    last_rank: int
    """Likewise of the column's rank, 1 for the most important."""
    direction: Literal[-1, 0, 1] | None
    """The sign of the rank correlation of value and attribution, 0 if it is near 0; None where values have no order."""
    refit_first_rank: int
    refit_last_rank: int
    """The smallest and largest rank in a model that was fitted without a part of the customers."""


class ShapePart(Strict):
    """The attributions of one column for the customers with like values."""

    customers: int
    mean: float
    low: float
    high: float
    """How many they are, the mean of their attributions, and their 10 % and 90 % quantiles."""


class CategoryPart(ShapePart):
    """The customers with one value of a categorical column."""

    value: str
    """That value."""


class RangePart(ShapePart):
    """The customers whose value of a numeric column lies in a range."""

    start: float
    end: float
    """The least and the greatest of their values."""


class Explanation(Strict):
    """What moves the model's output."""

    explained: OutputScale
    """What the output is."""
    method: Literal["linear", "tree", "permutation"]
    """How it was attributed; the first two are exact, the last is sampled."""
    sampling_error: float
    """The root mean square over customers and columns of the attributions' standard errors; 0 where they are exact."""
    customers: int
    refits: int
    """How many were explained, and how many models were fitted without a part of the customers."""
    agreement: float
    """The mean rank correlation of the shares in two of them, 1 for the same order in all."""
    importance: tuple[ColumnImportance, ...]
    """The columns, the most important first."""
    shapes: dict[str, tuple[CategoryPart, ...] | tuple[RangePart, ...]]
    """Column → how its attribution depends on its value."""
    pictured: int | None = Field(default=None, exclude_if=lambda customers: customers is None)
    """Customers in shap's pictures where these are a sample; else it is not there."""
