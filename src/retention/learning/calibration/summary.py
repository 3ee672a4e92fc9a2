"""What training leaves: ``calibration.json``, and the probabilities that no customer's own label has taught."""

from retention.estimate import Estimate
from retention.learning.model.choice import OutputScale
from retention.strict import Strict
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


class Candidate(Strict):
    """How good one way of calibrating is for the training customers, out of fold."""

    log_loss: float
    brier: float
    calibration_slope: float
    calibration_intercept: float
    roc_auc: float
    """The metrics of its probabilities."""
    log_loss_over_best: Estimate
    """By how much its log-loss exceeds that of the best candidate, by customer."""


class Calibration(Strict):
    """The chosen way of calibrating and what it was chosen from."""

    method: str
    """The chosen one."""
    output: OutputScale
    """What the model's output is: ``probability``, ``log-odds`` or a mere ``score``."""
    candidates: dict[str, Candidate]
    """Each method that was compared."""
