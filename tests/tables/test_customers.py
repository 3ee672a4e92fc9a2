"""The customer table against a recomputation by hand, whatever the way the files are written."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from retention.tables.quality import CustomerCounts, FileSize

from .conftest import IDS, MONTHS, Build, Files, lines

CATEGORIES = {
    "Товары для детей": "children_goods",
    "Домашний текстиль": "home_textile",
    "Кухонная посуда": "kitchenware",
    "Косметика и аксесуары": "cosmetics_accessories",
    "Мелкая бытовая техника и электроника": "small_appliances",
    "Техника для красоты и здоровья": "beauty_health_appliances",
}


def by_hand(files: Files) -> list[dict[str, Any]]:
    """The eight customers, computed with nothing but dictionaries."""

    def rows(name: str, separator: str = ",") -> list[list[str]]:
        return list(csv.reader(io.StringIO(files[name]), delimiter=separator))[1:]

    revenue = {(row[0], row[1]): float(row[2]) for row in rows("market_money.csv")}
    minutes = {(row[0], row[1]): float(row[2]) for row in rows("market_time.csv")}
    profit = {row[0]: float(row[1].replace(",", ".")) for row in rows("money.csv", ";")}
    return [
        {
            "customer_id": int(row[0]),
            "declined": int(row[1] == "Снизилась"),
            "service_level": "premium" if row[2] == "премиум" else "standard",
            "accepts_messages": {"да": "yes", "нет": "no"}[row[3]],
            "marketing_contacts_6m": float(row[4]),
            "marketing_contacts_current": float(row[5]),
            "tenure_days": float(row[6]),
            "promo_share": float(row[7]),
            "favourite_category": CATEGORIES[row[8]],
            "categories_per_visit": float(row[9]),
            "unpaid_items": float(row[10]),
            "service_errors": float(row[11]),
            "pages_per_visit": float(row[12]),
            "revenue_current": revenue[row[0], "текущий_месяц"],
            "revenue_previous": revenue[row[0], "предыдущий_месяц"],
            "revenue_before_previous": revenue[row[0], "препредыдущий_месяц"],
            "minutes_current": minutes[row[0], "текущий_месяц"],
            "minutes_previous": minutes[row[0], "предыдцщий_месяц"],
            "monthly_profit": profit[row[0]],
            "unit": number,
        }
        for number, row in enumerate(rows("market_file.csv"))
    ]


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_the_table_equals_a_recomputation_by_hand(build: Build, files: Files, backend: str) -> None:
    table = build(files, backend)
    assert table.frame.to_dict("records") == by_hand(files)
    assert list(table.frame) == list(by_hand(files)[0])
    assert table.quarantine.empty
    assert table.quality.customers == CustomerCounts(read=8, kept=8, excluded=0, quarantined=0)
    assert table.quality.files["market_money.csv"] == FileSize(rows=24, columns=3)


def test_types_are_those_of_the_contract(build: Build, files: Files) -> None:
    types = build(files).frame.dtypes.astype(str)
    assert types["customer_id"] == types["unit"] == "int64"
    assert types["declined"] == "int8"
    labels = ["service_level", "accepts_messages", "favourite_category"]
    assert set(types[labels]) == {"str"}
    assert set(types.drop([*labels, "customer_id", "declined", "unit"])) == {"float64"}


def crlf(files: Files) -> dict[str, str]:
    return {name: text.replace("\r\n", "\n").replace("\n", "\r\n") for name, text in files.items()}


def quoted(files: Files) -> dict[str, str]:
    def quote(name: str) -> str:
        rows = csv.reader(io.StringIO(files[name]), delimiter=";" if name == "money.csv" else ",")
        out = io.StringIO()
        csv.writer(out, delimiter=";" if name == "money.csv" else ",", quoting=csv.QUOTE_ALL).writerows(rows)
        return out.getvalue()

    return {name: quote(name) for name in files}


def columns_turned(files: Files) -> dict[str, str]:
    rows = [row.split(",") for row in files["market_file.csv"].strip().split("\n")]
    return {**files, "market_file.csv": lines(*(",".join(row[::-1]) for row in rows))}


def rows_turned(files: Files) -> dict[str, str]:
    def turn(text: str) -> str:
        header, *rows = text.strip().split("\n")
        return lines(header, *rows[::-1])

    return files | {name: turn(files[name]) for name in ("market_money.csv", "market_time.csv", "money.csv")}


def one_more_column(files: Files) -> dict[str, str]:
    return {**files, "market_file.csv": files["market_file.csv"].replace("\n", ',"a, ""b"""\n')}


@pytest.mark.parametrize(
    "rewrite",
    [
        crlf,
        quoted,
        columns_turned,
        rows_turned,
        one_more_column,
        lambda files: {name: text.replace("\r\n", "\n").replace("\n", "\r") for name, text in files.items()},
        lambda files: {name: "\ufeff" + text for name, text in files.items()},
        lambda files: {name: text.replace("\n", "\n\n") for name, text in files.items()},
        lambda files: {name: text.replace(",4500.25", ", 4500.25 ") for name, text in files.items()},
    ],
    ids=["crlf", "quoted", "columns", "rows", "extra", "cr", "bom", "blank lines", "spaces"],
)
@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_the_same_content_otherwise_written(
    build: Build, files: Files, rewrite: Callable[[Files], Files], backend: str
) -> None:
    assert build(rewrite(files), backend).frame.to_dict("records") == by_hand(files)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-8-sig"])
def test_a_declared_encoding_is_read(build: Build, files: Files, declared: dict[str, Any], encoding: str) -> None:
    exports = {name: {**export, "encoding": encoding} for name, export in declared["exports"].items()}
    table = build(
        {name: text.encode(encoding) for name, text in files.items()}, declared={**declared, "exports": exports}
    )
    assert table.frame.to_dict("records") == by_hand(files)


def test_a_column_that_is_not_used_is_reported(build: Build, files: Files) -> None:
    findings = build(one_more_column(files)).quality.findings
    assert [(item.file, item.message.en) for item in findings if item.code == "extra_column"] == [
        ("market_file.csv", 'the column "a, "b"" is not used')
    ]


def test_text_ids_keep_their_zeros(build: Build, files: Files, declared: dict[str, Any]) -> None:
    import re

    named = {name: re.sub(r"^10(\d)", r"00\1a", text, flags=re.M) for name, text in files.items()}
    for backend in ("pandas", "polars"):
        frame = build(named, backend, declared={**declared, "ids": "text"}).frame
        assert frame["customer_id"].tolist() == [f"00{i % 10}a" for i in IDS]
        assert frame["customer_id"].dtype == "str"


def spoil(files: Files) -> Files:
    """One of nearly everything that can be wrong and is no error."""
    spoiled = dict(files)
    spoiled["market_file.csv"] += lines(
        "201,Снизилась,стандарт,да,1,5,121,1.5,Товары для детей,6,2,-1,5",
        "202,Снизилась,стандарт,да,1,,121,0.5,Товары для детей,6,2,1,5",
        ",Снизилась,стандарт,да,1,1,121,0.5,Товары для детей,6,2,1,5",
        "203,Снизилась,,да,1,1,121,0.5,Товары для детей,6,2,1,5",
        "204,Снизилась,стандарт,да,2,1,121,0.5,Товары для детей,6,2,1,5",
        "101,Прежний уровень,стандарт,нет,4.4,4,819,0.75,Домашний текстиль,4,4,2,5",
        "204,Снизилась,стандарт,да,1,1,121,0.5,Товары для детей,6,2,1,5",
        "301,Снизилась,премиум,да,3.4,5,121,0.0,Товары для детей,6,2,1,5",
        "302,Снизилась,премиум,да,3.4,5,120,0.0,Товары для детей,6,2,1,5",
        "303,Снизилась,премиум,да,3.4,5,120,0.0,Товары для детей,6,2,1,5",
        "304,Снизилась,премиум,да,3.4,5,119,0.0,Товары для детей,6,2,1,5",
        "305,Прежний уровень,премиум,да,3.4,5,119,0.0,Товары для детей,6,2,1,5",
    )
    spoiled["market_money.csv"] += lines(
        "108,текущий_месяц,1",
        "301,препредыдущий_месяц,4108.5",
        "301,текущий_месяц,5109.0",
        "301,предыдущий_месяц,4608.25",
        "302,препредыдущий_месяц,0",
        "302,текущий_месяц,5000",
        "302,предыдущий_месяц,0",
        "303,препредыдущий_месяц,1",
        "303,текущий_месяц,990000",
        "303,предыдущий_месяц,1",
        "999,предыдущий_месяц,7",
        *(f"{i},{month},5000" for i in (304, 305) for month in MONTHS),
    )
    spoiled["market_time.csv"] += lines(
        *(f"{i},{month},18" for i in range(301, 306) for month in ("текущий_месяц", "предыдущий_месяц"))
    )
    spoiled["money.csv"] += "".join(f"{i};1,5\r\n" for i in range(301, 306))
    spoiled["market_time.csv"] = spoiled["market_time.csv"].replace("107,предыдцщий_месяц,17\n", "")
    return spoiled


@pytest.mark.parametrize(
    "handling",
    [
        {},
        {"duplicate_month": "sum", "duplicate_id": "first", "missing_month": "zero", "twins": "drop_second"},
        {"duplicate_month": "first", "inactive": "keep", "outlier": "keep"},
    ],
)
def test_both_backends_give_the_same(build: Build, files: Files, handling: dict[str, str]) -> None:
    first, second = (build(spoil(files), backend, **handling) for backend in ("pandas", "polars"))
    pd.testing.assert_frame_equal(first.frame, second.frame)
    pd.testing.assert_frame_equal(first.quarantine, second.quarantine)
    assert first.quality == second.quality
    customers = first.quality.customers
    assert customers.read == customers.kept + customers.excluded + customers.quarantined
    assert customers.kept == len(first.frame) > 0


def test_without_labels_a_customer_does_not_depend_on_the_others(build: Build, files: Files) -> None:
    without = {**spoil(files)}
    rows = [row.split(",") for row in without["market_file.csv"].strip().split("\n")]
    without["market_file.csv"] = lines(*(",".join(row[:1] + row[2:]) for row in rows))
    together = build(without, labelled=False, twins="drop_second").frame
    assert "declined" not in together
    assert {303, 304, 305} <= set(together["customer_id"])  # the outlier and the twins
    for identifier in together["customer_id"]:
        alone = [row for row in rows[1:] if row[0] == str(identifier)]
        text = lines(*(",".join(row[:1] + row[2:]) for row in [rows[0], *alone]))
        frame = build({**without, "market_file.csv": text}, labelled=False).frame
        expected = together[together["customer_id"] == identifier]
        own = [frame.drop(columns="unit").to_dict("records") for frame in (frame, expected)]
        assert own[0] == own[1]
