"""The section ``found``: how segments are looked for in the data, and when one is stable enough to be shown."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from retention.strict import Strict
from retention.tables.columns import PROFIT
from retention.tables.roles import ColumnRoles


class FoundSettings(Strict):
    """The section ``found``."""

    at_most: int = Field(ge=0, le=12)
    """So many rules are looked at closely, and those that are stable are kept; 0 looks for none."""
    columns: tuple[str, ...] | None = Field(min_length=1)
    """What a rule may speak of; None means every feature but consent, and money."""
    quantiles: tuple[float, ...] = Field(min_length=1)
    """Where a numeric column may be cut; each cut is rounded to a number that is easily said."""
    conditions: int = Field(ge=1, le=3)
    """A rule has at most so many."""
    share: tuple[float, float]
    """The smallest and the largest share of customers that a rule may hold."""
    size_power: float = Field(ge=0, le=1)
    """How much size counts beside concentration: 1 is weighted relative accuracy, 0.5 the binomial test."""
    earns: float = Field(ge=0)
    """By this share a condition must improve the quality of the rule without it."""
    beam: int = Field(ge=1, le=1000)
    """So many rules are lengthened."""
    halves: int = Field(ge=20, le=1000)
    """Random halves of the customers on which the search is repeated."""
    rows: int = Field(ge=500)
    """With more customers, each half is drawn from a seeded sample of so many."""
    overlap: float = Field(gt=0, lt=1)
    """Two groups are the same if they share so much of their union (Jaccard); a segment that is the same as one already
    there is not shown."""
    stability: float = Field(gt=0, le=1)
    """Kept if at least this share of the halves finds the same group."""

    def choose_columns(self, roles: ColumnRoles) -> tuple[str, ...]:
        """Return what a rule may speak of in a shop with these columns."""
        money = (PROFIT,) if roles.money else ()
        return self.columns or (*(name for name in roles.names if name != roles.consent), *money)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not 0 < self.share[0] < self.share[1] <= 1:
            raise PydanticCustomError("share", "share must be two numbers in order, above 0 and at most 1")
        if not all(0 < quantile < 1 for quantile in self.quantiles):
            raise PydanticCustomError("quantiles", "quantiles must lie between 0 and 1")
        return self
