"""No pollution of a sample shop is silently wrong, a traceback or a hang; what has moved is told."""

import random
import tempfile
from pathlib import Path

import pytest

from retention.simulate import write_shop
from retention.tables.customers import CustomerTable, read_customers
from retention.tables.quality import FindingSummary

from . import run
from .judging import Clean, judge
from .sheets import Kind, Sheet, Spoilt

TOLD = {  # sheet → columns that go with others so clearly that 1,300 customers show it
    "customers": ["Тип сервиса", "Разрешить сообщать", "Длительность", "Страниц_за_визит"],
    "minutes": ["минут"],
}
USUAL = {"repaired_label", "inactive", "outlier", "twins"}
"""What the sample shop has by itself."""


@pytest.fixture(autouse=True)
def _at_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


@pytest.mark.slow
def test_two_thousand_pollutions() -> None:
    counts, faults = run.run(0, 2200, 100)
    assert not faults
    assert sum(counts.values()) == 2200
    assert len({name for _, name, _ in counts}) == len(run.KINDS) > 100


def test_the_judge_sees_a_corruption_a_loss_and_a_vague_refusal() -> None:
    clean, sheets = run.make_shop(100)
    sheet = sheets["profit"]
    rows = [list(row) for row in sheet.rows]
    rows[5][1] = rows[6][1]
    kind = Kind("cells", "known", lambda *_: Spoilt(None))
    assert judge(kind, sheet.name, Spoilt(sheet.write(rows)), clean, "polars")[0] == "silent"
    rows[5][1] = "abc"
    assert judge(kind, sheet.name, Spoilt(sheet.write(rows), (6,), "Прибыль"), clean, "polars")[0] == "refused"
    assert judge(kind, sheet.name, Spoilt(sheet.write(rows), (7,), "Прибыль"), clean, "polars")[0] == "vague"


@pytest.fixture(scope="module")
def large(project: Path) -> tuple[Clean, dict[str, Sheet]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        return run.make_shop(1300)


def read(clean: Clean, name: str, rows: list[list[str]], sheet: Sheet) -> CustomerTable:
    with tempfile.TemporaryDirectory() as place:
        for other, content in {**clean.files, name: sheet.write(rows).encode()}.items():
            (Path(place) / other).write_bytes(content)
        return read_customers(Path(place), clean.settings, "polars")


def find(table: CustomerTable, *codes: str) -> list[FindingSummary]:
    return [item for item in table.quality.findings if item.code in codes]


@pytest.mark.parametrize(("key", "header"), [(key, header) for key, headers in TOLD.items() for header in headers])
@pytest.mark.parametrize("by", [1, -1])
def test_a_shifted_column_is_told_and_no_other(
    large: tuple[Clean, dict[str, Sheet]], key: str, header: str, by: int
) -> None:
    clean, sheets = large
    sheet = sheets[key]
    at, rows = sheet.rows[0].index(header), sheet.rows[1:]
    moved = [[*row[:at], rows[(n - by) % len(rows)][at], *row[at + 1 :]] for n, row in enumerate(rows)]
    (found,) = find(read(clean, sheet.name, [sheet.rows[0], *moved], sheet), "shifted_column", "shifted_ids")
    assert found.file == sheet.name
    assert f"{by:+d}" in found.message.en
    assert found.column in (None, next(c for c, h in clean.declared["exports"][key]["headers"].items() if h == header))


def test_shifted_ids_are_told(large: tuple[Clean, dict[str, Sheet]]) -> None:
    clean, sheets = large
    sheet = sheets["customers"]
    ids = [row[0] for row in sheet.rows[1:]]
    moved = [[new, *row[1:]] for new, row in zip([*ids[1:], ids[0]], sheet.rows[1:], strict=True)]
    (found,) = find(read(clean, sheet.name, [sheet.rows[0], *moved], sheet), "shifted_column", "shifted_ids")
    assert (found.code, found.file) == ("shifted_ids", sheet.name)


def test_a_column_sorted_alone_is_told_and_rows_sorted_together_are_not(large: tuple[Clean, dict[str, Sheet]]) -> None:
    clean, sheets = large
    sheet = sheets["customers"]
    at = sheet.rows[0].index("Длительность")
    tenures = sorted((row[at] for row in sheet.rows[1:]), key=int)
    alone = [[*row[:at], tenure, *row[at + 1 :]] for row, tenure in zip(sheet.rows[1:], tenures, strict=True)]
    (found,) = find(read(clean, sheet.name, [sheet.rows[0], *alone], sheet), "sorted_column")
    assert found.column == "tenure_days"
    together = sorted(sheet.rows[1:], key=lambda row: int(row[at]))
    assert not find(read(clean, sheet.name, [sheet.rows[0], *together], sheet), "sorted_column", "shifted_column")


def test_ids_that_rise_with_registration_accuse_no_column(large: tuple[Clean, dict[str, Sheet]]) -> None:
    clean, sheets = large
    at = sheets["customers"].rows[0].index("Длительность")
    rows = sorted(sheets["customers"].rows[1:], key=lambda row: -int(row[at]))
    new = {row[0]: str(900000 + n) for n, row in enumerate(rows)}
    with tempfile.TemporaryDirectory() as place:
        for sheet in sheets.values():
            own = sorted(([new[row[0]], *row[1:]] for row in sheet.rows[1:]), key=lambda row: int(row[0]))
            (Path(place) / sheet.name).write_text(sheet.write([sheet.rows[0], *own]), encoding="utf-8")
        assert not find(read_customers(Path(place), clean.settings, "polars"), "sorted_column", "shifted_column")


@pytest.mark.slow
def test_clean_shops_raise_no_suspicion(tmp_path: Path) -> None:
    settings, told = run.make_shop(100)[0].settings, []
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        write_shop(folder, customers=random.Random(seed).choice([120, 300, 700, 1300]), seed=seed, truth=None)
        quality = read_customers(folder, settings, "polars").quality
        told += [(seed, item.code, item.column) for item in quality.findings if item.code not in USUAL]
    assert not told
