"""Numbers with signs and parted thousands, periods that are dates, measures that share a file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from retention.errors import UserError
from retention.settings import Settings
from retention.tables.mending import Kind, bare_number
from retention.tables.months.dates import read_month
from retention.tables.parts import split_months
from retention.tables.reading import read_export
from retention.tables.settings import Export

EXPORT = {
    "file": "a.csv", "separator": ";", "decimal": ",", "encoding": "utf-8", "empty": ("",),
    "headers": {"customer_id": "id", "month": "day", "value": "sum"}, "months": {"now": {"spellings": ["0"]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "bare"),
    [
        ("1 234,50 ₽", "1234,50"), ("₽ 7", "7"), ("-₽1\u00a0000", "-1000"), ("45%", "45"), ("12,5", "12,5"),
        ("1 23,5", "1 23,5"), ("12 345 67", "12 345 67"), ("₽", "₽"), ("5 штук", "5 штук"), ("", ""),
    ],
)  # fmt: skip
def test_only_what_is_declared_is_taken_away(cell: str, bare: str) -> None:
    assert bare_number(cell, ",", " ", ("₽", "%")) == bare


def test_nothing_is_taken_away_undeclared() -> None:
    assert bare_number("1 234,50 ₽", ",", "", ()) == "1 234,50 ₽"


@pytest.mark.parametrize(
    ("text", "month_first", "month"),
    [
        ("2026-05-31", False, (2026, 5)), ("2026-05", False, (2026, 5)), ("202605", False, (2026, 5)),
        ("31.05.2026 10:15", False, (2026, 5)), ("05/06/26", False, (2026, 6)), ("05/06/26", True, (2026, 5)),
        ("31/05/2026", True, None), ("13.2026", False, None), ("20265", False, None),
        ("май 2026", False, (2026, 5)), ("May-26", False, (2026, 5)), ("15-Jan-26", True, (2026, 1)),
    ],
)  # fmt: skip
def test_months_of_dates(text: str, month_first: bool, month: tuple[int, int] | None) -> None:
    assert read_month(text, month_first) == (month and month[0] * 12 + month[1])


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_dates_are_counted_back_from_the_latest(tmp_path: Path, backend: str, composed: Settings) -> None:
    rows = ["id;day;sum", "1;01.02.2026;1 000,5 ₽", "1;15.01.2026;2 ₽", "2;28.02.2026;3", "2;31.12.2025;4"]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    months = {"now": {"spellings": ["0"]}, "before": {"spellings": ["1"]}}
    told = {"dates": "day_first", "thousands": " ", "signs": ("₽",), "months": months}
    export = Export.model_validate(EXPORT | told)
    kinds: dict[str, Kind] = {"customer_id": "integer", "month": "label", "value": "number"}
    table = read_export(tmp_path / "a.csv", "a", export, kinds, backend)
    parts, findings = split_months(table, export, composed.tables.handling)
    now, before = (part.frame for part in parts)
    assert (now["customer_id"].to_list(), now["now"].to_list()) == ([1, 2], [1000.5, 3.0])
    assert (before["customer_id"].to_list(), before["before"].to_list()) == ([1], [2.0])
    assert [(finding.code, finding.count) for finding in findings] == [("ignored_month", 1)]


def test_a_date_far_ahead_of_all_others_is_named(tmp_path: Path, composed: Settings) -> None:
    (tmp_path / "a.csv").write_text("id;day;sum\n1;01.02.2026;1\n1;15.01.2026;2\n2;05.02.2062;3\n", encoding="utf-8")
    months = {"now": {"spellings": ["0"]}, "before": {"spellings": ["1"]}}
    export = Export.model_validate(EXPORT | {"dates": "day_first", "months": months})
    table = read_export(tmp_path / "a.csv", "a", export, {"customer_id": "integer", "month": "label"}, "pandas")
    with pytest.raises(UserError, match=r'^a\.csv, column "day": no date lies 1 month before .* "05\.02\.2062": mend'):
        split_months(table, export, composed.tables.handling)


def test_months_of_dates_are_not_spelled_in_words() -> None:
    with pytest.raises(ValidationError, match="how many months ago"):
        Export.model_validate(EXPORT | {"dates": "day_first", "months": {"now": {"spellings": ["May"]}}})
