"""Reasons in words, numbers as each language writes them, and cells no spreadsheet runs."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.audience.offers.contact_list import add_reasons, build_contacts
from retention.audience.offers.reason import Wording
from retention.audience.offers.reasons import Reason, Usual, check_wordings, compute_usual, find_reasons, say_number
from retention.errors import UserError
from retention.files import write_csv
from retention.numbers import choose_form, format_number
from retention.strict import Text
from retention.tables.columns import FEATURES


@pytest.fixture(scope="session")
def wordings(project: Path) -> dict[str, Wording]:
    content = yaml.safe_load((project / "conf" / "reason" / "one_click.yaml").read_text(encoding="utf-8"))
    return {name: Wording.model_validate(wording) for name, wording in content.items()}


@pytest.mark.parametrize(
    ("value", "decimals", "percent", "ru", "en"),
    [
        (4.0, 1, False, "4", "4"),
        (4.26, 1, False, "4,3", "4.3"),
        (5238.4, 0, False, "5\u00a0238", "5,238"),
        (0.935, 0, True, "94\u00a0%", "94%"),
        (-0.2, 1, False, "\u22120,2", "\u22120.2"),
        (-0.01, 1, False, "0", "0"),
    ],
)
def test_numbers(value, decimals, percent, ru, en) -> None:
    assert format_number(value, decimals, "ru", percent=percent) == ru
    assert format_number(value, decimals, "en", percent=percent) == en


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        *[("1", 0), ("21", 0), ("1\u00a0001", 0), ("2", 1), ("4", 1), ("4,5", 1)],
        *[("0", 2), ("5", 2), ("11", 2), ("14", 2), ("112", 2), ("1\u00a0011", 2)],
    ],
)
def test_russian_forms(shown, form) -> None:
    assert choose_form(shown, ["страницу", "страницы", "страниц"], "ru") == ["страницу", "страницы", "страниц"][form]


def test_sentences_of_the_issue(wordings) -> None:
    pages = wordings["pages_per_visit"]
    assert say_number(4, 9, pages, "ru") == "смотрит 4 страницы за визит, обычно 9"
    assert say_number(4, 9, pages, "en") == "views 4 pages a visit where 9 is usual"
    assert say_number(1, 9, pages, "en") == "views 1 page a visit where 9 is usual"
    assert say_number(9, 9.2, pages, "ru") == "смотрит 9 страниц за визит, как обычно"


def test_reasons_are_the_strongest_pushes_only(customers, wordings) -> None:
    shop = customers(60)
    parts = pd.DataFrame(0.0, index=shop.index, columns=list(FEATURES))
    parts.loc[0, ["pages_per_visit", "tenure_days", "unpaid_items", "promo_share"]] = [0.5, -0.9, 0.7, 0.1]
    parts.loc[1, "service_level"] = 0.2
    labels = {"service_level": {"standard": Text(ru="стандарт", en="standard"), "premium": Text(ru="премиум", en="p")}}
    usual = compute_usual(shop, 10)
    found = find_reasons(shop, parts, usual, wordings, labels, "ru")
    assert [reason.column for reason in found[0]] == ["unpaid_items", "pages_per_visit", "promo_share"]
    assert [len(reasons) for reasons in found[1:]] == [1] + [0] * 58
    level = shop["service_level"][1]
    rate = format_number(shop[shop["service_level"] == level]["declined"].mean(), 0, "ru", percent=True)
    assert labels["service_level"][level].ru in found[1][0].text and rate in found[1][0].text
    assert not wordings["tenure_days"].actionable and wordings["pages_per_visit"].actionable


def test_every_feature_is_said_in_both_languages(customers, wordings) -> None:
    check_wordings(wordings)
    shop = customers(3)
    parts = pd.DataFrame(1.0, index=shop.index, columns=list(FEATURES))
    for language in ("ru", "en"):
        for reasons in find_reasons(shop, parts, compute_usual(shop, 1), wordings, {}, language, count=len(FEATURES)):
            assert len({reason.text for reason in reasons}) == len(FEATURES)
            assert all("{" not in reason.text and "None" not in reason.text for reason in reasons)


def test_wordings_are_checked(wordings) -> None:
    with pytest.raises(UserError, match=r"reason\.pages_per_visit is missing"):
        check_wordings({name: said for name, said in wordings.items() if name != "pages_per_visit"})
    with pytest.raises(UserError, match='nearest is "pages_per_visit"'):
        check_wordings({**wordings, "pages_a_visit": wordings["pages_per_visit"]})


def test_a_category_with_few_customers_is_not_compared(customers, wordings) -> None:
    usual = Usual({}, {"favourite_category": {}}, 0.4)
    shop = customers(1)
    parts = pd.DataFrame({"favourite_category": [1.0]})
    text = find_reasons(shop, parts, usual, wordings, {}, "en")[0][0].text
    assert "%" not in text


def test_the_list_opens_as_it_was_written(tmp_path) -> None:
    shop = pd.DataFrame({"customer_id": ["=cmd|'/c calc'!A0", "007"], "decline_probability": [0.5, 0.25]})
    table = build_contacts(shop, np.array(["детям", ""]), np.array(["=deal", "b"]), np.array([1.0, 2.0]))
    reasons = [[Reason("x", 'смотрит «4», "мало"', True), Reason("y", "+1\n=2", False)], []]
    write_csv(tmp_path / "offers.csv", add_reasons(table, reasons), bom=True)
    raw = (tmp_path / "offers.csv").read_bytes()
    assert raw.startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode())
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["customer_id", "decline_probability", "segment", "offer", "expected_value"] + [
        f"reason_{place}{what}" for what in ("", "_actionable") for place in (1, 2, 3)
    ]
    assert rows[1] == ["007", "0.25", "", "b", "2.0", *[""] * 6]  # the most valuable first
    assert rows[2][0] == "'=cmd|'/c calc'!A0"
    assert rows[2][8:] == ["yes", "no", ""]
    assert rows[2][2:4] == ["детям", "'=deal"]
    assert rows[2][5:8] == ['смотрит «4», "мало"', "'+1 =2", ""]
