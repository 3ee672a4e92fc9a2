"""The sections ``segment``, ``found``, ``offer`` and ``reason``: who belongs together, what is offered and said."""

from collections.abc import Mapping
from string import Formatter
from typing import Literal, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import Field, field_validator, model_validator

from retention.numbers import format_number
from retention.strict import Language, Strict, Text
from retention.tables.columns import PROBABILITY, PROFIT, TARGET
from retention.tables.roles import ColumnRoles
from retention.tables.schema import say_wrong

CHANNELS = {"message": Text(ru="сообщение", en="message"), "site": Text(ru="на сайте", en="on the site")}
Status = Literal["assumed", "partly_measured", "measured"]


def _find_places(sentence: str) -> list[str]:
    """Return what stands in braces, one empty name for braces that `str.format` would read otherwise."""
    try:
        parts = list(Formatter().parse(sentence))
    except ValueError:
        return [""]
    return ["" if form or conversion else name for _, name, form, conversion in parts if name is not None]


class Condition(Strict):
    """One test on one canonical column; several conditions of a list hold together."""

    column: str  # a feature, ``monthly_profit`` or ``decline_probability``
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
            # a segment must mean the same for next month's customers, whose label nobody knows yet.
            raise say_wrong(f"{TARGET} is not known for a new customer; use {PROBABILITY}")
        return column

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        _, *tests = Condition.model_fields
        if sum(getattr(self, test) is not None for test in tests) != 1:
            raise say_wrong(f"give exactly one of {', '.join(tests)} for {self.column}")
        return self

    @property
    def given(self) -> tuple[str, float | tuple[str | float, ...]]:
        """Return the test that is given and what the column is compared with; ``equals`` is ``any_of`` one value."""
        ((test, value),) = self.model_dump(exclude={"column"}, exclude_none=True).items()
        return ("any_of", (value,)) if test == "equals" else (test, value)


class Segment(Strict):
    """A named group of customers."""

    name: Text  # what it is called
    text: Text  # who is in it
    purpose: Text  # what it is for
    where: tuple[Condition, ...]  # all of them hold for a member
    priority: int = Field(ge=0)
    """A customer who belongs to several segments is listed under the one with the lowest number."""

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        # Not min_length: it would complain about every mistyped condition a second time.
        if not self.where:
            raise say_wrong("give at least one condition in where")
        return self


class FoundSettings(Strict):
    """The section ``found``."""

    at_most: int = Field(ge=0, le=12)
    """So many rules are looked at closely, and those that are stable are kept; 0 looks for none."""
    columns: tuple[str, ...] | None = Field(min_length=1)
    """What a rule may speak of; None means every feature but consent, and money."""
    quantiles: tuple[float, ...] = Field(min_length=1)
    """Where a numeric column may be cut; each cut is rounded to a number that is easily said."""
    conditions: int = Field(ge=1, le=3)  # a rule has at most so many
    share: tuple[float, float]  # the smallest and the largest share of customers that a rule may hold
    size_power: float = Field(ge=0, le=1)
    """How much size counts beside concentration: 1 is weighted relative accuracy, 0.5 the binomial test."""
    earns: float = Field(ge=0)  # by this share a condition must improve the quality of the rule without it
    beam: int = Field(ge=1, le=1000)  # so many rules are lengthened
    halves: int = Field(ge=20, le=1000)  # random halves of the customers on which the search is repeated
    rows: int = Field(ge=500)  # with more customers, each half is drawn from a seeded sample of so many
    overlap: float = Field(gt=0, lt=1)
    """Two groups are the same if they share so much of their union (Jaccard); a segment that is the same as one already
    there is not shown."""
    stability: float = Field(gt=0, le=1)  # kept if at least this share of the halves finds the same group

    def choose_columns(self, roles: ColumnRoles) -> tuple[str, ...]:
        """Return what a rule may speak of in a shop with these columns."""
        money = (PROFIT,) if roles.money else ()
        return self.columns or (*(name for name in roles.names if name != roles.consent), *money)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not 0 < self.share[0] < self.share[1] <= 1:
            raise say_wrong("share must be two numbers in order, above 0 and at most 1")
        if not all(0 < quantile < 1 for quantile in self.quantiles):
            raise say_wrong("quantiles must lie between 0 and 1")
        return self


class Cost(Strict):
    """What contacting one customer costs, in the unit of ``monthly_profit``."""

    fixed: float = Field(ge=0, allow_inf_nan=False)  # for every customer who is contacted
    profit_share: float = Field(0.0, ge=0, le=1)
    """As a share of the customer's monthly profit: a discount costs more with a customer who buys more."""
    standing: bool = False
    """Whether that share is given in every month of the horizon, in which the offer is expected to work, not once."""


class Effect(Strict):
    """How much an offer lowers the probability of decline."""

    value: float = Field(ge=-1, le=1)
    """The relative reduction: 0.1 turns a probability of 0.8 into 0.72; below 0 the offer does harm."""
    status: Status  # measured means by campaigns with control groups; the settings can only assume
    source: Text  # where the figure comes from


class Level(Strict):
    """What a customer gets from a bound on."""

    at_least: float
    value: Text


class Parameter(Strict):
    """What an offer leaves open and each customer gets filled in: a category, a number of items, a discount's level."""

    name: Text  # what is filled in
    columns: tuple[str, ...] = ()
    """Whose values it is: one category, or the sum of numbers. None means the same for everyone."""
    at_most: float | None = None  # a larger sum is told as this
    levels: tuple[Level, ...] = ()  # what a sum means, by rising bounds; without them the sum itself is told
    value: Text  # for everyone; with columns, for whom a cell is empty or the sum is below all levels

    def fill(
        self, customers: pd.DataFrame, categories: Mapping[str, Mapping[str, Text]], language: Language
    ) -> tuple[list[str], list[str]]:
        """Return what is filled in for each customer, in words and as a code that no language changes.

        The categories are the labels of categorical values, by column.
        """
        filled = [self.value] * len(customers)
        if self.columns and not is_numeric_dtype(customers[self.columns[0]]):
            cells, labels = customers[self.columns[0]], categories.get(self.columns[0], {})
            keys = ["" if empty else str(cell) for cell, empty in zip(cells, cells.isna(), strict=True)]
            words = [(labels.get(key, Text(ru=key, en=key)) if key else self.value)[language] for key in keys]
            return words, [key or self.value.en for key in keys]
        if self.columns:
            filled = [self._measure(total, language) for total in customers[[*self.columns]].sum(axis=1, skipna=False)]
        return [one[language] for one in filled], [one.en for one in filled]

    def _measure(self, total: float, language: Language) -> Text:
        """Return what a sum means, as a text whose English is its code."""
        if np.isnan(total):
            return self.value
        if self.levels:
            return next((level.value for level in reversed(self.levels) if total >= level.at_least), self.value)
        shown = total if self.at_most is None else min(total, self.at_most)
        return Text(ru=format_number(shown, 0, language), en=f"{shown:.0f}")


class Offer(Strict):
    """One offer."""

    name: Text  # what it is called
    text: Text  # what the customer is offered
    message: Text  # what is written to the customer, with ``{parameter}`` and ``{until}`` where they are filled in
    segments: tuple[str, ...] = ()  # whom it is meant for: members of any of these; empty means every customer
    where: tuple[Condition, ...] = ()  # all of them must hold
    exclude: tuple[Condition, ...] = ()  # any of them forbids the offer
    channel: Literal["message", "site"]
    """Where the customer meets it. Whatever the channel, it needs the customer's consent."""
    cost: Cost
    effect: Effect
    capacity: int | None = Field(None, ge=0)
    """How many customers can get it at most; none means no limit."""
    cooldown_days: int = Field(ge=0)  # how long a customer who got it is not to get it again
    parameter: Parameter | None = None
    valid_months: int = Field(1, ge=1, le=60)
    """To the end of this month after the one acted on the customer can use it."""

    @field_validator("effect")
    @classmethod
    def _is_assumed(cls, effect: Effect) -> Effect:
        if effect.status != "assumed":
            raise say_wrong("status must be assumed: what is measured is computed from campaigns")
        return effect

    @model_validator(mode="after")
    def _can_fill_its_message(self) -> Self:
        known = {"parameter": self.parameter, "until": self}
        for template in (self.message.ru, self.message.en):
            if not all(known.get(name) for name in _find_places(template)):
                raise say_wrong(
                    "message: nothing but {until}, and {parameter} where the offer has one, may stand in braces"
                )
        return self


class Noun(Strict):
    """The forms of a counted noun."""

    ru: tuple[str, str, str]  # after 1, after 2 and fractions, after 5: страницу, страницы, страниц
    en: tuple[str, str]  # after 1, after all else: page, pages


class Wording(Strict):
    """How a customer's value in one column is said."""

    says: Text  # a sentence about the customer, without subject, with ``{value}`` in it
    noun: Noun | None = None  # what is counted; it follows the number
    decimals: int = Field(0, ge=0, le=4)  # decimals shown
    percent: bool = False  # whether a share is shown as a percentage
    actionable: bool  # whether the shop can do something about it
    short: Text | None = None
    """The column in a few words, for the names of found segments; without it the names say the whole sentence."""

    @model_validator(mode="after")
    def _names_the_value(self) -> Self:
        for sentence in (self.says.ru, self.says.en):
            if _find_places(sentence) != ["value"]:
                raise say_wrong("must have {value} in it once, and no other braces")
        return self
