"""Twins: customers that are equal in every behaviour column."""

import pandas as pd

from retention.strict import Strict


class Twins(Strict):
    """Customers who are equal in every behaviour column.

    Parameters
    ----------
    groups, customers : int
        Groups of two or more, and the customers in them.
    label_differs : int
        Groups whose customers did not all do the same.
    """

    groups: int
    customers: int
    label_differs: int


def count_twins(group: pd.Series, label: pd.Series) -> Twins:
    """Count twins: rows that share `group` with another row."""
    sizes = group.groupby(group).transform("size")
    twins = sizes > 1
    labels = label[twins].groupby(group[twins]).nunique()
    return Twins(groups=int(group[twins].nunique()), customers=int(twins.sum()), label_differs=int((labels > 1).sum()))
