"""How customers answer a campaign: who was reached, who used the offer, who declined all the same, what it cost."""

import numpy as np
import pandas as pd

from retention.campaigns.ledger import ARM, CONTACTED, COST, OFFER, REACHED, REDEEMED
from retention.errors import UserError
from retention.tables.columns import ID, TARGET

USES = 0.15  # the chance that an offer is used by one whom it does not keep from declining


def answer_campaign(assigned: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return what the shop's own system would see of a campaign.

    `assigned` has a row a customer of the campaign as `ASSIGNED`: `ID`, `OFFER` (of those held too), `ARM` and `COST`;
    `truth` is of its month, as `write_months` writes it. Added are `REACHED`, `REDEEMED` and `TARGET`, 0 or 1 each: a
    customer declines if and only if ``campaign_draw < true_probability - effect_<offer>``, with an effect of 0 for
    those held. Effects are those of sending: 0 where nobody is reached. `COST` becomes what arose, so 0 for whoever was
    held or not reached.

    Raises
    ------
    UserError
        If a customer or an offer is not in `truth`.
    """
    known = truth.set_index(truth["id"].astype(str)).reindex(assigned[ID].astype(str))
    effects = known.filter(like="effect_")
    column = effects.columns.get_indexer(pd.Index("effect_" + assigned[OFFER].astype(str)))
    for name, unknown in ((ID, known["id"].isna().to_numpy()), (OFFER, column < 0)):
        if unknown.any():
            raise UserError(
                f"The campaign's {name} {assigned[name][unknown].iloc[0]} is not in the truth of its month."
            )
    sent = (assigned[ARM] == CONTACTED).to_numpy()
    effect = np.where(sent, effects.to_numpy()[np.arange(len(column)), column], 0.0)
    probability, draw = known["true_probability"].to_numpy(), known["campaign_draw"].to_numpy()
    declined = draw < probability - effect
    reached = sent & effects.to_numpy().any(axis=1)
    luck = draw * 1e4 % 1  # the last digits of the draw, on which nothing else depends
    redeemed = reached & ((~declined & (draw < probability)) | (luck < USES))
    flags = {REACHED: reached, REDEEMED: redeemed, TARGET: declined}
    cost = assigned[COST].where(reached, 0.0)
    return assigned.assign(**{name: flag.astype(np.int64) for name, flag in flags.items()}, **{COST: cost})
