"""What is known of the campaigns as plain figures: ``campaigns.json``."""

from typing import Literal

from pydantic import Field

from retention.estimate import Estimate
from retention.strict import Strict

Alarm = Literal["sample_ratio", "contamination", "attrition"]
"""More or fewer were left alone than drawn; some of them were reached; one arm has more who are gone."""


class Days(Strict):
    """When the messages reached the contacted, as ``2026-09-30``."""

    customers: int  # those whose day the CRM told
    first: str  # the first day
    median: str  # the day by which half of them were reached
    last: str  # the last day
    late: int  # those reached after the month that follows the campaign's: they had less time until the result


class Soundness(Strict):
    """Whether the arms can be compared."""

    sample_ratio: float  # the probability of an arm so large or small, had it been drawn as the plan says
    gone_contacted: int  # contacted customers who are no longer in the exports of the result
    gone_held: int  # those left alone who are no longer there
    attrition: float  # the probability of such a difference between the arms by chance (Fisher's exact test)
    reached: int | None  # contacted customers whom the message reached; null if the CRM told nothing
    redeemed: int | None  # those who took the offer; null if the CRM told nothing
    contaminated: int | None  # customers to be left alone who were reached
    reached_on: Days | None = Field(default=None, exclude_if=lambda days: days is None)  # where the CRM told days
    unknown: int  # customers that the CRM named and nobody had planned
    alarms: tuple[Alarm, ...]  # what is wrong; the figures then say less than their intervals


class Promise(Strict):
    """What was expected of the contacted at the launch."""

    avoided: float  # customers who would not decline
    net_profit: float | None  # what that is worth, less the costs; null where customers are counted


class Observation(Strict):
    """What one campaign says of one offer's effect, in the plan's own terms: the share of the expected declines."""

    value: float  # the reduction; the arms are compared by how far they are from the frozen probabilities
    error: float  # its standard error


class Comparison(Strict):
    """The contacted beside those left alone, by assignment."""

    contacted: int  # those contacted whose outcome is known
    held: int  # those left alone whose outcome is known
    cost: float  # of those contacted
    promise: Promise  # what was expected of them at the launch
    avoided: Estimate  # by how much contacting lowers the share who decline
    avoided_customers: Estimate  # the same times the contacted: customers who did not decline because of it
    relative: Estimate | None  # the same as a share of the declines; null by ``newcombe``
    net_profit: Estimate | None
    """What contacting brought, less its costs; by ``newcombe``, `avoided` times a mean loss. Null without profit."""
    p_value: float  # of "it changed nothing"
    method: Literal["regression", "newcombe"]
    """Lin's regression; or, with few customers or events, Newcombe's interval and a randomisation test."""
    observation: Observation  # what it says of the effect


class Measured(Strict):
    """A campaign and what is known of it."""

    campaign: str  # its id
    month: str  # whose customers were contacted
    reading: str  # the month whose exports tell the result
    readable: bool  # whether that month is there; before it there is no verdict
    contacted: int  # customers planned to be contacted
    held: int  # those left alone
    spent: float  # what contacting was to cost
    promise: Promise  # what was expected of it
    soundness: Soundness | None  # whether its arms can be compared; null before the reading
    pooled: Comparison | None
    """All offers together; null before the reading, or if an arm has nobody whose outcome is known."""
    offers: dict[str, Comparison]  # each offer by itself, if both arms have somebody


class Balance(Strict):
    """All campaigns that can be read, together."""

    campaigns: int  # how many they are
    contacted: int  # their customers who were to be contacted
    spent: float  # what contacting was to cost
    promise: Promise  # what was expected of them
    avoided_customers: Estimate  # how many did not decline because of them
    net_profit: Estimate | None  # null where customers are counted


class Campaigns(Strict):
    """``campaigns.json``."""

    campaigns: tuple[Measured, ...]  # in the order of month and id
    balance: Balance | None  # null before the first result
    left_this_year: float | None  # of the year's budget; null without one
