"""Tables about the same customers, brought into one order."""

import pandas as pd

from retention.errors import UserError
from retention.tables.columns import ID


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
