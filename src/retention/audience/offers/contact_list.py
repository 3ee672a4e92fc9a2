"""The lists that leave the house: whom to contact with what and why, and whom to leave alone."""

import numpy as np
import pandas as pd

from retention.audience.offers.reasons import ACTIONABLE, REASONS
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, PROBABILITY

HOLDOUT = TableSchema(
    rows="a customer of the control group, who is left alone, the most valuable first",
    columns={
        ID: ColumnSchema("id", "The customer."),
        PROBABILITY: ColumnSchema("number", "Of decline."),
        "segment": ColumnSchema("text", "The first segment that the customer belongs to, empty for none."),
        "offer": ColumnSchema("text", "The offer that was chosen."),
        "expected_value": ColumnSchema(
            "number", "What it is expected to bring, less its cost; without offers, what is at stake."
        ),
    },
)
OFFERS = TableSchema(
    rows="a customer to contact, the most valuable first; without offers every customer, the most at stake first",
    columns={
        **HOLDOUT.columns,
        **{name: ColumnSchema("text", "What pushes towards decline, the strongest first.") for name in REASONS},
        **{name: ColumnSchema("text", "Whether the shop can act on it: `yes` or `no`.") for name in ACTIONABLE},
    },
)


def build_contacts(
    customers: pd.DataFrame, segment: np.ndarray, offer: np.ndarray, expected_value: np.ndarray
) -> pd.DataFrame:
    """Return one row for each customer of `customers`, the most valuable first, ties in their order.

    Parameters
    ----------
    customers : DataFrame of k rows
        ``customer_id`` and ``decline_probability``.
    segment, offer : ndarray of str, shape (k,)
    expected_value : ndarray of shape (k,)
    """
    order = np.argsort(-expected_value, kind="stable")
    return pd.DataFrame(
        {
            ID: customers[ID].to_numpy(),
            PROBABILITY: customers[PROBABILITY].to_numpy(),
            "segment": pd.Series(segment, dtype="str").to_numpy(),
            "offer": pd.Series(offer, dtype="str").to_numpy(),
            "expected_value": expected_value,
        }
    ).iloc[order]
