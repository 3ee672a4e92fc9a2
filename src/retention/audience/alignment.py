"""Tables about the same customers, brought into one order."""

import pandas as pd

from retention.errors import UserError
from retention.tables.columns import ID, MONTH


def align_rows(table: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return `table`, one row a customer or a customer-month, in the order of the customers.

    Raises
    ------
    UserError
        If the two do not hold the same customers.
    """
    keys = [name for name in (MONTH, ID) if name in table and name in customers]
    aligned = customers[keys].merge(table, on=keys, validate="one_to_one")
    if not len(aligned) == len(table) == len(customers):
        raise UserError("the files in artifacts/ hold different customers: run `dvc repro`.")
    return aligned
