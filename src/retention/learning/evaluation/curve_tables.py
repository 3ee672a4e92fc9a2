"""The tables of the curves behind the metrics."""

from retention.table_schema import ColumnSchema, TableSchema

_THRESHOLD = ColumnSchema("number", "Customers at it or above are called declining; empty where none is.")
CURVES = {
    "roc": TableSchema(
        rows="a threshold, from the highest",
        columns={
            "false_positive_rate": ColumnSchema("number", "Of those who kept their level, who are called declining."),
            "true_positive_rate": ColumnSchema("number", "Of those who declined, who are called declining."),
            "threshold": _THRESHOLD,
        },
    ),
    "pr": TableSchema(
        rows="a threshold, from the highest",
        columns={
            "recall": ColumnSchema("number", "Of those who declined, who are called declining."),
            "precision": ColumnSchema("number", "Of those who are called declining, who declined."),
            "threshold": _THRESHOLD,
        },
    ),
    "calibration": TableSchema(
        rows="a group of test customers with like probability",
        columns={
            "mean_probability": ColumnSchema("number", "What was said of them."),
            "decline_rate": ColumnSchema("number", "What they did."),
            "low": ColumnSchema("number", "The lower end of the rate's interval (Jeffreys)."),
            "high": ColumnSchema("number", "The upper end."),
            "customers": ColumnSchema("integer", "How many they are."),
        },
    ),
    "lift": TableSchema(
        rows="a share of the customers, the most endangered first",
        columns={
            "share_contacted": ColumnSchema("number", "The share."),
            "gain": ColumnSchema("number", "The share of all decliners among them."),
            "lift": ColumnSchema("number", "Gain over share."),
        },
    ),
}
"""By the name of the file."""
