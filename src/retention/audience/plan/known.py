"""What campaigns mean for a plan: effects as they are known now, who is not to be touched, what was sent already."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from retention.audience.declared import Effect, Offer
from retention.audience.offers.audience import Audience
from retention.audience.plan.problem import NOBODY
from retention.campaigns.design import Draw
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import ARM, BLOCK, CAMPAIGN, CHANCE, HELD, OFFER
from retention.errors import UserError
from retention.strict import Text, load_texts
from retention.tables.columns import ID


def leave_out(audience: Audience, untouched: pd.DataFrame) -> Audience:
    """Return the audience without the pairs that `untouched` (`UNTOUCHED`) forbids."""
    ids, left = audience.customers[ID].astype(str), audience.eligible.copy()
    for place, offer in enumerate(audience.offers):
        left[:, place] &= ~ids.isin(untouched.loc[untouched[OFFER].isin(["", offer]), ID]).to_numpy()
    return replace(audience, eligible=left)


def recall(launched: pd.DataFrame, audience: Audience) -> tuple[np.ndarray, Draw]:
    """Return the plan that was launched: the offer that each got or would have got, shape (n,), and who was left alone.

    Parameters
    ----------
    launched : DataFrame
        As `ASSIGNED`; customers who are not in the audience any more drop out.
    audience : Audience

    Raises
    ------
    UserError
        If an offer was launched that the settings do not have any more.
    """
    places = {name: place for place, name in enumerate(audience.offers)}
    if lost := sorted(set(launched[OFFER]) - set(places)):
        raise UserError(
            f"Campaign {launched[CAMPAIGN].iloc[0]} has the offer {lost[0]}, which the settings lack: put "
            "it back into conf/shop/<shop>/offers.yaml, or act on another month."
        )
    sent = launched.set_index(ID).reindex(audience.customers[ID].astype(str))
    place = sent[OFFER].map(places).fillna(NOBODY).to_numpy().astype(int)
    held, chance = (sent[ARM] == HELD).to_numpy(), sent[CHANCE].to_numpy(dtype=float)
    alone = np.nan_to_num(np.where(held, chance, 1 - chance))
    draw = Draw(held, sent[BLOCK].fillna(-1).to_numpy().astype(int), alone)
    return place, draw


def believe(offers: Mapping[str, Offer], effects: Effects) -> dict[str, Offer]:
    """Return the offers with the effects that are known now; a new one's is assumed, as the settings have it."""
    believed, measured = dict(offers), load_texts("retention.audience.plan", "words.yaml")["measured"]
    for name, offer in offers.items():
        if known := effects.offers.get(name):
            said = Text(ru=measured.ru.format(known=known), en=measured.en.format(known=known))
            source = offer.effect.source if known.status == "assumed" else said
            value = min(1.0, max(-1.0, known.estimate.value))
            effect = Effect(value=value, status=known.status, source=source)
            believed[name] = offer.model_copy(update={"effect": effect})
    return believed
