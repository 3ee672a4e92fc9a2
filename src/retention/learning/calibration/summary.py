"""What training leaves: ``calibration.json``, and the probabilities that no customer's own label has taught."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.estimate import Estimate
from retention.learning.folds import SPLIT
from retention.learning.model.choice import OutputScale
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, PROBABILITY, TARGET

_GIVEN = {
    PROBABILITY: ColumnSchema(
        "number", "Calibrated; by the model of the own fold for training customers, by the model for the others."
    ),
    "score": ColumnSchema("number", "The uncalibrated output on the same footing."),
    "fold": ColumnSchema("integer", "The fold of a training customer, from 1; 0 for the others."),
}
PROBABILITIES = TableSchema(
    rows="a customer acted on, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer."), **_GIVEN},
)
LEARNT_PROBABILITIES = TableSchema(
    rows="a customer-month, in the order of the table that is learnt from",
    columns={**SPLIT.columns, TARGET: ColumnSchema("integer", "1 where the customer declined."), **_GIVEN},
)


def find_folds(customer_id: pd.Series, learnt: pd.DataFrame) -> NDArray[np.int_]:
    """Return the fold that holds each training customer out, and 0 for everybody else, shape (n_customers,).

    `learnt` is a table of `LEARNT_PROBABILITIES`.
    """
    own = learnt[learnt["fold"] > 0].drop_duplicates(ID).set_index(ID)["fold"]
    return customer_id.map(own).fillna(0).to_numpy(dtype=int)


class Candidate(Strict):
    """How good one way of calibrating is for the training customers, out of fold."""

    log_loss: float  # of its probabilities
    brier: float  # likewise
    calibration_slope: float  # likewise; 1 is right
    calibration_intercept: float  # likewise; 0 is right
    roc_auc: float  # likewise
    log_loss_over_best: Estimate  # by how much its log-loss exceeds that of the best candidate, by customer


class Calibration(Strict):
    """The chosen way of calibrating and what it was chosen from."""

    method: str  # the chosen one
    output: OutputScale  # what the model's output is: ``probability``, ``log-odds`` or a mere ``score``
    candidates: dict[str, Candidate]  # each method that was compared
