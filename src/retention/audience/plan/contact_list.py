"""The lists that leave the house: whom to contact with what and why, and whom to leave alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from babel.dates import format_date

from retention.audience.declared import CHANNELS, Offer
from retention.audience.offers.audience import Audience
from retention.audience.offers.reasons import ACTIONABLE, REASONS
from retention.audience.plan.campaign import Campaign, tabulate_planned
from retention.audience.plan.problem import pick
from retention.audience.segments.rules import SegmentRules
from retention.campaigns.ledger import ARM, CONTACTED, HELD, hash_plan
from retention.numbers import choose_form
from retention.strict import Language, Text, load_texts
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, PROBABILITY

DECIMALS = 4  # of sums and probabilities: a customer's part may be thousandths of the unit
DIGITS = 12  # of the digest, as in all sentences
WORDS = load_texts("retention.audience.plan", "words.yaml")
NONE = WORDS["nothing"]
_DAY = Text(ru="d MMMM y", en="MMMM d, y")
_MONTHS = {"ru": ("месяца", "месяцев", "месяцев"), "en": ("month", "months")}
_REASON = "What pushes towards decline, the strongest first; empty where fewer columns do."

HOLDOUT = TableSchema(
    rows="a customer of the control group, who is left alone, the most valuable first",
    columns={
        ID: ColumnSchema("id", "The customer."),
        ARM: ColumnSchema(
            "text", f"The group: `{CONTACTED}`, or `{HELD}`, who is not contacted; `none` without offers."
        ),
        "offer_code": ColumnSchema("text", "The offer, as in the settings."),
        "offer": ColumnSchema("text", "Its name, in the report's language, as all words here; `none` without one."),
        "channel_code": ColumnSchema("text", "Where the customer meets it, as in the settings."),
        "channel": ColumnSchema("text", "In words."),
        "parameter": ColumnSchema("text", "What the offer leaves open: a category, a number, a level."),
        "parameter_code": ColumnSchema(
            "text", "Its code, the same in every language: a category's key, a number, else the value's English words."
        ),
        "parameter_value": ColumnSchema("text", "What it is for this customer, in words."),
        "valid_until": ColumnSchema(
            "text", "The last day on which the offer holds, by the month acted on; without a month, how long."
        ),
        "message": ColumnSchema("text", "What to write to the customer, filled in."),
        "segment_code": ColumnSchema("text", "The first segment that the offer is meant for, else the first of all."),
        "segment": ColumnSchema("text", "Its name."),
        "expected_cost": ColumnSchema("number", "What the contact costs."),
        "expected_value": ColumnSchema(
            "number", "What it is expected to bring, less its cost; without offers, what is at stake."
        ),
        PROBABILITY: ColumnSchema("number", "Of decline; internal, not to be shown to the customer."),
        "plan": ColumnSchema("text", "The beginning of the plan's digest, which a launch writes into `campaign.json`."),
    },
    more={
        "in_<segment>": ColumnSchema(
            "integer",
            "1 for a member of this segment, 0 for others; last in the list, found segments behind declared ones.",
        )
    },
)
OFFERS = TableSchema(
    rows="a customer to contact, the most valuable first; without offers every customer, the most at stake first",
    columns={
        **HOLDOUT.columns,
        **{name: ColumnSchema("text", _REASON) for name in REASONS},
        **{name: ColumnSchema("text", "Whether the shop can act on it: `yes`, `no` or empty.") for name in ACTIONABLE},
    },
    more=HOLDOUT.more,
)


@dataclass(frozen=True)
class Told:
    """In which words the lists speak."""

    language: Language
    categories: Mapping[str, Mapping[str, Text]]  # the labels of categorical values, by column
    rules: SegmentRules  # with the names of the segments
    month: str  # which is acted on; empty where months have no date


def list_customers(
    audience: Audience,
    campaign: Campaign,
    who: np.ndarray,
    customers: pd.DataFrame,
    told: Told,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row for each of `who`, bool, shape (n,), the most valuable first, ties in their order.

    They are as `OFFERS` with `reasons`, as `HOLDOUT` without. No text but theirs is empty: where there is no offer,
    segment or parameter the cell says so. `customers` and `reasons` hold `who` in their order. The columns that a
    search names, which may be others every month, stand last.
    """
    place, segments = campaign.planned, campaign.segment[who]
    value = (pick(campaign.problem.values, place) if audience.offers else audience.stake)[who]
    names = {**told.rules.names, "": NONE}
    table = {
        ID: customers[ID].to_numpy(),
        ARM: np.where(campaign.held, HELD, CONTACTED)[who] if audience.offers else NONE.en,
        **_fill_offers(audience.offers, place[who], customers, told),
        "segment_code": [key or NONE.en for key in segments],
        "segment": [names.get(key, Text(ru=key, en=key))[told.language] for key in segments],
        "expected_cost": pick(audience.costs, place)[who].round(DECIMALS),
        "expected_value": value.round(DECIMALS),
        PROBABILITY: audience.probability[who].round(DECIMALS),
        "plan": hash_plan(tabulate_planned(audience, campaign))[:DIGITS],
    }
    inside = audience.members[who].astype(int).add_prefix("in_").reset_index(drop=True)
    return pd.concat([pd.DataFrame(table), reasons, inside], axis=1).iloc[np.argsort(-value, kind="stable")]


def _fill_offers(
    offers: Mapping[str, Offer], place: np.ndarray, customers: pd.DataFrame, told: Told
) -> dict[str, np.ndarray]:
    """Return what the customers are told of the offers at their `place`, `NOBODY` for none: columns of text, (n,)."""
    names = ("offer_code", "offer", "channel_code", "channel", "parameter", "parameter_code", "parameter_value")
    columns = [*names, "valid_until", "message"]
    filled = pd.DataFrame(NONE[told.language], index=range(len(place)), columns=columns, dtype="str")
    filled[[name for name in names if name.endswith("_code")]] = NONE.en
    for number, (key, offer) in enumerate(offers.items()):
        rows = place == number
        filled.loc[rows, ["offer_code", "offer"]] = key, offer.name[told.language]
        filled.loc[rows, ["channel_code", "channel"]] = offer.channel, CHANNELS[offer.channel][told.language]
        end = (pd.Period(told.month, "M") + offer.valid_months).end_time.date() if told.month else None
        filled.loc[rows, "valid_until"] = end.isoformat() if end else _say_months("after", offer, told.language)
        if offer.parameter and rows.any():
            words, codes = offer.parameter.fill(customers[rows], told.categories, told.language)
            filled.loc[rows, "parameter"] = offer.parameter.name[told.language]
            filled.loc[rows, "parameter_code"], filled.loc[rows, "parameter_value"] = codes, words
        until, template = _say_until(offer, end, told.language), offer.message[told.language]
        filled.loc[rows, "message"] = [
            template.format(parameter=value, until=until) for value in filled.loc[rows, "parameter_value"]
        ]
    return {name: filled[name].to_numpy() for name in columns}


def _say_until(offer: Offer, end: date | None, language: Language) -> str:
    if end:
        return WORDS["until"][language].format(day=format_date(end, _DAY[language], language))
    return _say_months("within", offer, language)


def _say_months(key: str, offer: Offer, language: Language) -> str:
    unit = choose_form(str(offer.valid_months), _MONTHS[language], language)
    return WORDS[key][language].format(months=offer.valid_months, unit=unit)
