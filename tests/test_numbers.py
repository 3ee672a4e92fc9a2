import pytest

from retention.numbers import choose_form, format_measure, format_number


@pytest.mark.parametrize(
    ("value", "decimals", "percent", "ru", "en"),
    [
        (1234.5, 1, False, "1 234,5", "1,234.5"),
        (1234567, 0, False, "1 234 567", "1,234,567"),
        (-0.25, 2, False, "−0,25", "−0.25"),
        (-0.0001, 2, False, "0,00", "0.00"),
        (0.38, 1, True, "38,0 %", "38.0%"),
    ],
)
def test_zeros_at_the_end_stay_in_a_column(value: float, decimals: int, percent: bool, ru: str, en: str) -> None:
    shown = format_number(value, decimals, "ru", percent=percent, padded=True)
    assert shown.replace("\u00a0", " ") == ru
    assert " " not in shown  # a number never breaks over a line
    assert format_number(value, decimals, "en", percent=percent, padded=True) == en


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5881.31, "5,881"), (53.66, "53.7"), (4.204, "4.20"), (60.0, "60"), (0.02345, "0.023"), (0.0, "0")],
)
def test_amounts_show_the_digits_that_tell(value: float, shown: str) -> None:
    assert format_measure(value, "en") == shown


@pytest.mark.parametrize(("shown", "form"), [("1", 0), ("−1", 0), ("2", 1), ("1.5", 1), ("1,001", 1)])
def test_english_forms(shown: str, form: int) -> None:
    assert choose_form(shown, ["page", "pages"], "en") == ["page", "pages"][form]
