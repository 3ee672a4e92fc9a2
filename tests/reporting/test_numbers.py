import pytest

from retention.reporting.language.numbers import choose_plural, format_measure, format_number, format_percent
from retention.strict import Language

CUSTOMER = ("клиент", "клиента", "клиентов")


@pytest.mark.parametrize(
    ("value", "decimals", "ru", "en"),
    [
        (1234.5, 1, "1 234,5", "1,234.5"),
        (1234567, 0, "1 234 567", "1,234,567"),
        (-0.25, 2, "−0,25", "−0.25"),
        (-0.0001, 2, "0,00", "0.00"),
        (0, 0, "0", "0"),
    ],
)
def test_numbers_follow_the_language(value: float, decimals: int, ru: str, en: str) -> None:
    assert format_number(value, "ru", decimals).replace("\u00a0", " ") == ru
    assert format_number(value, "en", decimals) == en


def test_a_number_never_breaks_over_a_line() -> None:
    assert " " not in format_number(1234567.8, "ru", 1) + format_percent(0.381, "ru")


def test_percent_signs_follow_the_language() -> None:
    assert format_percent(0.381, "ru") == "38,1\u00a0%"
    assert format_percent(0.381, "en") == "38.1%"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5881.31, "5,881"), (53.66, "53.7"), (4.204, "4.20"), (60.0, "60"), (0.02345, "0.023"), (0.0, "0")],
)
def test_amounts_show_the_digits_that_tell(value: float, shown: str) -> None:
    assert format_measure(value, "en") == shown


@pytest.mark.parametrize(
    ("count", "form"),
    [(1, 0), (2, 1), (4, 1), (5, 2), (11, 2), (12, 2), (14, 2), (21, 0), (22, 1), (111, 2), (1001, 0), (0, 2)],
)
def test_russian_nouns_follow_their_number(count: int, form: int) -> None:
    assert choose_plural(count, "ru", CUSTOMER) == CUSTOMER[form]


@pytest.mark.parametrize(("language", "form"), [("ru", "клиента"), ("en", "customers")])
def test_nouns_after_a_fraction(language: Language, form: str) -> None:
    forms = CUSTOMER if language == "ru" else ("customer", "customers")
    assert choose_plural(1.5, language, forms) == form
