"""Numbers as people of a language write them: 1 234,5 in Russian, 1,234.5 in English."""

import math

from retention.strict import Language

NARROW = "\u00a0"  # no line break inside a number
MINUS = "\u2212"
SEPARATORS: dict[Language, tuple[str, str]] = {"ru": (NARROW, ","), "en": (",", ".")}


def format_number(value: float, language: Language, decimals: int = 0) -> str:
    """Return `value` with the language's separators and so many decimals."""
    thousands, point = SEPARATORS[language]
    plain = f"{abs(value):,.{decimals}f}"
    text = plain.replace(",", "\0").replace(".", point).replace("\0", thousands)
    negative = value < 0 and any(digit in "123456789" for digit in plain)
    return f"{MINUS}{text}" if negative else text


def format_percent(share: float, language: Language, decimals: int = 1) -> str:
    """Return a share as a percentage: 0.381 is 38,1 % or 38.1%."""
    text = format_number(100 * share, language, decimals)
    return f"{text}{NARROW}%" if language == "ru" else f"{text}%"


def format_measure(value: float, language: Language) -> str:
    """Return an amount with as many decimals as its size is worth: three or four digits that tell."""
    size = abs(value)
    whole = value == round(value) and size < 1e6
    decimals = 0 if whole or size >= 1000 else 1 if size >= 10 else 2
    if size and not whole and size < 0.1:
        decimals = min(6, 1 - math.floor(math.log10(size)))
    return format_number(value, language, decimals)


def choose_plural(count: float, language: Language, forms: tuple[str, ...]) -> str:
    """Return the form of a noun after `count`.

    Parameters
    ----------
    count : float
        What stands before the noun.
    language : {"ru", "en"}
        In Russian three forms (after 1, after 2 and fractions, after 5), in English two.
    forms : tuple of str
        The forms in this order.
    """
    if language == "en":
        return forms[0] if count == 1 else forms[1]
    if count != int(count):
        return forms[1]
    tens, ones = abs(int(count)) % 100, abs(int(count)) % 10
    if ones == 1 and tens != 11:
        return forms[0]
    return forms[1] if 2 <= ones <= 4 and not 12 <= tens <= 14 else forms[2]
