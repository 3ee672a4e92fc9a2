"""The table of what each column adds to each customer's output."""

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
