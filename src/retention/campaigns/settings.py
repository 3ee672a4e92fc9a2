"""The section ``campaigns``: how many are left alone, how results are read, and when an offer goes on."""

from typing import Literal, Self

from pydantic import Field, model_validator

from retention.strict import Strict

Way = Literal["quarterly", "persistent"]


class ShareLimits(Strict):
    """Between which limits the share of those left alone is looked for."""

    least: float = Field(gt=0, le=0.5)
    most: float = Field(gt=0, le=0.5)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("the least share must not be above the most")
        return self


class CampaignSettings(Strict):
    """The section ``campaigns``."""

    way: Way
    """``quarterly``: planned customers rest until the result is known, and each campaign draws its own controls.
    ``persistent``: the same customers are never contacted, and what is measured is the whole policy."""
    share: ShareLimits
    """Of the planned customers, left alone."""
    power: float = Field(gt=0, lt=1)
    significance: float = Field(gt=0, lt=0.5)
    """What the share is looked for."""
    confidence: float = Field(gt=0.5, lt=1)
    """Of the intervals."""
    few_customers: int = Field(ge=5)
    few_events: int = Field(ge=1)
    """An arm with fewer customers, or fewer who declined or did not, is compared by Newcombe's interval."""
    permutations: int = Field(ge=99)
    """Draws of the randomisation test."""
    alarm: float = Field(gt=0, lt=1)
    """The probability below which arms that differ in size or in who is gone are an alarm."""
    extend: float = Field(gt=0.5, lt=1)
    """An offer that pays with so much probability is extended; one that pays with less than what is left is stopped."""
