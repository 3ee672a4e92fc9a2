"""The table of probabilities that no customer's own label has taught."""

from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, PROBABILITY, TARGET

PROBABILITIES = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={
        ID: ColumnSchema("id", "The customer."),
        "part": ColumnSchema("text", "`train` or `test`."),
        TARGET: ColumnSchema("integer", "1 where purchasing activity dropped."),
        PROBABILITY: ColumnSchema(
            "number", "Calibrated; by the model of the own fold for training customers, by the model for the others."
        ),
        "score": ColumnSchema("number", "The uncalibrated output on the same footing."),
        "fold": ColumnSchema("integer", "The fold of a training customer, from 1; 0 for the test part."),
    },
)
