"""The table of who belongs to which segment."""

from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID

MEMBERSHIP = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer.")},
    more={"<segment>": ColumnSchema("flag", "Whether the customer fulfils the rules of this segment.")},
)
