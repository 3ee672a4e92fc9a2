"""What each customer-month teaches: a label, and how often it counts."""

import pandas as pd

from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH, TARGET

TIMES = "times"
TAUGHT = TableSchema(
    rows="a customer-month, in the order of the table that is learnt from",
    columns={
        MONTH: ColumnSchema("text", "The month."),
        ID: ColumnSchema("id", "The customer."),
        TARGET: ColumnSchema("integer", "The label that is learnt; of a treated customer not always what was seen."),
        TIMES: ColumnSchema("integer", "How often the row is learnt from; 0 is never."),
    },
)


def take_taught(learnt: pd.DataFrame, taught: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are learnt from, as often and with the labels as `taught` (`TAUGHT`, row by row) says."""
    given = learnt.assign(**{TARGET: taught[TARGET].to_numpy()})
    return given.loc[given.index.repeat(taught[TIMES])]
