"""The flaws of real exports, put into a clean draw: telling order of rows, twins, inactive, outlier, misspellings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.simulate.customers import Floats, Ints

FIRST_ID = 500_001
SMALLEST = 100  # customers; below it the blocks of rows cannot hold every defect
OWN = ("id", "monthly_profit", "campaign_draw")  # all that tells twins apart
OUTLIER = 984_317  # tenths of a rouble, some fourteen times the next largest
# How many of each there are among the real shop's 1,300 customers.
PER_1300 = {"twins": 11, "inactive": 3, "misspelt": 10}
# Where the file's blocks of one label end, as shares of that label's customers: row order gives the label away.
DECLINED_ENDS = (0.80, 0.90, 1.0)
KEPT_ENDS = (0.06, 0.12, 1.0)


@dataclass(frozen=True)
class Defects:
    """The rows that carry each flaw, by their place in the file."""

    originals: Ints
    copies: Ints  # shape (k,), the two sides of the twin pairs
    inactive: Ints  # without revenue before the current month
    outlier: int  # with an absurd current revenue
    misspelt: Ints  # with a misspelt service level


def _count(flaw: str, n: int) -> int:
    return max(1, round(PER_1300[flaw] * n / 1300))


def order_rows(declined: Ints) -> Ints:
    """Return the order in which the file lists the customers: by label, in blocks of unequal length."""
    parts = []
    groups = (np.flatnonzero(declined == 1), DECLINED_ENDS), (np.flatnonzero(declined == 0), KEPT_ENDS)
    for rows, ends in groups:
        parts.append(np.split(rows, [round(end * len(rows)) for end in ends[:-1]]))
    return np.concatenate([block for pair in zip(*parts, strict=True) for block in pair])


def choose_defects(customers: pd.DataFrame, uniform: Floats) -> Defects:
    """Choose the rows that get a flaw; none gets two, so that each can be counted.

    Customers are in the file's order; random numbers of shape (n,) decide which rows. Where they have no label, which
    nobody knows yet in a month, any may be inactive and there are no twins, which come as such.
    """
    n, free = len(customers), np.argsort(uniform, kind="stable")
    early, originals, copies = free, np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    if "declined" in customers:
        declined = customers["declined"].to_numpy()
        first = int(np.argmin(declined))  # length of the first block
        last = int(np.flatnonzero(np.diff(declined) == 1)[-1]) + 1  # start of the last block of declined customers
        pairs = np.arange(_count("twins", n))
        originals, copies = first - 1 - pairs[::-1], last + pairs
        free = free[~np.isin(free, np.concatenate([originals, copies]))]
        early = free[free < first]
    inactive, outlier = early[1 : 1 + _count("inactive", n)], int(early[0])
    standard = free[(customers["premium"].to_numpy()[free] == 0) & ~np.isin(free, early[: 1 + len(inactive)])]
    return Defects(originals, copies, inactive, outlier, standard[: _count("misspelt", n)])


def add_defects(customers: pd.DataFrame, defects: Defects) -> pd.DataFrame:
    """Return the customers with twins, inactive and outlier in place; spelling is the writer's."""
    source = np.arange(len(customers))
    source[defects.copies] = defects.originals
    flawed = customers.iloc[source].reset_index(drop=True)
    for own in OWN:
        flawed[own] = customers[own]
    flawed.loc[defects.inactive, ["revenue_before_previous", "revenue_previous", "promo_share"]] = 0
    flawed.loc[defects.outlier, "revenue_current"] = OUTLIER
    return flawed
