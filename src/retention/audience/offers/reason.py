"""One column's wording in the section ``reason``: how a customer's value is said in a sentence."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from retention.strict import Strict, Text


class Noun(Strict):
    """The forms of a counted noun.

    Parameters
    ----------
    ru : tuple of str
        After 1, after 2 and fractions, after 5: страницу, страницы, страниц.
    en : tuple of str
        After 1, after all else: page, pages.
    """

    ru: tuple[str, str, str]
    en: tuple[str, str]


class Wording(Strict):
    """How a customer's value in one column is said.

    Parameters
    ----------
    says : Text
        A sentence about the customer, without subject, with ``{value}`` in it.
    noun : Noun, optional
        What is counted; it follows the number.
    decimals : int
        Decimals shown.
    percent : bool
        Whether a share is shown as a percentage.
    actionable : bool
        Whether the shop can do something about it.
    short : Text, optional
        The column in a few words, for the names of found segments; without it the names say the whole sentence.
    """

    says: Text
    noun: Noun | None = None
    decimals: int = Field(0, ge=0, le=4)
    percent: bool = False
    actionable: bool
    short: Text | None = None

    @model_validator(mode="after")
    def _names_the_value(self) -> Self:
        for sentence in (self.says.ru, self.says.en):
            if sentence.count("{value}") != 1 or sentence.replace("{value}", "").count("{"):
                raise PydanticCustomError("wording", "must have {value} in it once, and no other braces")
        return self
