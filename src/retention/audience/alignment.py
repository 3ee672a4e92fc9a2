"""Tables about the same customers, brought into one order."""

import numpy as np
import pandas as pd

from retention.errors import UserError
from retention.tables.columns import ID, PROBABILITY


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
