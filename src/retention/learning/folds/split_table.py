"""The table of who is set aside for the test."""

from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID

SPLIT = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer."), "part": ColumnSchema("text", "`train` or `test`.")},
)
