"""Each kind of defect is found, handled as the settings say, counted and listed."""

from typing import Any

import pytest

from retention.errors import UserError

from .conftest import IDS, Build, Files

MAIN, MONEY, TIME, PROFIT = "market_file.csv", "market_money.csv", "market_time.csv", "money.csv"
TWIN = (
    (MAIN, "", "909,Прежний уровень,стандарт,нет,4.4,4,819,0.75,Домашний текстиль,4,4,2,5\n"),
    (MONEY, "", "909,препредыдущий_месяц,4101.5\n909,текущий_месяц,5101\n909,предыдущий_месяц,4601.25\n"),
    (TIME, "", "909,текущий_месяц,11\n909,предыдцщий_месяц,11\n"),
    (PROFIT, "", "909;7,5\r\n"),
)
Edit = tuple[str, str, str]  # file, old text, new text; with no old text the new is appended
Line = tuple[str, int, str, str, str, str]  # a row of the quarantine

# Defect: edits, handling, kept customers lost, code, column, count, what was done, quarantine.
CASES: dict[str, tuple[list[Edit], dict[str, Any], set[int], str, str | None, int, str, list[Line]]] = {
    "misspelt label": ([], {}, set(), "repaired_label", "service_level", 1, "repair", []),
    "misspelt period": ([], {}, set(), "repaired_label", None, 8, "repair", []),
    "unknown label": (
        [(MAIN, "Кухонная посуда", "Посуда")],
        {"unknown_label": "quarantine"},
        {102},
        "unknown_label",
        "favourite_category",
        1,
        "quarantine",
        [(MAIN, 4, "102", "favourite_category", "Посуда", "unknown_label")],
    ),
    "unknown period": (
        [(TIME, "103,текущий_месяц", "103,июнь")],
        {"unknown_label": "quarantine"},
        {103},
        "unknown_label",
        None,
        1,
        "quarantine",
        [(TIME, 8, "103", "", "июнь", "unknown_label")],
    ),
    "empty cell": (
        [(MAIN, ",539,", ",,")],
        {},
        {102},
        "empty_value",
        "tenure_days",
        1,
        "quarantine",
        [(MAIN, 4, "102", "tenure_days", "", "empty_value")],
    ),
    "empty label": (
        [(MAIN, "Кухонная посуда", "NULL")],
        {},
        {102},
        "empty_value",
        "favourite_category",
        1,
        "quarantine",
        [(MAIN, 4, "102", "favourite_category", "", "empty_value")],
    ),
    "empty revenue": (
        [(MONEY, "5102.0", "")],
        {},
        {102},
        "empty_value",
        "revenue_current",
        1,
        "quarantine",
        [(MONEY, 9, "102", "revenue_current", "", "empty_value")],
    ),
    "empty period": (
        [(TIME, "103,текущий_месяц", "103,")],
        {},
        {103},
        "empty_value",
        None,
        1,
        "quarantine",
        [(TIME, 8, "103", "", "", "empty_value")],
    ),
    "empty id": (
        [(PROFIT, "103;3,25", ";3,25")],
        {},
        {103},
        "empty_id",
        "customer_id",
        1,
        "quarantine",
        [
            (MAIN, 5, "103", "", "", "missing_from_export"),
            (PROFIT, 4, "", "customer_id", "", "empty_id"),
        ],
    ),
    "out of range": (
        [(MAIN, ",0.94,", ",1.5,")],
        {},
        {104},
        "out_of_range",
        "promo_share",
        1,
        "quarantine",
        [(MAIN, 6, "104", "promo_share", "1.5", "out_of_range")],
    ),
    "negative revenue": (
        [(MONEY, "5102.0", "-1")],
        {},
        {102},
        "out_of_range",
        "revenue_current",
        1,
        "quarantine",
        [(MONEY, 9, "102", "revenue_current", "-1", "out_of_range")],
    ),
    "id missing from one table": (
        [(PROFIT, "105;5,25\r\n", "")],
        {},
        {105},
        "missing_from_export",
        None,
        1,
        "quarantine",
        [(MAIN, 7, "105", "", "", "missing_from_export")],
    ),
    "id missing from the main table": (
        [(TIME, "", "999,текущий_месяц,5\n")],
        {},
        set(),
        "unknown_customer",
        None,
        1,
        "quarantine",
        [(TIME, 18, "999", "", "", "unknown_customer")],
    ),
    "month missing": (
        [(MONEY, "106,текущий_месяц,5106.0\n", "")],
        {},
        {106},
        "missing_month",
        "revenue_current",
        1,
        "quarantine",
        [(MAIN, 8, "106", "revenue_current", "", "missing_month")],
    ),
    "month missing, zero": (
        [(MONEY, "106,текущий_месяц,5106.0\n", "")],
        {"missing_month": "zero"},
        set(),
        "missing_month",
        "revenue_current",
        1,
        "zero",
        [],
    ),
    "month twice": (
        [(MONEY, "", "106,текущий_месяц,5\n")],
        {},
        {106},
        "duplicate_month",
        "revenue_current",
        2,
        "quarantine",
        [
            (MONEY, 21, "106", "revenue_current", "5106", "duplicate_month"),
            (MONEY, 26, "106", "revenue_current", "5", "duplicate_month"),
        ],
    ),
    "month twice, sum": (
        [(MONEY, "", "106,текущий_месяц,5\n")],
        {"duplicate_month": "sum"},
        set(),
        "duplicate_month",
        "revenue_current",
        2,
        "sum",
        [],
    ),
    "month twice, first": (
        [(MONEY, "", "106,текущий_месяц,5\n")],
        {"duplicate_month": "first"},
        set(),
        "duplicate_month",
        "revenue_current",
        1,
        "first",
        [(MONEY, 26, "106", "revenue_current", "5", "duplicate_month")],
    ),
    "row repeated": (
        [(PROFIT, "", "105;5,25\r\n")],
        {},
        set(),
        "repeated_row",
        None,
        1,
        "first",
        [(PROFIT, 10, "105", "", "", "repeated_row")],
    ),
    "id twice": (
        [(PROFIT, "", "105;6\r\n")],
        {},
        {105},
        "duplicate_id",
        None,
        2,
        "quarantine",
        [(PROFIT, 6, "105", "", "", "duplicate_id"), (PROFIT, 10, "105", "", "", "duplicate_id")],
    ),
    "id twice, first": (
        [(PROFIT, "", "105;6\r\n")],
        {"duplicate_id": "first"},
        set(),
        "duplicate_id",
        None,
        1,
        "first",
        [(PROFIT, 10, "105", "", "", "duplicate_id")],
    ),
    "inactive": (
        [(MONEY, "4606.25", "0"), (MONEY, "4607.25", "0.0"), (MONEY, "4107.5", "0")],
        {},
        {106, 107},
        "inactive",
        "revenue_previous",
        2,
        "exclude",
        [
            (MONEY, 22, "106", "revenue_previous", "0", "inactive"),
            (MONEY, 25, "107", "revenue_previous", "0", "inactive"),
        ],
    ),
    "inactive before": (
        [(MONEY, "4105.5", "0")],
        {},
        {105},
        "inactive",
        "revenue_before_previous",
        1,
        "exclude",
        [(MONEY, 17, "105", "revenue_before_previous", "0", "inactive")],
    ),
    "inactive, kept": (
        [(MONEY, "4606.25", "0")],
        {"inactive": "keep"},
        set(),
        "inactive",
        "revenue_previous",
        1,
        "keep",
        [],
    ),
    "outlier": (
        [(MONEY, "5106.0", "52000")],
        {},
        {106},
        "outlier",
        "revenue_current",
        1,
        "exclude",
        [(MONEY, 21, "106", "revenue_current", "52000", "outlier")],
    ),
    "outlier, kept": (
        [(MONEY, "5106.0", "52000")],
        {"outlier": "keep"},
        set(),
        "outlier",
        "revenue_current",
        1,
        "keep",
        [],
    ),
    "twins": (list(TWIN), {}, {-909}, "twins", None, 1, "keep", []),
    "twins, dropped": (
        list(TWIN),
        {"twins": "drop_second"},
        set(),
        "twins",
        None,
        1,
        "drop_second",
        [(MAIN, 10, "909", "", "101", "twins")],
    ),
}


def edit(files: Files, edits: list[Edit]) -> Files:
    files = dict(files)
    for name, old, new in edits:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1) if old else files[name] + new
    return files


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("case", CASES)
def test_a_defect_is_handled_and_reported(build: Build, files: Files, case: str, backend: str) -> None:
    edits, handling, lost, code, column, count, done, quarantine = CASES[case]
    table = build(edit(files, edits), backend, **handling)
    more = [-identifier for identifier in lost if identifier < 0]
    assert table.frame["customer_id"].tolist() == [i for i in IDS if i not in lost] + more
    assert not table.frame.isna().any(axis=None)
    found = [item for item in table.quality["findings"] if (item["code"], item["column"]) == (code, column)]
    assert [(item["count"], item["handling"]) for item in found] == [(count, done)]
    assert list(table.quarantine.itertuples(index=False, name=None)) == quarantine


def test_a_missing_month_can_count_as_zero(build: Build, files: Files) -> None:
    files = edit(files, [(TIME, "106,текущий_месяц,16\n", "")])
    frame = build(files, missing_month="zero").frame.set_index("customer_id")
    assert frame.loc[106, ["minutes_current", "minutes_previous"]].tolist() == [0.0, 16.0]


@pytest.mark.parametrize(("handling", "value"), [("sum", 5111.0), ("first", 5106.0)])
@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_a_month_with_two_rows(build: Build, files: Files, handling: str, value: float, backend: str) -> None:
    table = build(edit(files, [(MONEY, "", "106,текущий_месяц,5\n")]), backend, duplicate_month=handling)
    assert table.frame.set_index("customer_id").loc[106, "revenue_current"] == value


@pytest.mark.parametrize(
    ("code", "edits"),
    [
        ("empty_value", [(MAIN, ",539,", ",,")]),
        ("empty_value", [(PROFIT, "103;", ";")]),
        ("out_of_range", [(MAIN, ",0.94,", ",1.5,")]),
        ("missing_from_export", [(PROFIT, "105;5,25\r\n", "")]),
        ("unknown_customer", [(TIME, "", "999,текущий_месяц,5\n")]),
        ("missing_month", [(MONEY, "106,текущий_месяц,5106.0\n", "")]),
        ("duplicate_month", [(MONEY, "", "106,текущий_месяц,5\n")]),
        ("duplicate_id", [(PROFIT, "", "105;6\r\n")]),
    ],
)
def test_every_defect_can_be_made_an_error(build: Build, files: Files, code: str, edits: list[Edit]) -> None:
    with pytest.raises(UserError, match=rf"^market_\w+\.csv, row \d+|^money\.csv, row \d+.*tables\.handling\.{code}"):
        build(edit(files, edits), **{code: "error"})


def test_an_outlier_does_not_hide_itself_however_few_customers_there_are(build: Build, files: Files) -> None:
    few = {name: keep(text, ("108", "101", "102")) for name, text in files.items()}
    frame = build(edit(few, [(MONEY, "5102.0", "52000")])).frame
    assert frame["customer_id"].tolist() == [108, 101]


def keep(text: str, ids: tuple[str, ...]) -> str:
    header, *rows = text.splitlines(keepends=True)
    return header + "".join(row for row in rows if row.startswith(ids))


def test_lines_are_counted_with_blank_ones(build: Build, files: Files) -> None:
    files[MAIN] = files[MAIN].replace(",0.94,", ",1.5,").replace("\n", "\n\n", 1)
    assert build(files).quarantine["row"].tolist() == [7]


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_lines_are_counted_through_line_ends_in_quotes(build: Build, files: Files, backend: str) -> None:
    header, *rows = files[MAIN].replace(",0.94,", ",1.5,").strip().split("\n")
    files[MAIN] = "\n".join([header + ",note", rows[0] + ',"two\nlines"', *(f"{row}," for row in rows[1:])]) + "\n"
    assert build(files, backend).quarantine["row"].tolist() == [7]


def test_a_long_file_with_line_ends_in_quotes(build: Build, files: Files) -> None:
    header, *rows = files[MAIN].strip().split("\n")
    rows += [f"{number}{rows[0][3:]}" for number in range(900, 920)]
    note = "x\n" * 50_000  # the parser reads a megabyte at a time: some notes lie on a border
    files[MAIN] = "\n".join([header + ",note", *(f'{row},"{note}"' for row in rows)]) + "\n"
    assert build(files).frame["customer_id"].tolist() == IDS


def test_a_period_that_is_not_needed_is_ignored(build: Build, files: Files, declared: dict[str, Any]) -> None:
    revenue = {**declared["exports"]["revenue"], "ignored_months": ["июнь"]}
    changed = {**declared, "exports": {**declared["exports"], "revenue": revenue}}
    files[MONEY] += "101,июнь,5\n102,июнь,5\n"
    table = build(files, declared=changed)
    assert len(table.frame) == 8
    assert [(item["code"], item["count"]) for item in table.quality["findings"]][2] == ("ignored_month", 2)


def test_no_more_examples_than_ten(build: Build, files: Files) -> None:
    files[TIME] += "".join(f"{number},текущий_месяц,5\n" for number in range(900, 950))
    table = build(files)
    (found,) = (item for item in table.quality["findings"] if item["code"] == "unknown_customer")
    assert found["count"] == 50
    assert len(table.quarantine) == 50
    assert found["examples"][0] == {"row": 18, "customer_id": "900", "value": ""}
    assert len(found["examples"]) == 10
