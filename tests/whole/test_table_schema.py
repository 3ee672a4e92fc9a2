"""A table that passes between stages is what its schema declares, at the writer and at the reader."""

from pathlib import Path

import pandas as pd
import pytest

from retention.errors import UserError
from retention.files import read_table, write_csv, write_parquet, write_table
from retention.strict import Dialect
from retention.table_schema import ColumnSchema, TableSchema

SCHEMA = TableSchema(
    "a customer",
    {
        "customer_id": ColumnSchema("id", "Who."),
        "name": ColumnSchema("text", "Called."),
        "spent": ColumnSchema("number", "How much."),
    },
    {"<offer>_customers": ColumnSchema("integer", "How many.")},
)
FRAME = pd.DataFrame(
    {"customer_id": [1, 2], "name": ["0071", ""], "spent": [0.5, None], "stickers_customers": [3, 4]},
).astype({"name": "str"})
WRONG = {
    "renamed": (FRAME.rename(columns={"spent": "cost"}), "there is no column spent"),
    "one too many": (FRAME.assign(note="x"), "the column note is not declared"),
    "an offer's column renamed": (FRAME.rename(columns=lambda name: name.replace("customers", "clients")), "clients"),
    "words for numbers": (FRAME.assign(spent=["much", "little"]), "the column spent does not hold"),
    "fractions for counts": (FRAME.assign(stickers_customers=[0.5, 1]), "the column stickers_customers does not"),
    "numbers for words": (FRAME.assign(name=[1, 2]), "the column name does not hold"),
}


@pytest.mark.parametrize("file", ["table.parquet", "table.csv"])
def test_a_table_is_read_as_it_was_written(tmp_path: Path, file: str) -> None:
    write_table(tmp_path / file, FRAME, SCHEMA)
    read = read_table(tmp_path / file, SCHEMA)
    pd.testing.assert_frame_equal(read, FRAME)


@pytest.mark.parametrize("ids", [["+79001", "-5", "@a", "=1"], ["NA", "null", "None", "nan"], ["007", "7", "a;=b", ""]])
@pytest.mark.parametrize("dialect", ["comma", "semicolon"])
def test_texts_come_back_from_a_csv_as_they_were(tmp_path: Path, ids: list[str], dialect: Dialect) -> None:
    frame = pd.DataFrame({"customer_id": ids, "name": ids[::-1], "spent": [0.5, None, 2, 3]})
    write_table(tmp_path / "table.csv", frame, SCHEMA, dialect)
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.csv", SCHEMA), frame)


@pytest.mark.parametrize("content", [b"PAR1cut", b"", b"\xff\xfe"])
def test_a_damaged_table_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    for name in ("table.parquet", "table.csv"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=rf"{name} is not what .*: restore it\.$"):
            read_table(tmp_path / name, SCHEMA, "restore it")


@pytest.mark.parametrize("row", ["1,a,2,3", '1,"a,2'])
def test_a_row_that_does_not_fit_the_header_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "table.csv").write_text(f"customer_id,name,spent\n{row}\n")
    with pytest.raises(UserError, match="is not what"):
        read_table(tmp_path / "table.csv", SCHEMA)


@pytest.mark.parametrize("case", WRONG)
def test_another_table_is_refused_by_the_writer_and_by_the_reader(tmp_path: Path, case: str) -> None:
    frame, said = WRONG[case]
    path = tmp_path / "table.parquet"
    with pytest.raises(ValueError, match=rf"table\.parquet: .*{said}"):
        write_table(path, frame, SCHEMA)
    assert not path.exists()
    write_parquet(path, frame)
    with pytest.raises(UserError, match=rf"table\.parquet is not what .*{said}.*run `dvc repro`"):
        read_table(path, SCHEMA)


def test_a_missing_column_of_a_csv_is_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "table.csv", FRAME.drop(columns="spent"))
    with pytest.raises(UserError, match="no column spent"):
        read_table(tmp_path / "table.csv", SCHEMA)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"table\.csv is missing"):
        read_table(tmp_path / "table.csv", SCHEMA)


def test_a_table_without_rows_has_its_columns_only(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", FRAME[:0], SCHEMA)
    assert read_table(tmp_path / "table.csv", SCHEMA).columns.tolist() == FRAME.columns.tolist()
