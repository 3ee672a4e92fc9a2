"""Every way to hand in unusable exports ends in one sentence: which file, where, what to do."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from retention.errors import UserError

from .conftest import Build, Files, lines

MAIN, MONEY, TIME, PROFIT = "market_file.csv", "market_money.csv", "market_time.csv", "money.csv"
Spoil = Callable[[str], str | bytes]


def swap(old: str, new: str, count: int = 1) -> Spoil:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return change


def on_row(number: int, old: str, new: str) -> Spoil:
    def change(text: str) -> str:
        rows = text.split("\n")
        assert old in rows[number - 1]
        rows[number - 1] = rows[number - 1].replace(old, new, 1)
        return "\n".join(rows)

    return change


def notes(text: str, said: dict[int, str]) -> list[tuple[str, str]]:
    """Return the rows, each with its note; the header's is its name."""
    rows = text.strip().splitlines()
    return [(row, said.get(number, "" if number > 1 else "note")) for number, row in enumerate(rows, 1)]


def with_note(text: str, said: dict[int, str]) -> str:
    """Add a column at the end."""
    return lines(*(f"{row}{';' if ';' in row else ','}{note}" for row, note in notes(text, said)))


CASES: dict[str, tuple[str, Spoil, list[str]]] = {
    "nothing in it": (MAIN, lambda _: "", ["is empty", "export it again"]),
    "blank lines only": (MAIN, lambda _: "\n \n", ["is empty"]),
    "header only": (TIME, lambda text: text.split("\n")[0] + "\n", ["has a header and no rows"]),
    "header only, no line end": (TIME, lambda text: text.split("\n")[0], ["has a header and no rows"]),
    "another separator": (
        MAIN,
        lambda text: text.replace(",", ";"),
        ["row 1", "separated by a semicolon and not by a comma", "tables.exports.customers.separator"],
    ),
    "tabs": (MONEY, lambda text: text.replace(",", "\t"), ["separated by a tab", "tables.exports.revenue.separator"]),
    "commas for semicolons": (PROFIT, lambda text: text.replace(",", ".").replace(";", ","), ["separated by a comma"]),
    "a column renamed": (
        MAIN,
        swap("Тип сервиса", "Тип_сервиса"),
        ["row 1", 'no column "Тип сервиса"', 'the nearest is "Тип_сервиса"', "headers.service_level"],
    ),
    "the id renamed": (PROFIT, swap("id;", "idd;"), ['no column "id"', 'nearest is "idd"', "headers.customer_id"]),
    "a header that could be one of two": (
        TIME,
        lambda text: lines(*(f"{row},{row.split(',')[-1].upper()}" for row in text.strip().split("\n"))),
        ['"минут" and "МИНУТ" could both be the column "минут"'],
    ),
    "a column gone": (
        MONEY,
        lambda text: lines(*(row.rsplit(",", 1)[0] for row in text.strip().split("\n"))),
        ['no column "Выручка" (its columns are "id", "Период")', "tables.exports.revenue.headers.value"],
    ),
    "a column twice": (MAIN, swap("Ошибка_сервиса", "Длительность"), ['no column "Ошибка_сервиса"']),
    "a header twice": (
        TIME,
        lambda text: lines(*(f"{row},{row.split(',')[-1]}" for row in text.strip().split("\n"))),
        ['column "минут" stands 2 times'],
    ),
    "no header": (TIME, lambda text: text.split("\n", 1)[1], ["row 1", 'no column "id"']),
    "letters for a number": (
        MAIN,
        on_row(4, ",539,", ",давно,"),
        ["row 4", 'column "Длительность"', '"давно" is not a number', "mend the cell"],
    ),
    "letters in an id": (
        MONEY,
        on_row(9, "102", "10z"),
        ["row 9", 'column "id"', '"10z" is not a whole number', "tables.ids"],
    ),
    "an id with a fraction": (MONEY, on_row(9, "102,", "102.5,"), ["row 9", '"102.5" is not a whole number']),
    "an id with thousands or decimals": (MONEY, on_row(9, "102,", "102.000,"), ['"102.000" is not a whole number']),
    "an id in hexadecimal": (MONEY, on_row(9, "102,", "0x66,"), ["row 9", '"0x66" is not a whole number']),
    "an id of two": (MONEY, on_row(9, "102,", "10 2,"), ["row 9", '"10 2" is not a whole number']),
    "an id in full-width digits": (MONEY, on_row(9, "102,", "１０２,"), ["row 9", '"１０２" is not a whole number']),
    "an id in Arabic digits": (PROFIT, on_row(3, "102", "١٠٢"), ["row 3", '"١٠٢" is not a whole number']),
    "a number in full-width digits": (MONEY, on_row(3, "5108.0", "５108.0"), ["row 3", "is not a number: mend"]),
    "a number in Arabic digits": (MAIN, on_row(4, ",539,", ",٥٣٩,"), ["row 4", "is not a number: mend"]),
    "a number in Devanagari digits": (PROFIT, on_row(3, "2,25", "२,25"), ["row 3", "is not a number: mend"]),
    "an id beyond 64 bits": (PROFIT, on_row(3, "102", "9" * 19), ["row 3", "is not a whole number"]),
    "a decimal point for a comma": (
        PROFIT,
        on_row(3, "2,25", "2.25"),
        ["row 3", 'column "Прибыль"', '"2.25"', 'decimal mark ","', "tables.exports.profit.decimal"],
    ),
    "a decimal comma in quotes": (MONEY, on_row(3, "5108.0", '"5108,0"'), ["row 3", 'decimal mark "."']),
    "spaces between thousands": (MONEY, on_row(3, "5108.0", "5 108.0"), ["row 3", "without spaces"]),
    "a cell too few": (MAIN, on_row(5, ",5,0,6,4", ",5,0,6"), ["row 5 has 12 columns where the header has 13"]),
    "a cell too many": (MONEY, on_row(5, "101,", "101,,"), ["row 5 has 4 columns", "must stand in quotes"]),
    "quotes not closed": (MAIN, on_row(3, "Домашний", '"Домашний'), ["row 3", "quotes are not closed"]),
    "a row torn off": (TIME, lambda text: text.rsplit(",", 1)[0], ["row 17 has 2 columns where the header has 3"]),
    "a last cell cut": (MONEY, lambda text: text[:-5], [f"{MONEY}, row 25", "no line end", "cut_short to keep"]),
    "the last line end only": (
        PROFIT,
        lambda text: text[:-2],
        ["row 9", "no line end", "mend the export or end its last line", "cut_short"],
    ),
    "a last cell cut in utf-8 only": (MAIN, lambda text: text[:-1], ["row 9", "no line end"]),
    "rows joined by quotes, the last column": (
        MAIN,
        lambda text: with_note(text, {3: '"call', 4: 'back"'}),
        ["row 3", "quotation mark runs on to row 4", "close it"],
    ),
    "rows joined by quotes at the start of cells": (
        MONEY,
        lambda text: with_note(text, {3: '"call', 4: '"back'}),
        ["row 3", "quotation mark runs on to row 4"],
    ),
    "rows joined by quotes, a column within": (
        PROFIT,
        lambda text: lines(*(row.replace(";", f";{note};") for row, note in notes(text, {5: '"a', 7: 'b"'}))),
        ["row 5", "quotation mark runs on to row 7"],
    ),
    "rows joined by quotes, very many": (
        TIME,
        lambda text: with_note(text + "999,текущий_месяц,5\n" * 9000, {3: '"call', 8000: 'back"'}),
        ["row 3", "quotes are misplaced"],
    ),
    "an unknown label": (
        MAIN,
        on_row(7, "стандарт", "стандарттт"),
        [
            "row 7",
            'column "Тип сервиса"',
            'unknown value "стандарттт"',
            'nearest is "стандарт"',
            "columns.service_level.values",
        ],
    ),
    "an unknown outcome": (MAIN, on_row(2, "Снизилась", "Выросла"), ["row 2", '"Выросла"', "columns.declined.values"]),
    "an unknown period": (
        TIME,
        on_row(8, "текущий_месяц", "тек_месяц"),
        ["row 8", 'column "Период"', '"тек_месяц"', "tables.exports.minutes.months"],
    ),
    "a month in no row": (
        MONEY,
        lambda text: lines(*(row for row in text.strip().split("\n") if ",текущий" not in row)),
        ['no row for "текущий_месяц"', "months.revenue_current"],
    ),
    "other customers": (
        MONEY,
        lambda text: re.sub(r"^10(\d)", r"90\1", text, flags=re.M),
        [MAIN, "no customer in common", "908", "108"],
    ),
    "an Excel workbook": (MAIN, lambda _: b"PK\x03\x04\x14\x00rest", ["not a text file but an Excel workbook"]),
    "a gzip archive": (MAIN, lambda text: gzip.compress(text.encode()), ["not a text file but a gzip archive"]),
    "a zero byte": (TIME, on_row(4, "11", "\0"), ["row 4", "zero byte", "not a text file"]),
    "utf-16": (MAIN, lambda text: text.encode("utf-16"), ["is text in utf-16 and not in utf-8"]),
    "cp1251": (
        MAIN,
        lambda text: text.encode("cp1251"),
        ["row 1", "not text in utf-8 (it looks like cp1251)", "tables.exports.customers.encoding"],
    ),
    "encoded twice": (
        MAIN,
        lambda text: text.encode().decode("latin-1"),
        ["row 1", "encoded twice (utf-8 was taken for latin-1)", "export it in utf-8 once"],
    ),
    "a broken letter": (
        MAIN,
        lambda text: text.encode().replace("Кухонная".encode(), "Кухонная".encode()[:-1], 1),
        ["row 4", "not text in utf-8"],
    ),
    "one outcome only": (
        MAIN,
        lambda text: text.replace("Прежний уровень", "Снизилась"),
        ['column "Покупательская активность"', "all 8 usable", "same value", "nothing to learn"],
    ),
    "nobody usable": (
        MAIN,
        lambda text: re.sub(r",0\.\d+,", ",7.5,", text).replace(",0.0,", ",7.5,"),
        ["None of the 8"],
    ),
}


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_explained(build: Build, files: Files, case: str, backend: str) -> None:
    name, spoil, said = CASES[case]
    with pytest.raises(UserError) as error:
        build({**files, name: spoil(files[name])}, backend)
    sentence = str(error.value)
    assert [part for part in said if part not in sentence] == []
    assert "\n" not in sentence and sentence.endswith(".") and len(sentence) < 330
    assert name in sentence


def test_a_missing_file_names_the_nearest(build: Build, files: Files) -> None:
    files["market_tme.csv"] = files.pop(TIME)
    with pytest.raises(UserError, match=r'market_time\.csv is missing in .*"market_tme\.csv".*exports\.minutes\.file'):
        build(files)


def test_a_folder_of_months_is_no_folder_of_exports(build: Build, tmp_path: Path) -> None:
    for month in ("2026-08", "2026-09"):
        (tmp_path / month).mkdir()
    with pytest.raises(UserError, match=r"name one of them, as .*/2026-09; .* want --month 2026-09 too\.$"):
        build({})


def test_a_missing_folder(build: Build, tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(UserError, match="is not a folder"):
        build({})


def test_a_file_that_is_a_folder(build: Build, files: Files, tmp_path: Path) -> None:
    (tmp_path / TIME).mkdir()
    del files[TIME]
    with pytest.raises(UserError, match=r"market_time\.csv is missing"):
        build(files)
