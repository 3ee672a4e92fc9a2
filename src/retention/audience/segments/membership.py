"""Who belongs to which segment."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from retention.audience.segments.rules import Rule, apply_all
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID

MEMBERSHIP = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer.")},
    more={"<segment>": ColumnSchema("flag", "Whether the customer fulfils the rules of this segment.")},
)


class Overlap(Strict):
    """How many customers each two segments share.

    Parameters
    ----------
    keys : list of str
        The segments, in the order of the rows and columns.
    customers : list of list of int
        A symmetric matrix of counts.
    share_of_row : list of list of float
        The same as a share of the segment of the row.
    """

    keys: list[str]
    customers: list[list[int]]
    share_of_row: list[list[float]]


def find_members(rules: Mapping[str, Sequence[Rule]], customers: pd.DataFrame) -> pd.DataFrame:
    """Return one bool column for each segment, one row for each customer, in the orders given."""
    return pd.DataFrame({key: apply_all(held, customers) for key, held in rules.items()}, index=customers.index)


def name_segment(members: pd.DataFrame) -> np.ndarray:
    """Return each customer's first segment in column order, or an empty string, shape (n,)."""
    keys = np.array([*members.columns, ""], dtype=object)
    held = np.column_stack([members.to_numpy(dtype=bool), np.ones(len(members), dtype=bool)])
    return np.asarray(keys[held.argmax(axis=1)])


def compute_overlap(members: pd.DataFrame) -> Overlap:
    """Return how many customers each two segments share, and that as a share of the first."""
    held = members.to_numpy(dtype=np.int64)
    common = held.T @ held
    sizes = np.maximum(common.diagonal(), 1)[:, None]
    shares = (common / sizes).tolist()
    return Overlap(keys=list(members.columns), customers=common.tolist(), share_of_row=shares)
