"""Numbers and counted nouns as each language writes them."""

from collections.abc import Sequence

from retention.strict import Language

HARD_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def format_number(value: float, decimals: int, language: Language, *, percent: bool = False) -> str:
    """Return a number for people: at most `decimals` decimals, thousands apart, a share as a percentage.

    Parameters
    ----------
    value : float
    decimals : int
        Of what is shown: with `percent`, of the percentage.
    language : {"ru", "en"}
    percent : bool
    """
    text = f"{value * 100 if percent else value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text == "-0":
        text = "0"
    if language == "ru":
        text = text.replace(",", HARD_SPACE).replace(".", ",")
    sign = (HARD_SPACE + "%" if language == "ru" else "%") if percent else ""
    return text.replace("-", MINUS) + sign


def choose_form(shown: str, forms: Sequence[str], language: Language) -> str:
    """Return the form of a noun that follows a number as it is shown.

    Parameters
    ----------
    shown : str
        What `format_number` gave.
    forms : sequence of str
        Russian: after 1, after 2 and fractions, after 5 (страницу, страницы, страниц); English: page, pages.
    language : {"ru", "en"}
    """
    if language == "en":
        return forms[0] if shown == "1" else forms[1]
    if "," in shown:
        return forms[1]
    number = int("".join(sign for sign in shown if sign.isdigit()))
    if number % 100 in range(11, 15):
        return forms[2]
    return {1: forms[0], 2: forms[1], 3: forms[1], 4: forms[1]}.get(number % 10, forms[2])
