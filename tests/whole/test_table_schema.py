"""A table that passes between stages is what its schema declares, at the writer and at the reader."""

from pathlib import Path

import pandas as pd
import pytest

from retention.errors import UserError
from retention.files import read_table, write_csv, write_parquet, write_table
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
    pd.testing.assert_frame_equal(read.fillna({"name": ""}), FRAME)


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
