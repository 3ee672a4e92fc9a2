"""What the campaigns before mean for a plan: effects as they are known now, and who is not to be touched."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.offers.offer import Effect, Offer
from retention.campaigns.effects import Effects, OfferEffect
from retention.campaigns.ledger import OFFER
from retention.strict import Text
from retention.tables.columns import ID


def leave_out(audience: Audience, untouched: pd.DataFrame) -> Audience:
    """Return the audience without the pairs that `untouched` (`UNTOUCHED`) forbids."""
    ids, left = audience.customers[ID].astype(str), audience.eligible.copy()
    for place, offer in enumerate(audience.offers):
        left[:, place] &= ~ids.isin(untouched.loc[untouched[OFFER].isin(["", offer]), ID]).to_numpy()
    return replace(audience, eligible=left)


def believe(offers: Mapping[str, Offer], effects: Effects) -> dict[str, Offer]:
    """Return the offers with the effects that are known now, whatever the settings say; a new one's is assumed."""
    believed = dict(offers)
    for name in sorted(offers.keys() & effects.offers.keys()):
        offer, known = offers[name], effects.offers[name]
        source = offer.effect.source if known.status == "assumed" else _say_source(known)
        value = min(1.0, max(-1.0, known.estimate.value))
        effect = Effect(value=value, status=known.status, source=source)
        believed[name] = offer.model_copy(update={"effect": effect})
    return believed


def _say_source(known: OfferEffect) -> Text:
    return Text(
        ru=f"По кампаниям с контрольной группой: кампаний — {known.campaigns}, получили — {known.contacted}, "
        f"контроль — {known.held}; вес измерений — {known.weight:.0%}, остальное — предположение.",
        en=f"By campaigns with a control group: {known.campaigns}, contacted {known.contacted}, left alone "
        f"{known.held}; they weigh {known.weight:.0%}, the rest is what was assumed.",
    )
