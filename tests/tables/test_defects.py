"""Each kind of defect is found, handled as the settings say, counted and listed."""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import pytest

from retention.errors import UserError

from .conftest import IDS, MONTHS, Build, Files

MAIN, MONEY, TIME, PROFIT = "market_file.csv", "market_money.csv", "market_time.csv", "money.csv"
TWIN = (
    (MAIN, "", "909,Прежний уровень,стандарт,нет,4.4,4,819,0.75,Домашний текстиль,4,4,2,5\n"),
    (MONEY, "", "909,препредыдущий_месяц,4101.5\n909,текущий_месяц,5101\n909,предыдущий_месяц,4601.25\n"),
    (TIME, "", "909,текущий_месяц,11\n909,предыдцщий_месяц,11\n"),
    (PROFIT, "", "909;7,5\r\n"),
)
Edit = tuple[str, str, str]  # file, old text, new text; with no old text the new is appended
Line = tuple[str, int, str, str, str, str]  # a row of the quarantine


@dataclass(frozen=True)
class Case:
    """A defect: what is reported, by which edits and settings, who is lost and what is set aside."""

    code: str
    column: str | None
    edits: Sequence[Edit] = ()
    count: int = 1
    done: str = "repair"
    handling: Mapping[str, str] = field(default_factory=dict)
    lost: Set[int] = frozenset()
    quarantine: Sequence[Line] = ()


CASES = {
    "misspelt label": Case("repaired_label", "service_level"),
    "misspelt period": Case("repaired_label", None, count=8),
    "a header in other letters": Case(
        "repaired_header", "service_level", [(MAIN, "Тип сервиса", "\ufeff ТИП\xa0 сервиса\u200b")]
    ),
    "the id's header in capitals": Case("repaired_header", "customer_id", [(PROFIT, "id;", "ID;")]),
    "a header of another normal form": Case(
        "repaired_header", "categories_per_visit", [(MAIN, "Средний_", unicodedata.normalize("NFD", "Средний_"))]
    ),
    "ids with a point": Case(
        "repaired_cell",
        "customer_id",
        [(MONEY, f"{i},{month}", f"{i}.0,{month}") for i in (102, 103) for month in MONTHS],
        count=6,
    ),
    "ids with blanks": Case(
        "repaired_cell",
        "customer_id",
        [(PROFIT, "102;", " 102;"), (PROFIT, "103;", "\xa0103\u200b;"), (PROFIT, "104;", "104,00 ;")],
        count=3,
    ),
    "an id of blanks": Case(
        "empty_id",
        "customer_id",
        [(PROFIT, "103;3,25", "\xa0;3,25")],
        done="quarantine",
        lost={103},
        quarantine=[(MAIN, 5, "103", "", "", "missing_from_export"), (PROFIT, 4, "", "customer_id", "", "empty_id")],
    ),
    "numbers with blanks": Case(
        "repaired_cell", "monthly_profit", [(PROFIT, "2,25", "\xa02,25"), (PROFIT, "3,25", "3,25\ufeff")], count=2
    ),
    "a label in other letters": Case(
        "repaired_label", "declined", [(MAIN, "Прежний уровень", "прежний\xa0 УРОВЕНЬ\u200b ")]
    ),
    "a label with ё for е": Case("repaired_label", "declined", [(MAIN, "Прежний уровень", "Прёжний уровень")]),
    "a header with ё for е": Case("repaired_header", "service_level", [(MAIN, "Тип сервиса", "Тип сёрвиса")]),
    "rounded numbers": Case("rounded_number", None, [(MONEY, "5102.0", "5.1E+03")], done="keep"),
    "fractions of whole numbers": Case(
        "not_whole",
        "tenure_days",
        [(MAIN, ",539,", ",53.9,")],
        done="quarantine",
        lost={102},
        quarantine=[(MAIN, 4, "102", "tenure_days", "53.9", "not_whole")],
    ),
    "a label of another normal form": Case(
        "repaired_label", "declined", [(MAIN, "Прежний уровень", unicodedata.normalize("NFD", "Прежний уровень"))]
    ),
    "a label of blanks": Case(
        "empty_value",
        "favourite_category",
        [(MAIN, "Кухонная посуда", "\xa0 ")],
        done="quarantine",
        lost={102},
        quarantine=[(MAIN, 4, "102", "favourite_category", "", "empty_value")],
    ),
    "infinity": Case(
        "out_of_range",
        "revenue_current",
        [(MONEY, "5102.0", "inf"), (MONEY, "5103.0", "-Infinity"), (MONEY, "5104.0", "1e999")],
        count=3,
        done="quarantine",
        lost={102, 103, 104},
        quarantine=[
            (MONEY, 9, "102", "revenue_current", "inf", "out_of_range"),
            (MONEY, 12, "103", "revenue_current", "-inf", "out_of_range"),
            (MONEY, 15, "104", "revenue_current", "inf", "out_of_range"),
        ],
    ),
    "not a number": Case(
        "empty_value",
        "revenue_current",
        [(MONEY, "5102.0", "NAN")],
        done="quarantine",
        lost={102},
        quarantine=[(MONEY, 9, "102", "revenue_current", "", "empty_value")],
    ),
    "no last line end, kept": Case(
        "cut_short",
        None,
        [(TIME, "107,предыдцщий_месяц,17\n", "107,предыдцщий_месяц,17")],
        done="keep",
        handling={"cut_short": "keep"},
    ),
    "unknown label": Case(
        "unknown_label",
        "favourite_category",
        [(MAIN, "Кухонная посуда", "Посуда")],
        done="quarantine",
        handling={"unknown_label": "quarantine"},
        lost={102},
        quarantine=[(MAIN, 4, "102", "favourite_category", "Посуда", "unknown_label")],
    ),
    "unknown period": Case(
        "unknown_label",
        None,
        [(TIME, "103,текущий_месяц", "103,июнь")],
        done="quarantine",
        handling={"unknown_label": "quarantine"},
        lost={103},
        quarantine=[(TIME, 8, "103", "", "июнь", "unknown_label")],
    ),
    "empty cell": Case(
        "empty_value",
        "tenure_days",
        [(MAIN, ",539,", ",,")],
        done="quarantine",
        lost={102},
        quarantine=[(MAIN, 4, "102", "tenure_days", "", "empty_value")],
    ),
    "empty label": Case(
        "empty_value",
        "favourite_category",
        [(MAIN, "Кухонная посуда", "NULL")],
        done="quarantine",
        lost={102},
        quarantine=[(MAIN, 4, "102", "favourite_category", "", "empty_value")],
    ),
    "empty revenue": Case(
        "empty_value",
        "revenue_current",
        [(MONEY, "5102.0", "")],
        done="quarantine",
        lost={102},
        quarantine=[(MONEY, 9, "102", "revenue_current", "", "empty_value")],
    ),
    "empty period": Case(
        "empty_value",
        None,
        [(TIME, "103,текущий_месяц", "103,")],
        done="quarantine",
        lost={103},
        quarantine=[(TIME, 8, "103", "", "", "empty_value")],
    ),
    "empty id": Case(
        "empty_id",
        "customer_id",
        [(PROFIT, "103;3,25", ";3,25")],
        done="quarantine",
        lost={103},
        quarantine=[(MAIN, 5, "103", "", "", "missing_from_export"), (PROFIT, 4, "", "customer_id", "", "empty_id")],
    ),
    "out of range": Case(
        "out_of_range",
        "promo_share",
        [(MAIN, ",0.94,", ",1.5,")],
        done="quarantine",
        lost={104},
        quarantine=[(MAIN, 6, "104", "promo_share", "1.5", "out_of_range")],
    ),
    "negative revenue": Case(
        "out_of_range",
        "revenue_current",
        [(MONEY, "5102.0", "-1")],
        done="quarantine",
        lost={102},
        quarantine=[(MONEY, 9, "102", "revenue_current", "-1", "out_of_range")],
    ),
    "id missing from one table": Case(
        "missing_from_export",
        None,
        [(PROFIT, "105;5,25\r\n", "")],
        done="quarantine",
        lost={105},
        quarantine=[(MAIN, 7, "105", "", "", "missing_from_export")],
    ),
    "id missing from the main table": Case(
        "unknown_customer",
        None,
        [(TIME, "", "999,текущий_месяц,5\n")],
        done="quarantine",
        quarantine=[(TIME, 18, "999", "", "", "unknown_customer")],
    ),
    "month missing": Case(
        "missing_month",
        "revenue_current",
        [(MONEY, "106,текущий_месяц,5106.0\n", "")],
        done="quarantine",
        lost={106},
        quarantine=[(MAIN, 8, "106", "revenue_current", "", "missing_month")],
    ),
    "month missing, zero": Case(
        "missing_month",
        "revenue_current",
        [(MONEY, "106,текущий_месяц,5106.0\n", "")],
        done="zero",
        handling={"missing_month": "zero"},
    ),
    "month twice": Case(
        "duplicate_month",
        "revenue_current",
        [(MONEY, "", "106,текущий_месяц,5\n")],
        count=2,
        done="quarantine",
        lost={106},
        quarantine=[
            (MONEY, 21, "106", "revenue_current", "5106", "duplicate_month"),
            (MONEY, 26, "106", "revenue_current", "5", "duplicate_month"),
        ],
    ),
    "month twice, sum": Case(
        "duplicate_month",
        "revenue_current",
        [(MONEY, "", "106,текущий_месяц,5\n")],
        count=2,
        done="sum",
        handling={"duplicate_month": "sum"},
    ),
    "month twice, first": Case(
        "duplicate_month",
        "revenue_current",
        [(MONEY, "", "106,текущий_месяц,5\n")],
        done="first",
        handling={"duplicate_month": "first"},
        quarantine=[(MONEY, 26, "106", "revenue_current", "5", "duplicate_month")],
    ),
    "row repeated": Case(
        "repeated_row",
        None,
        [(PROFIT, "", "105;5,25\r\n")],
        done="first",
        quarantine=[(PROFIT, 10, "105", "", "", "repeated_row")],
    ),
    "id twice": Case(
        "duplicate_id",
        None,
        [(PROFIT, "", "105;6\r\n")],
        count=2,
        done="quarantine",
        lost={105},
        quarantine=[(PROFIT, 6, "105", "", "", "duplicate_id"), (PROFIT, 10, "105", "", "", "duplicate_id")],
    ),
    "id twice, first": Case(
        "duplicate_id",
        None,
        [(PROFIT, "", "105;6\r\n")],
        done="first",
        handling={"duplicate_id": "first"},
        quarantine=[(PROFIT, 10, "105", "", "", "duplicate_id")],
    ),
    "inactive": Case(
        "inactive",
        "revenue_previous",
        [(MONEY, "4606.25", "0"), (MONEY, "4607.25", "0.0"), (MONEY, "4107.5", "0")],
        count=2,
        done="exclude",
        lost={106, 107},
        quarantine=[
            (MONEY, 22, "106", "revenue_previous", "0", "inactive"),
            (MONEY, 25, "107", "revenue_previous", "0", "inactive"),
        ],
    ),
    "inactive before": Case(
        "inactive",
        "revenue_before_previous",
        [(MONEY, "4105.5", "0")],
        done="exclude",
        lost={105},
        quarantine=[(MONEY, 17, "105", "revenue_before_previous", "0", "inactive")],
    ),
    "inactive, kept": Case(
        "inactive", "revenue_previous", [(MONEY, "4606.25", "0")], done="keep", handling={"inactive": "keep"}
    ),
    "outlier": Case(
        "outlier",
        "revenue_current",
        [(MONEY, "5106.0", "52000")],
        done="exclude",
        lost={106},
        quarantine=[(MONEY, 21, "106", "revenue_current", "52000", "outlier")],
    ),
    "outlier, kept": Case(
        "outlier", "revenue_current", [(MONEY, "5106.0", "52000")], done="keep", handling={"outlier": "keep"}
    ),
    "twins": Case("twins", None, TWIN, done="keep", lost={-909}),
    "twins, dropped": Case(
        "twins",
        None,
        TWIN,
        done="drop_second",
        handling={"twins": "drop_second"},
        quarantine=[(MAIN, 10, "909", "", "101", "twins")],
    ),
}


def edit(files: Files, edits: Sequence[Edit]) -> Files:
    files = dict(files)
    for name, old, new in edits:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1) if old else files[name] + new
    return files


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("case", CASES)
def test_a_defect_is_handled_and_reported(build: Build, files: Files, case: str, backend: str) -> None:
    meant = CASES[case]
    table = build(edit(files, meant.edits), backend, **meant.handling)
    more = [-identifier for identifier in meant.lost if identifier < 0]
    assert table.frame["customer_id"].tolist() == [i for i in IDS if i not in meant.lost] + more
    assert not table.frame.isna().any(axis=None)
    found = [item for item in table.quality.findings if (item.code, item.column) == (meant.code, meant.column)]
    assert [(item.count, item.handling) for item in found] == [(meant.count, meant.done)]
    assert list(table.quarantine.itertuples(index=False, name=None)) == list(meant.quarantine)


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
    note = f"{'x' * 99}\n" * 1000  # the parser reads a megabyte at a time: some notes lie on a border
    files[MAIN] = "\n".join([header + ",note", *(f'{row},"{note}"' for row in rows)]) + "\n"
    assert build(files).frame["customer_id"].tolist() == IDS


def test_a_period_that_is_not_needed_is_ignored(build: Build, files: Files, declared: dict[str, Any]) -> None:
    revenue = {**declared["exports"]["revenue"], "ignored_months": ["июнь"]}
    changed = {**declared, "exports": {**declared["exports"], "revenue": revenue}}
    files[MONEY] += "101,июнь,5\n102,июнь,5\n"
    table = build(files, declared=changed)
    assert len(table.frame) == 8
    assert [(item.code, item.count) for item in table.quality.findings][2] == ("ignored_month", 2)


def test_no_more_rows_than_ten(build: Build, files: Files) -> None:
    files[TIME] += "".join(f"{number},текущий_месяц,5\n" for number in range(900, 950))
    table = build(files)
    (found,) = (item for item in table.quality.findings if item.code == "unknown_customer")
    assert found.count == 50
    assert len(table.quarantine) == 50
    assert found.rows == tuple(range(18, 28))


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_what_is_mended_reads_as_if_it_were_tidy(build: Build, files: Files, backend: str) -> None:
    untidy = {
        MAIN: files[MAIN].replace("id,", "\u00a0ID ,", 1).replace("да,", "Да\u200b,").replace("\n10", "\n\u00a010"),
        MONEY: files[MONEY].replace("текущий_месяц", "Текущий_Месяц ").replace(",", ".0,").replace("id.0", "id"),
        TIME: files[TIME].replace("\n", "\u200b\n").replace("Период", "ПЕРИОД"),
        PROFIT: files[PROFIT].replace("\n1", "\n 1").replace(";", "\u202f;"),
    }
    untidy[MONEY] = (
        untidy[MONEY].replace("Период.0", "период").replace("_месяц.0", "_месяц").replace("Месяц .0", "Месяц ")
    )
    table, tidy = build(untidy, backend), build(files, backend)
    assert table.frame.to_dict("records") == tidy.frame.to_dict("records")
    found = {(item.file, item.column, item.code): item for item in table.quality.findings}
    assert found[MAIN, "customer_id", "repaired_cell"].count == 8
    assert found[MONEY, "customer_id", "repaired_cell"].count == 24
    assert found[MONEY, "customer_id", "repaired_cell"].rows[0] == 2
    assert '"***.*", was read as "***"' in found[MONEY, "customer_id", "repaired_cell"].message.en
    assert found[MAIN, "customer_id", "repaired_header"].message.en == ('the column "<U+00A0>ID " was read as "id"')


def test_a_label_that_could_be_one_of_two_is_refused(build: Build, files: Files, declared: dict[str, Any]) -> None:
    level = declared["columns"]["service_level"]
    more = {"basic": {"ru": "б", "en": "b", "spellings": ["СТАНДАРТ"]}}
    level = {**level, "values": {**level["values"], **more}}
    changed = {**declared, "columns": {**declared["columns"], "service_level": level}}
    exact = edit(files, [(MAIN, "стандарт,", "СТАНДАРТ,")])
    assert build(exact, declared=changed).frame["service_level"].tolist().count("basic") == 1
    with pytest.raises(UserError, match='unknown value "Стандарт"'):
        build(edit(files, [(MAIN, "стандарт,", "Стандарт,")]), declared=changed)


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_text_ids_are_the_same_with_blanks_but_not_in_other_digits(
    build: Build, files: Files, declared: dict[str, Any], backend: str
) -> None:
    spoiled = edit(files, [(PROFIT, "102;", "\u00a0102 ;"), (PROFIT, "103;", "１０３;"), (PROFIT, "104;", "104.0;")])
    table = build(spoiled, backend, declared={**declared, "ids": "text"})
    assert [i for i in map(str, IDS) if i not in set(table.frame["customer_id"])] == ["103", "104"]
    assert table.quarantine["customer_id"].tolist() == ["103", "104", "１０３", "104.0"]
