"""No cell of a CSV that we write, and no header, is a formula to a spreadsheet."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from retention.files import write_csv
from retention.formulas import make_safe


@pytest.mark.parametrize(
    "cell", ["=1+1", "+7", "-2", "@SUM(A1)", "\t=1", "\r\n=1", "  =1", "＝1", "a;=1", "a|+1", "\x00=1", "'=1", "plain"]
)
def test_no_cell_starts_a_formula(cell: str) -> None:
    safe = make_safe(cell)
    for part in safe.replace("|", ";").split(";"):
        assert not part.strip().startswith(("=", "+", "-", "@", "＝", "＋"))
    assert not any(ord(sign) < 32 for sign in safe)
    assert make_safe("plain") == "plain"


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_headers_ids_and_cells_are_safe_in_every_file(tmp_path: Path, dtype: str) -> None:
    hostile = "=cmd|'/c calc'!A0"
    frame = pd.DataFrame({"customer_id": [hostile, "7"], hostile: ["@x", None], "profit": [-1.5, 2]})
    write_csv(tmp_path / "list.csv", frame.astype({"customer_id": dtype, hostile: dtype}))
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["customer_id", make_safe(hostile), "profit"],
        [make_safe(hostile), "'@x", "-1.5"],
        ["7", "", "2.0"],
    ]
