"""Numbers and counted nouns as each language writes them, by the Unicode consortium's CLDR (through Babel)."""

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol, parse_decimal

from retention.strict import Language

HARD_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
_WHOLE = "#,##0"
_PLACES = {"ru": {"one": 0, "few": 1, "other": 1, "many": 2}, "en": {"one": 0, "other": 1}}


@lru_cache(maxsize=1 << 15)  # a page says thousands of numbers, most of them many times
def format_number(
    value: float, decimals: int, language: Language, *, percent: bool = False, padded: bool = False
) -> str:
    """Return a number for people: at most `decimals` decimals, thousands apart, a share as a percentage.

    The decimals are those of what is shown: with `percent`, of the percentage. Zeros at the end stay if `padded`, so
    that numbers of one column have the same decimals.
    """
    digits = _WHOLE + ("." + "0#"[not padded] * decimals if decimals else "")
    pattern = Locale(language).percent_formats[None].pattern.replace(_WHOLE, digits) if percent else digits
    shown = round(float(value), decimals + 2 * percent) + 0.0  # no minus before a zero
    return format_decimal(shown, format=pattern, locale=language).replace("-", MINUS)


def format_measure(value: float, language: Language) -> str:
    """Return an amount with as many decimals as its size is worth: two to four that tell, or all before the point."""
    size = abs(value)
    whole = value == round(value) and size < 1e6
    decimals = 0 if whole or size >= 1000 else 1 if size >= 10 else 2
    if size and not whole and size < 0.1:
        decimals = min(6, 1 - math.floor(math.log10(size)))
    return format_number(value, decimals, language, padded=True)


def choose_form(shown: str, forms: Sequence[str], language: Language) -> str:
    """Return the form of a noun that follows a number as it is shown.

    Parameters
    ----------
    shown : str
        What `format_number` or `format_measure` gave.
    forms : sequence of str
        Russian: after 1, after 2 and fractions, after 5 (страницу, страницы, страниц); English: page, pages.
    language : {"ru", "en"}
    """
    number: Decimal = abs(parse_decimal(shown.replace(MINUS, "-"), locale=language))
    return forms[_PLACES[language][Locale(language).plural_form(number)]]


def find_separators(language: Language) -> tuple[str, str]:
    """Return what stands between thousands, and what before decimals."""
    return get_group_symbol(language), get_decimal_symbol(language)
