"""A wrong declaration of the exports is refused, with the key and the reason."""

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from retention.tables.settings import TableSettings

ABSENT = object()
NUMBER = {"role": "feature", "kind": "number", "label": {"ru": "x", "en": "x"}}
NO_TEXT = ("hex", "HEX_codec", "base64", "bz2", "zip", "rot13", "quopri", "uu", "", "a\0b", "ｕｔｆ-8", "undefined")
NO_TABLES = ("idna", "punycode", "unicode_escape", "Raw_Unicode_Escape")


def change(declared: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(declared)
    *parents, last = key.split("/")
    place = changed
    for parent in parents:
        place = place[parent]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return changed


def test_the_declared_shop_gives_every_canonical_column(declared: dict[str, Any]) -> None:
    settings = TableSettings.model_validate(declared)
    assert len(settings.columns) == 19
    for column in settings.columns.values():
        texts = [column.label, *([column.unit] if column.unit else []), *column.values.values()]
        assert all(text["ru"].strip() and text["en"].isascii() for text in texts)


@pytest.mark.parametrize(
    ("key", "value", "place", "said"),
    [
        ("exports/customers", ABSENT, "exports", "there must be an export customers"),
        ("exports/profit", ABSENT, "", "no export gives monthly_profit"),
        ("exports/profit/file", "market_time.csv", "exports", "market_time.csv is the file of 2 exports"),
        ("exports/profit/file", "../money.csv", "exports.profit.file", "pattern"),
        ("exports/profit/separator", ",", "exports.profit", 'separator and decimal are both ","'),
        ("exports/profit/separator", ";;", "exports.profit.separator", "at most 1 character"),
        ("exports/profit/decimal", ":", "exports.profit.decimal", "'.' or ','"),
        ("exports/profit/encoding", "utf-9", "exports.profit.encoding", "no encoding of this name"),
        *[("exports/profit/encoding", name, "exports.profit.encoding", "gives text") for name in NO_TEXT],
        *[("exports/profit/encoding", name, "exports.profit.encoding", "host names") for name in NO_TABLES],
        ("exports/profit/headers/monthly_profits", "x", "", 'monthly_profits (the nearest is "monthly_profit")'),
        ("exports/profit/headers/tenure_days", "x", "exports", "tenure_days comes from 2 exports"),
        ("exports/profit/headers/customer_id", ABSENT, "exports.profit", "headers must have customer_id"),
        ("exports/profit/headers/monthly_profit", "id", "exports.profit.headers", 'the header "id" stands for 2'),
        ("exports/revenue/headers/value", ABSENT, "exports.revenue", "just customer_id, month and value"),
        (
            "exports/revenue/months/revenue_previous/repairs",
            ["текущий_месяц"],
            "exports.revenue.months",
            'the spelling "текущий_месяц" is listed 2 times',
        ),
        ("columns/promo_share", ABSENT, "", "no canonical column promo_share"),
        ("columns/promo_share/low", 2, "columns.promo_share", "low (2) is above high (1)"),
        ("columns/promo_shares", NUMBER, "", "no export gives promo_shares"),
        (
            "columns/promo_share/values",
            {"a": {"ru": "a", "en": "a", "spellings": ["a"]}},
            "columns.promo_share",
            "it must have no values",
        ),
        ("columns/service_level/values/premium", ABSENT, "columns.service_level", "it must have two values or more"),
        (
            "columns/service_level/values/premium/repairs",
            ["стандарт"],
            "columns.service_level.values",
            "listed 2 times",
        ),
        ("columns/service_level/values/premium/spellings", [], "spellings", "at least 1 item"),
        (
            "columns/accepts_messages/values/maybe",
            {"ru": "м", "en": "m", "spellings": ["м"]},
            "columns.accepts_messages",
            "no and yes",
        ),
        ("columns/month", NUMBER, "columns", "no column may be called month"),
        ("columns/Месяц", NUMBER, "columns", "no column may be called Месяц: take small letters of ASCII"),
        ("columns/customer_id/role", "feature", "columns.customer_id", "must have a kind"),
        ("columns/declined/kind", "number", "columns.declined", "must have no kind"),
        ("columns/service_level/role", "label", "columns.service_level", "must have no kind"),
        ("columns/service_level/role", "consent", "columns.service_level", "must be of the kind boolean"),
        ("columns/service_level/unit", {"ru": "x", "en": "x"}, "columns.service_level", "are for numbers"),
        ("columns/monthly_profit/missing", True, "columns.monthly_profit", "must not be missing"),
        ("columns/monthly_profits", {"role": "money", "label": {"ru": "x", "en": "x"}}, "columns", "monthly_profit"),
        ("columns/minutes_previous/series/months_ago", 0, "columns", "minutes, 0 months ago, is in 2 columns"),
        ("columns/minutes_previous/series/months_ago", 2, "columns", "0, 1, … without a gap"),
        ("columns/service_level/label/en", ABSENT, "columns.service_level.label.en", "required"),
        ("handling/outlier_columns", ["revenue"], "", "no numeric column revenue (the nearest"),
        ("handling/outlier_quantile", 1.0, "handling.outlier_quantile", "less than 1"),
        ("handling/twins", "drop", "handling.twins", "'keep' or 'drop_second'"),
        ("handling/missing_month", "mean", "handling.missing_month", "'quarantine', 'zero' or 'error'"),
    ],
)
def test_a_wrong_declaration_is_named(declared: dict[str, Any], key: str, value: Any, place: str, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        TableSettings.model_validate(change(declared, key, value))
    problems = [(".".join(map(str, problem["loc"])), problem["msg"]) for problem in error.value.errors()]
    assert any(where.endswith(place.split(".")[-1]) and said in message for where, message in problems), problems
