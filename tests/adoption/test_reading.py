"""How a file is written is found from the file."""

from pathlib import Path

import pytest

from retention.adoption.files import read_files
from retention.adoption.keys import find_keys
from retention.errors import UserError

from .shops import write_table

PEOPLE = [["Код клиента", "Город", "Сумма"], ["0017", "Орёл", "1,5"], ["0021", "Тверь", "22,75"], ["0008", "Елец", "3"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_encoding_separator_and_decimal_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    write_table(tmp_path, "a.csv", PEOPLE, separator, encoding)
    (file,) = read_files(tmp_path)
    assert file.cells["Город"].tolist() == ["Орёл", "Тверь", "Елец"]
    assert (file.separator, file.numerals.decimal) == (separator, ",")
    assert [file.numerals.parse(cell) for cell in file.cells["Сумма"]] == [1.5, 22.75, 3]


def test_western_letters_are_no_russian_ones(tmp_path: Path) -> None:
    write_table(tmp_path, "a.csv", [["id", "city"], ["1", "Málaga"], ["2", "Köln"], ["3", "Besançon"]], ",", "cp1252")
    assert read_files(tmp_path)[0].cells["city"].tolist() == ["Málaga", "Köln", "Besançon"]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1 234,50", "12,5", "7"], [1234.5, 12.5, 7]),
        (["1.234.567,5", "1.234,5", "8,25"], [1234567.5, 1234.5, 8.25]),
        (["1,234,567.5", "1,234.5", "8.25"], [1234567.5, 1234.5, 8.25]),
        (["12,5 ₽", "7 ₽", "1 000 ₽"], [12.5, 7, 1000]),
        (["$12.50", "-$7", "$1.05"], [12.5, -7, 1.05]),
        (["45%", "7,5 %", "100%"], [45, 7.5, 100]),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, cells: list[str], numbers: list[float]) -> None:
    write_table(tmp_path, "a.csv", [["id", "x"], *([f"c{at}", cell] for at, cell in enumerate(cells))], ";")
    (file,) = read_files(tmp_path)
    assert [file.numerals.parse(cell) for cell in file.cells["x"]] == numbers


def test_totals_and_headers_that_repeat_are_left_out(tmp_path: Path) -> None:
    rows = [["id", "x", "x", ""], ["1", "2", "3", "4"], ["2", "2", "3", "4"], ["Итого:", "4", "6", "8"]]
    write_table(tmp_path, "a.csv", rows)
    file = find_keys(read_files(tmp_path))[0].file
    assert (list(file.cells), len(file.cells), file.has_totals, len(file.notes)) == (["id"], 2, True, 4)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 something", "an Excel workbook"),
        (b"just one column\n1\n2\n", "no table"),
        (b"a,b\n", "no rows"),
        (b"1,2\n3,4\n5,6\n", "no headers"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_files(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no"):
        read_files(tmp_path)


def test_the_id_is_what_the_files_share(tmp_path: Path) -> None:
    people = [f"K{number}" for number in range(40)]
    first = [["row", "who", "visits"], *([at + 1, who, at % 7] for at, who in enumerate(people))]
    second = [["amount", "client ref"], *([at * 3, who] for at, who in enumerate(reversed(people)))]
    write_table(tmp_path, "a.csv", first)
    write_table(tmp_path, "b.csv", second, ";")
    assert {item.file.name: item.id_header for item in find_keys(read_files(tmp_path))} == {
        "a.csv": "who",
        "b.csv": "client ref",
    }


def test_in_one_file_the_id_is_no_name_and_no_fraction(tmp_path: Path) -> None:
    rows = [["Spent", "E-mail", "Ref"], *([f"{at}.5", f"a{at}@b.c", f"R-{at}"] for at in range(30))]
    write_table(tmp_path, "a.csv", rows)
    assert find_keys(read_files(tmp_path))[0].id_header == "Ref"


def test_strangers_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path, "a.csv", [["id", "x"], *([f"A{at}", at % 5] for at in range(30))])
    write_table(tmp_path, "b.csv", [["id", "y"], *([f"B{at}", at % 3] for at in range(30))])
    with pytest.raises(UserError, match=r"a\.csv and b\.csv|b\.csv and a\.csv"):
        find_keys(read_files(tmp_path))


def test_parts_of_one_table_are_refused(tmp_path: Path) -> None:
    for part in "AB":
        write_table(tmp_path, f"{part}.csv", [["id", "x"], *([f"{part}{at}", at % 5] for at in range(30))])
    with pytest.raises(UserError, match="put their rows into one file"):
        find_keys(read_files(tmp_path))


def test_a_number_of_rows_is_no_id(tmp_path: Path) -> None:
    rows = [["No", "x", "Client code"], *([at + 1, at % 4, f"{at * 7 % 97:05d}"] for at in range(60))]
    write_table(tmp_path, "a.csv", rows)
    assert find_keys(read_files(tmp_path))[0].id_header == "Client code"


def test_rows_that_nobody_owns_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path, "a.csv", [["colour", "x"], *(["red", at % 4] for at in range(30))])
    with pytest.raises(UserError, match="tells customers apart"):
        find_keys(read_files(tmp_path))


@pytest.mark.parametrize(
    ("separator", "columns", "numbers", "marked"),
    [
        ("\t", {"x": ["1,234", "87", "12,050"]}, [1234, 87, 12050], True),
        (";", {"x": ["1.234", "87", "12.050"]}, [1234, 87, 12050], True),
        (";", {"x": ["1.234.567", "87", "12.050"]}, [1234567, 87, 12050], False),  # two marks are no decimal marks
        (";", {"x": ["0.234", "0.870", "0.050"]}, [0.234, 0.87, 0.05], False),  # nothing is written 0 thousands
        (";", {"x": ["1.234", "1087", "12.050"]}, [1.234, 1087, 12.05], False),  # 1087 would have its mark as well
        (";", {"x": ["1,234", "8,700", "9,050"], "y": ["0,5", "1,25", "2"]}, [1.234, 8.7, 9.05], True),
        (",", {"x": ["1.234", "8.700", "9.050"]}, [1.234, 8.7, 9.05], True),
    ],
)
def test_thousands_are_no_decimals(
    tmp_path: Path, separator: str, columns: dict[str, list[str]], numbers: list[float], marked: bool
) -> None:
    rows = [["id", *columns], *([f"c{at}", *cells] for at, cells in enumerate(zip(*columns.values(), strict=True)))]
    write_table(tmp_path, "a.txt", rows, separator)
    (file,) = read_files(tmp_path)
    assert [file.numerals.parse(cell) for cell in file.cells["x"]] == numbers
    assert any("# confirm" in note for note in file.notes) == marked


def test_a_separator_that_is_not_sure_is_marked(tmp_path: Path) -> None:
    write_table(tmp_path, "a.txt", [["id;x,y"], ["1;2,3"], ["2;5,7"]])
    assert ["separated by" in note and "# confirm" in note for note in read_files(tmp_path)[0].notes] == [True]


@pytest.mark.parametrize(("last", "customers"), [(["c9", "Total"], 31), (["", "Total"], 30), (["Total", ""], 30)])
def test_a_customer_whose_plan_is_called_total_is_no_row_of_totals(
    tmp_path: Path, last: list[str], customers: int
) -> None:
    rows = [["id", "plan", "x"], *([f"a{at}", "basic", at] for at in range(30)), [*last, 7]]
    write_table(tmp_path, "a.csv", rows)
    (keyed,) = find_keys(read_files(tmp_path))
    assert (len(keyed.ids), keyed.file.has_totals) == (customers, customers == 30)
