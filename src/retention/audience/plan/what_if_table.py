"""The table of plans under other conditions."""

from retention.table_schema import ColumnSchema, TableSchema

WHAT_IF = TableSchema(
    rows="a position of the report's sliders; the first is the plan itself",
    columns={
        "method": ColumnSchema("text", "`plan`, or `rule` for the quick rule of the other positions."),
        "budget": ColumnSchema("number", "Infinite for none."),
        "threshold": ColumnSchema("number", "The least probability of whoever is contacted."),
        "factor": ColumnSchema("number", "What all effects are multiplied by."),
        "contacts": ColumnSchema("integer", "Contacted customers; none of them is reserved for a control group."),
        "spent": ColumnSchema("number", "Their cost."),
        "net_profit": ColumnSchema("number", "Expected, less the cost."),
        "above": ColumnSchema("integer", "Customers at the threshold or above."),
        "reachable": ColumnSchema("integer", "Those of them who may get some offer."),
    },
    more={
        "<offer>_customers": ColumnSchema("integer", "Customers chosen for this offer."),
        "<offer>_cost": ColumnSchema("number", "What it costs."),
        "<offer>_net_profit": ColumnSchema("number", "What it is expected to bring, less the cost."),
    },
)
