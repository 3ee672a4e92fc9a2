"""The sections ``offer`` and ``reason``: what is offered to whom at what cost, and how a customer's value is said."""

from collections.abc import Mapping
from string import Formatter
from typing import Literal, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from retention.audience.segments.segment import Condition
from retention.numbers import format_number
from retention.strict import Language, Strict, Text

CHANNELS = {"message": Text(ru="сообщение", en="message"), "site": Text(ru="на сайте", en="on the site")}
Status = Literal["assumed", "partly_measured", "measured"]


class Cost(Strict):
    """What contacting one customer costs, in the unit of ``monthly_profit``."""

    fixed: float = Field(ge=0, allow_inf_nan=False)
    """For every customer who is contacted."""
    profit_share: float = Field(0.0, ge=0, le=1)
    """As a share of the customer's monthly profit: a discount costs more with a customer who buys more."""
    standing: bool = False
    """Whether that share is given in every month of the horizon, in which the offer is expected to work, not once."""


class Effect(Strict):
    """How much an offer lowers the probability of decline."""

    value: float = Field(ge=-1, le=1)
    """The relative reduction: 0.1 turns a probability of 0.8 into 0.72; below 0 the offer does harm."""
    status: Status
    """Measured means by campaigns with control groups; in the settings it is ``assumed``."""
    source: Text
    """Where the figure comes from."""


class Level(Strict):
    """What a customer gets from a bound on."""

    at_least: float
    value: Text


class Parameter(Strict):
    """What an offer leaves open and each customer gets filled in: a category, a number of items, a discount's level."""

    name: Text
    """What is filled in."""
    columns: tuple[str, ...] = ()
    """Whose values it is: one category, or the sum of numbers. None means the same for everyone."""
    at_most: float | None = None
    """A larger sum is told as this."""
    levels: tuple[Level, ...] = ()
    """What a sum means, by rising bounds; without them the sum itself is told."""
    value: Text
    """For everyone; with columns, for whom a cell is empty or the sum is below all levels."""

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

    name: Text
    text: Text
    """What it is called and what the customer is offered."""
    message: Text
    """What is written to the customer, with ``{parameter}`` and ``{until}`` where they are filled in."""
    segments: tuple[str, ...] = ()
    """Whom it is meant for: members of any of these; empty means every customer."""
    where: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()
    """All of `where` must hold; any of `exclude` forbids the offer."""
    channel: Literal["message", "site"]
    """Where the customer meets it. Whatever the channel, it needs the customer's consent."""
    cost: Cost
    effect: Effect
    capacity: int | None = Field(None, ge=0)
    """How many customers can get it at most; none means no limit."""
    cooldown_days: int = Field(ge=0)
    """How long a customer who got it is not to get it again."""
    parameter: Parameter | None = None
    valid_months: int = Field(1, ge=1, le=60)
    """To the end of this month after the one acted on the customer can use it."""

    @model_validator(mode="after")
    def _can_fill_its_message(self) -> Self:
        known = {"parameter": self.parameter, "until": self}
        for template in (self.message.ru, self.message.en):
            try:
                named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            except ValueError:
                named = {""}
            if not all(known.get(name) for name in named):
                raise PydanticCustomError(
                    "message",
                    "message: nothing but {until}, and {parameter} where the offer has one, may stand in braces",
                )
        return self


class Noun(Strict):
    """The forms of a counted noun."""

    ru: tuple[str, str, str]
    """After 1, after 2 and fractions, after 5: страницу, страницы, страниц."""
    en: tuple[str, str]
    """After 1, after all else: page, pages."""


class Wording(Strict):
    """How a customer's value in one column is said."""

    says: Text
    """A sentence about the customer, without subject, with ``{value}`` in it."""
    noun: Noun | None = None
    """What is counted; it follows the number."""
    decimals: int = Field(0, ge=0, le=4)
    """Decimals shown."""
    percent: bool = False
    """Whether a share is shown as a percentage."""
    actionable: bool
    """Whether the shop can do something about it."""
    short: Text | None = None
    """The column in a few words, for the names of found segments; without it the names say the whole sentence."""

    @model_validator(mode="after")
    def _names_the_value(self) -> Self:
        for sentence in (self.says.ru, self.says.en):
            if sentence.count("{value}") != 1 or sentence.replace("{value}", "").count("{"):
                raise PydanticCustomError("wording", "must have {value} in it once, and no other braces")
        return self
