"""Tables about the same customers, brought into one order."""

import numpy as np
import pandas as pd

from retention.errors import UserError
from retention.learning.folds import PART
from retention.tables.columns import ID, MONTH, PROBABILITY


def align_rows(table: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return `table`, one row a customer, in the order of the customers.

    Raises
    ------
    UserError
        If the two do not hold the same customers.
    """
    if set(table[ID]) != set(customers[ID]):
        raise UserError("the files in artifacts/ hold different customers: run `dvc repro`.")
    return customers[[ID]].merge(table, on=ID, how="left", validate="one_to_one")


def join_probabilities(customers: pd.DataFrame, probabilities: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the customers with ``decline_probability``, and the fold that holds each out.

    Returns
    -------
    customers : DataFrame of n rows
    fold : ndarray of int, shape (n,)
        From 1; 0 for test customers.
    """
    known = align_rows(probabilities, customers)
    joined = customers.assign(**{PROBABILITY: known[PROBABILITY].to_numpy()})
    return joined, known["fold"].to_numpy()


def join_learnt(learnt: pd.DataFrame, probabilities: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the customer-months with their part and ``decline_probability``, and the fold that holds each out.

    Other rows, or in another order, are a `UserError`.
    """
    keys = [MONTH, ID]
    if not learnt[keys].equals(probabilities[keys]):
        raise UserError("the files in artifacts/ hold different customers: run `dvc repro`.")
    joined = learnt.assign(**{name: probabilities[name].to_numpy() for name in (PART, PROBABILITY)})
    return joined, probabilities["fold"].to_numpy()
