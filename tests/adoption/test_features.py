"""What a column holds is told by its values."""

import pandas as pd
import pytest

from retention.adoption.features import describe_column
from retention.adoption.files import Numerals
from retention.adoption.lexicon import count_edits, make_name, merge_spellings


def _cycle(*values: str) -> list[str]:
    return [values[at % len(values)] for at in range(120)]


KINDS = {
    "number": [("x", [str(at / 4) for at in range(120)]), ("Оценка", _cycle("1", "2", "3", "4", "5"))],
    "boolean": [("x", _cycle("Да", "нет", "нет")), ("x", _cycle("0", "1")), ("x", _cycle("TRUE", "FALSE")),
                ("x", _cycle("+", "-"))],
    "ordered": [("x", _cycle("High", "low", "medium")), ("Уровень", _cycle("средний", "Низкий", "высокая")),
                ("age", _cycle("26-35", "18-25", "60+", "36-59")), ("x", _cycle("до 1000", "1000-5000", "более 5000"))],
    "category": [("x", _cycle("red", "green", "blue")), ("код", _cycle("011", "012", "007")),
                 ("region code", _cycle("77", "78", "50")), ("x", _cycle("a", "b"))],
    None: [("x", [f"text {at}" for at in range(120)]), ("x", _cycle("same")), ("x", [""] * 120),
           ("x", _cycle("2026-01-05", "2025-12-31")), ("x", [f"{at}@mail.ru" for at in range(120)]),
           ("Телефон", [f"7900123{at:04d}" for at in range(120)]), ("ФИО", [f"Имя {at}" for at in range(60)] * 2),
           ("n", [str(at + 1) for at in range(120)]), ("x", ["yes"] * 2 + [""] * 118)],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "cells"), [(kind, *case) for kind in KINDS for case in KINDS[kind]])
def test_kinds(kind: str | None, header: str, cells: list[str]) -> None:
    assert describe_column(header, pd.Series(cells), Numerals(".")).kind == kind


def test_what_is_low_comes_first() -> None:
    found = describe_column("x", pd.Series(_cycle("более 5000", "1000-5000", "до 1000")), Numerals("."))
    assert [value.spellings for value in found.spelled.values()] == [("до 1000",), ("1000-5000",), ("более 5000",)]


@pytest.mark.parametrize(
    ("cells", "low", "high", "whole"),
    [
        (["0.5", "0.25", "0"], 0, 1, False),
        (["3", "17", "0"], 0, None, True),
        (["-3", "17", "2"], None, None, True),
        (["5%", "70%", "33%"], 0, 100, True),
    ],
)
def test_ranges(cells: list[str], low: float | None, high: float | None, whole: bool) -> None:
    found = describe_column("x", pd.Series(_cycle(*cells)), Numerals("."))
    assert (found.low, found.high, found.whole) == (low, high, whole)


def test_what_stands_for_no_value_is_told() -> None:
    found = describe_column("x", pd.Series([*_cycle("1.5", "2", "7"), "-", "нет данных", ""]), Numerals("."))
    assert (found.kind, found.blanks, found.empty) == ("number", ("-", "нет данных"), 3)


def test_a_number_that_is_too_large_is_none() -> None:
    found = describe_column("x", pd.Series([*_cycle("1.5", "2", "7"), "1e999"]), Numerals("."))
    assert (found.kind, found.blanks, found.confirm) == ("number", ("1e999",), True)


def test_rare_values_are_one_and_a_sea_of_them_is_left_out() -> None:
    cells = pd.Series([*_cycle(*"abcdefghijkl") * 10, *(f"town {letter}" for letter in "qrstuvw")])
    found = describe_column("x", cells, Numerals("."))
    assert (len(found.spelled), found.spelled["other"].count, found.confirm) == (13, 7, True)


def test_slips_are_repaired_and_opposites_are_not() -> None:
    counts = {"стандарт": 500, "стандартт": 9, "Стандарт": 3, "active": 400, "inactive": 12, "Тариф 1": 90}
    counts["Тариф 2"] = 2
    merged = merge_spellings(counts)
    assert {right: value.slips for right, value in merged.items()} == {
        "стандарт": {"стандартт": 9, "Стандарт": 3}, "active": {}, "Тариф 1": {}, "inactive": {}, "Тариф 2": {},
    }  # fmt: skip
    assert (merged["стандарт"].spellings, merged["стандарт"].count) == (("стандарт",), 512)


def test_edits_are_counted() -> None:
    assert [count_edits("kitten", other) for other in ("kitten", "sitten", "sitting", "")] == [0, 1, 3, 6]


@pytest.mark.parametrize(
    ("header", "name"),
    [("Тип сервиса", "tip_servisa"), ("IsActiveMember", "is_active_member"), ("2-й взнос, ₽", "column_2_y_vznos"),
     ("%%%", "column"), ("month", "month_2"), ("a b", "a_b_2"), ("Щётка", "shchetka")],
)  # fmt: skip
def test_names_are_latin_and_unique(header: str, name: str) -> None:
    assert make_name(header, ["a_b"], "column") == name


@pytest.mark.parametrize(
    ("header", "cells", "kind", "confirm"),
    [
        ("Number of orders", _cycle(*map(str, range(9))), "number", False),
        ("No of visits", _cycle(*map(str, range(9))), "number", False),
        ("Activity index", _cycle(*map(str, range(9))), "number", False),
        ("номер тарифа", _cycle(*"1234567"), "category", True),
        ("plan code", _cycle(*"1234567"), "category", True),
        ("зона", _cycle("01", "02", "07"), "category", True),
        ("region code", [str(at) for at in range(60)] * 2, "number", True),
        ("email_open_rate", [f"{at / 150:.4f}" for at in range(120)], "number", True),  # taken for a share
        ("mobile_data_gb", [f"{at / 7:.2f}" for at in range(120)], "number", False),
        ("phone minutes", [str(at * 7) for at in range(120)], "number", False),
        ("Телефон", [f"{7000123 + at * 11}" for at in range(120)], None, False),
        ("debt_to_income", _cycle("0.798", "0.1", "0.35"), "number", True),
    ],
)
def test_a_header_alone_makes_neither_codes_nor_persons(
    header: str, cells: list[str], kind: str | None, confirm: bool
) -> None:
    found = describe_column(header, pd.Series(cells), Numerals("."))
    assert (found.kind, found.confirm) == (kind, confirm)
    assert kind or "# confirm" in found.evidence[0]
