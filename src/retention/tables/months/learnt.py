"""The customer-months that are learnt from, as one table."""

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.tables.columns import ID, MONTH, UNIT
from retention.tables.exclusions import find_twin_groups
from retention.tables.months.units import link_rows


def join_months(months: Mapping[str, pd.DataFrame], features: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the months, one month after another, with their month and unit."""
    dated = [frame.assign(**{MONTH: month}) for month, frame in months.items()]
    learnt = pd.concat(dated, ignore_index=True)
    learnt[UNIT] = number_units(learnt, features)
    return learnt[[MONTH, *(name for name in learnt.columns if name != MONTH)]]


def number_units(learnt: pd.DataFrame, features: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each row's unit, shape (n,), 0, 1, … in order of first appearance.

    Rows are of one unit if they are of one customer, or equal in every feature, or joined by others that are.
    """
    twins = find_twin_groups(nw.from_native(learnt, eager_only=True), features)
    return link_rows(pd.factorize(learnt[ID])[0], twins)
