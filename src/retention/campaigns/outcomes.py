"""What became of a campaign's customers, and whether the comparison of its arms is sound."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from retention.campaigns.ledger import ARM, AT_STAKE, CHANCE, HELD, REACHED, REDEEMED, Entry
from retention.campaigns.summary import Alarm, Soundness
from retention.tables.columns import ID, TARGET, UNIT

GONE, LOST = "gone", "lost"
Absent = Literal["declined", "missing"]


def join_outcomes(entry: Entry, outcomes: pd.DataFrame, absent: Absent) -> pd.DataFrame:
    """Return the planned customers with what became of them.

    They are as `ASSIGNED`, with the label (NaN where it is missing), `GONE`, and `LOST`: the profit that is lost, all
    of it with a customer who is gone. `outcomes` has id and label of the campaign's month; `GONE`, if it is there, is
    true of customers who are no longer in the exports of the result, and who is not in the table at all is gone too.
    `absent` is what a customer counts as who is gone and has no label.
    """
    known = outcomes.astype({ID: str}).set_index(ID)
    rows = entry.assigned.join(known[[name for name in (TARGET, GONE) if name in known]], on=ID)
    unseen = rows[TARGET].isna()
    gone = unseen | rows[GONE].eq(True) if GONE in rows else unseen
    declined = rows[TARGET].astype(float).mask(unseen, 1.0 if absent == "declined" else np.nan)
    share = np.where(gone, 1.0, entry.launched.terms.loss_share)
    rows[TARGET], rows[GONE], rows[LOST] = declined, gone, declined * rows[AT_STAKE] * share
    return rows


def check_soundness(entry: Entry, rows: pd.DataFrame, alarm: float) -> Soundness:
    """Check the arms' sizes, who was reached though left alone, and who is gone.

    The rows are as `join_outcomes` gives them; below the probability `alarm` chance is no explanation.
    """
    held = (rows[ARM] == HELD).to_numpy()
    gone = rows[GONE].to_numpy()
    table = [[int((gone & arm).sum()), int((~gone & arm).sum())] for arm in (~held, held)]
    ratio, attrition = _compute_ratio(rows), float(stats.fisher_exact(table).pvalue)
    reached = redeemed = contaminated = None
    if entry.contacts is not None:
        told = rows[[ID]].join(entry.contacts.set_index(ID), on=ID)
        by_name = {name: told[name].eq(True).to_numpy() for name in (REACHED, REDEEMED)}
        reached, redeemed = (int((by_name[name] & ~held).sum()) for name in (REACHED, REDEEMED))
        contaminated = int((by_name[REACHED] & held).sum())
    wrong: dict[Alarm, bool] = {
        "sample_ratio": ratio < alarm,
        "contamination": bool(contaminated),
        "attrition": attrition < alarm,
    }
    return Soundness(
        sample_ratio=ratio,
        gone_contacted=table[0][0],
        gone_held=table[1][0],
        attrition=attrition,
        reached=reached,
        redeemed=redeemed,
        contaminated=contaminated,
        unknown=entry.unknown,
        alarms=tuple(name for name, holds in wrong.items() if holds),
    )


def _compute_ratio(rows: pd.DataFrame) -> float:
    """Return the two-sided probability of so many units left alone; blocks only make it smaller."""
    units = rows.groupby(UNIT).agg({ARM: "first", CHANCE: "first"})
    held = (units[ARM] == HELD).to_numpy()
    chance = np.where(held, units[CHANCE], 1 - units[CHANCE])
    spread = float(np.sqrt((chance * (1 - chance)).sum()))
    return float(2 * stats.norm.sf(abs(held.sum() - chance.sum()) / spread)) if spread > 0 else 1.0
