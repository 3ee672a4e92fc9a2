"""The tables as CSV, read back as a spreadsheet would."""

import csv
import io

import pytest

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report
from retention.reporting.spreadsheet import write_table


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.encode().decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("value", [0.0, -12.5, 1234567.0, 0.031])
def test_numbers_are_numbers_in_any_language(value: float, voice: Voice) -> None:
    table = Table("", ["a", "b"], [[voice.number(value, 3), voice.percent(value, 1)]])
    number, percent = read(write_table(table, voice, "comma"))[1]
    apart = write_table(table, voice, "semicolon").splitlines()[1].replace(",", ".").split(";")
    assert apart == [number, percent]
    assert float(number) == pytest.approx(value, abs=5e-4)
    assert float(percent.removesuffix("%")) == pytest.approx(100 * value, abs=0.05)


def test_words_keep_their_commas_and_start_no_formula(english: Voice) -> None:
    cells = ['=HYPERLINK("x")', "one, two", "10\u00a0customers", "@home", "+1; =2", "0.5 (0.4 to 0.6)"]
    shown = read(write_table(Table("", cells, [cells]), english, "comma"))
    assert shown[0] == shown[1]
    assert shown[1][1:3] == ["one, two", "10 customers"]
    assert [cell[0] for cell in shown[1]] == ["'", "o", "1", "'", "'", "0"]
    assert "=2" not in shown[1][4].replace("'=2", "")


def test_every_table_of_the_report_is_there_and_whole(report: Report, voice: Voice) -> None:
    known = {"budget", "rules", "sensitivity", "columns", "metrics", "findings", "phik", "segments", "trust"}
    assert known <= set(report.tables)
    for text in report.tables.values():
        rows = read(text)
        assert text.startswith("\ufeff")
        assert len(rows) > 1 and len({len(row) for row in rows}) == 1
        assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)
    assert voice.say("segments.head.segment") == read(report.tables["segments"])[0][0]
