"""Canonical names of the customer table's columns, in their order in the file."""

from retention.table_schema import ColumnSchema, TableSchema

ID = "customer_id"
TARGET = "declined"
PROFIT = "monthly_profit"
TWINS = "twin_group"
PROBABILITY = "decline_probability"
"""What a model gives; no column of the exports."""

CATEGORICAL = ("service_level", "accepts_messages", "favourite_category")
FEATURES = (
    "service_level",
    "accepts_messages",
    "marketing_contacts_6m",
    "marketing_contacts_current",
    "tenure_days",
    "promo_share",
    "favourite_category",
    "categories_per_visit",
    "unpaid_items",
    "service_errors",
    "pages_per_visit",
    "revenue_current",
    "revenue_previous",
    "revenue_before_previous",
    "minutes_current",
    "minutes_previous",
)
NUMERIC = tuple(name for name in FEATURES if name not in CATEGORICAL)

_DECLARED = "As declared in `tables.columns`."
CUSTOMERS = TableSchema(
    rows="a kept customer, in the order of the main export; no cell is empty",
    columns={
        ID: ColumnSchema("id", _DECLARED),
        TARGET: ColumnSchema("integer", "1 where purchasing activity dropped."),
        **{name: ColumnSchema("text" if name in CATEGORICAL else "number", _DECLARED) for name in FEATURES},
        PROFIT: ColumnSchema("number", _DECLARED),
        TWINS: ColumnSchema("integer", "Number of the group of customers who are equal in every feature."),
    },
)
