"""The table of a search's trials."""

from retention.table_schema import ColumnSchema, TableSchema

TRIALS = TableSchema(
    rows="a trial, in the order of their numbers",
    columns={
        "number": ColumnSchema("integer", "From 0."),
        "batch": ColumnSchema("integer", "The trials that were proposed together."),
        "state": ColumnSchema("text", "`complete`, `pruned`, `failed` or `repeated`."),
        "model": ColumnSchema("text", "The family."),
        "scaler": ColumnSchema("text", "The step of this name."),
        "encoder": ColumnSchema("text", "The step of this name."),
        "features": ColumnSchema("text", "The step of this name."),
        "params": ColumnSchema("text", "What was searched, as JSON."),
        "roc_auc": ColumnSchema("number", "The mean over the folds if every one was run, else empty."),
        "reason": ColumnSchema("text", "Why it was ended before, or what it failed with."),
        "repeat_of": ColumnSchema("integer", "The earlier trial with the same choice, if there is one."),
    },
    more={"fold_<number>": ColumnSchema("number", "ROC-AUC of a fold, empty where it was not run.")},
)
