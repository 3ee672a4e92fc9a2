"""One segment of the section ``segment``: a named group of customers, described by conditions on columns."""

from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from retention.strict import Strict, Text
from retention.tables.columns import PROBABILITY, TARGET

TESTS = ("equals", "any_of", "at_least", "at_most", "above", "below", "at_least_quantile", "at_most_quantile")


def _wrong(sentence: str) -> PydanticCustomError:
    # Braces would be read as a template.
    return PydanticCustomError("condition", "{sentence}", {"sentence": sentence})


class Condition(Strict):
    """One test on one canonical column; several conditions of a list hold together."""

    column: str
    """A feature, ``monthly_profit`` or ``decline_probability``."""
    equals: str | float | None = None
    any_of: tuple[str | float, ...] | None = Field(None, min_length=1)
    """The column's value is this, or one of these."""
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    """Bounds, in the unit of the column."""
    at_least_quantile: float | None = Field(None, ge=0, le=1)
    at_most_quantile: float | None = Field(None, ge=0, le=1)
    """Bounds given as a quantile of the column over all customers."""

    @field_validator("column")
    @classmethod
    def _is_known_in_time(cls, column: str) -> str:
        if column == TARGET:
            # A segment must mean the same for next month's customers, whose label nobody knows yet.
            raise _wrong(f"{TARGET} is not known for a new customer; use {PROBABILITY}")
        return column

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        given = [test for test in TESTS if getattr(self, test) is not None]
        if len(given) != 1:
            raise _wrong(f"give exactly one of {', '.join(TESTS)} for {self.column}")
        return self

    @property
    def test(self) -> str:
        """Return the name of the test that is given."""
        return next(test for test in TESTS if getattr(self, test) is not None)

    @property
    def value(self) -> str | float | tuple[str | float, ...]:
        """Return what the column is compared with."""
        value: str | float | tuple[str | float, ...] = getattr(self, self.test)
        return value


class Segment(Strict):
    """A named group of customers."""

    name: Text
    text: Text
    purpose: Text
    """What it is called, who is in it, and what it is for."""
    where: tuple[Condition, ...]
    """All of them hold for a member."""
    priority: int = Field(ge=0)
    """A customer who belongs to several segments is listed under the one with the lowest number."""

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        # Not min_length: it would complain about every mistyped condition a second time.
        if not self.where:
            raise _wrong("give at least one condition in where")
        return self
