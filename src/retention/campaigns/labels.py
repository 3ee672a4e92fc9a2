"""What the labels of treated customers teach: whom a campaign contacted might have declined without it.

Treated are the customer-months of a campaign's own month: of their label the effect was measured. What it does to the
labels of the months before, which are still open when it begins, no comparison of its arms has shown.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.campaigns.ledger import ARM, CHANCE, CONTACTED, HELD, OFFER, Entry
from retention.determinism import draw_number
from retention.tables.columns import ID, MONTH, PROBABILITY, TARGET
from retention.tables.months.rows import TIMES

Treated = Literal["corrected", "left_out", "as_seen"]
Counts = NDArray[np.int_]


def count_for(learnt: pd.DataFrame, entries: Sequence[Entry]) -> Counts:
    """Return for how many customer-months each counts where what happens without campaigns is asked, shape (n,).

    Nobody knows it of the contacted, 0. Those left alone stand for all who were planned, 1/π; everyone else for one.

    Parameters
    ----------
    learnt : DataFrame of n rows
        Customer-months: month and id.
    entries : sequence of Entry
    """
    assigned = _find_assigned(learnt, entries)
    chance = np.where(assigned[ARM] == HELD, assigned[CHANCE].astype(float), 1.0)
    return np.where(assigned[ARM] == CONTACTED, 0, np.round(1 / chance)).astype(int)


def teach(
    learnt: pd.DataFrame, entries: Sequence[Entry], effects: Mapping[str, float], treated: Treated
) -> pd.DataFrame:
    """Return what each customer-month of `learnt` teaches, as `TAUGHT`.

    Parameters
    ----------
    learnt : DataFrame of n rows
        Month, id and label.
    effects : mapping of str to float
        By offer, the share of the declines that it avoids; negative where it does harm.
    treated : {"corrected", "left_out", "as_seen"}
        ``label.treated``.
    """
    times = count_for(learnt, entries) if treated == "left_out" else np.ones(len(learnt), dtype=int)
    label = correct_labels(learnt, entries, effects) if treated == "corrected" else learnt[TARGET]
    return learnt[[MONTH, ID]].assign(**{TARGET: label, TIMES: times})


def correct_labels(learnt: pd.DataFrame, entries: Sequence[Entry], effects: Mapping[str, float]) -> Counts:
    """Return the labels, those of the contacted drawn as they would be had nobody contacted them, shape (n,).

    With frozen probability p and effect e > 0 the contacted decline with p(1 − e). Who declined would have anyway; of
    the others pe/(1 − p(1 − e)) would have declined, so that the share is p again. With e < 0 some declined because of
    the offer, −e/(1 − e) of them. Who it is a hash of month and customer decides, always the same: any model can learn
    from labels of 0 and 1.
    """
    label, assigned = learnt[TARGET].to_numpy(dtype=int), _find_assigned(learnt, entries)
    sent = (assigned[ARM] == CONTACTED).to_numpy()
    effect = assigned.loc[sent, OFFER].map(effects).fillna(0.0).to_numpy(dtype=float)
    avoided, caused, risk = np.maximum(effect, 0), np.maximum(-effect, 0), assigned.loc[sent, PROBABILITY].astype(float)
    saved = (risk * avoided / np.maximum(1 - risk * (1 - avoided), 1e-9)).to_numpy()
    keys = learnt.loc[sent, [MONTH, ID]].astype(str).itertuples(index=False)
    luck = np.array([draw_number(f"untreated:{month}:{customer_id}") for month, customer_id in keys])
    corrected = label.copy()
    corrected[sent] = np.where(label[sent] == 1, luck >= caused / (1 + caused), luck < saved)
    return corrected


def _find_assigned(learnt: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """Return for each customer-month what its campaign had planned, NaN without one; the index is that of `learnt`."""
    names = [MONTH, ID, ARM, OFFER, CHANCE, PROBABILITY]
    planned = pd.concat([pd.DataFrame(columns=names, dtype=object), *(entry.assigned[names] for entry in entries)])
    found = learnt[[MONTH, ID]].astype(str).merge(planned, on=[MONTH, ID], how="left", validate="many_to_one")
    return found.set_index(learnt.index)
