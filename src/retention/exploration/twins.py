"""Twins: customers that are equal in every behaviour column."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Twins:
    """How many customers have a twin, in how many groups, and in how many of these the labels differ."""

    groups: int
    customers: int
    label_differs: int


def count_twins(group: pd.Series, label: pd.Series) -> Twins:
    """Count twins: rows that share `group` with another row."""
    sizes = group.groupby(group).transform("size")
    twins = sizes > 1
    labels = label[twins].groupby(group[twins]).nunique()
    return Twins(int(group[twins].nunique()), int(twins.sum()), int((labels > 1).sum()))
