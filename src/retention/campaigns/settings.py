"""The sections ``campaigns`` and ``plan.holdout``: who is left alone, how results are read, when an offer goes on."""

from typing import Literal

from pydantic import Field

from retention.strict import Strict

Way = Literal["quarterly", "persistent"]


class HoldoutSettings(Strict):
    """The control group."""

    least: float = Field(ge=0, le=0.5)
    share: float = Field(ge=0, le=0.5)
    """Of the customers who may get an offer, so many are drawn and left alone if the plan would contact them: the
    smallest share from `least` up to `share` that has the power, or `share` if none has. A persistent group always has
    `share`, so that the same are left alone in every month."""
    power: float = Field(gt=0, lt=1)
    significance: float = Field(gt=0, lt=1)
    """Of the two-sided test for which the share is found."""


class CampaignSettings(Strict):
    """The section ``campaigns``."""

    way: Way
    """``quarterly``: planned customers rest until the result is known, and each campaign draws its own controls.
    ``persistent``: the same customers are never contacted, and what is measured is the whole policy."""
    year_budget: float | None = Field(ge=0)  # what the campaigns of a calendar year may cost; None means no limit
    confidence: float = Field(gt=0.5, lt=1)  # of the intervals
    few_customers: int = Field(ge=5)
    few_events: int = Field(ge=1)
    """An arm with fewer units (customers who were drawn together are one), or fewer customers expected to decline or
    not to, is compared by Newcombe's interval."""
    permutations: int = Field(ge=99)  # draws of the randomisation test
    alarm: float = Field(gt=0, lt=1)
    """The probability below which arms that differ in size or in who is gone are an alarm."""
    extend: float = Field(gt=0.5, lt=1)
    """An offer that pays with so much probability is extended; one that pays with less than what is left is stopped."""
