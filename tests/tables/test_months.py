"""Months against a plain loop over what was written: labels that matured, units, the clock; bytes; leaps."""

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.errors import NothingLearntError, UserError
from retention.files import read_artifact
from retention.paths import Paths
from retention.simulate import write_shop
from retention.stages import prepare, validate
from retention.tables.months.periods import Periods, move_month
from retention.tables.months.shop import number_units, read_month, read_shop
from retention.tables.quality import Quality
from retention.tables.settings import LabelSettings, TableSettings

from .conftest import IDS, Files, lines

MONTHS = [f"2026-{month:02}" for month in range(1, 8)]
WORDS = {1: "Снизилась", 0: "Прежний уровень"}
Labels = Mapping[int, int | None]
Run = Callable[..., Paths]


def write_month(folder: Path, files: Files, present: list[int], labels: Labels | None, outcomes: Labels | None) -> None:
    """Write the exports of the customers `present`, without the label's column if `labels` is None."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        head, *rows = text.splitlines()
        mark = ";" if ";" in head else ","
        rows = [row.split(mark) for row in rows if int(row.split(mark)[0]) in present]
        if name == "market_file.csv":
            cells = head.split(",")
            rows = [[row[0], WORDS.get((labels or {}).get(int(row[0])), ""), *row[2:]] for row in rows]
            if labels is None:
                head, rows = ",".join([cells[0], *cells[2:]]), [[row[0], *row[2:]] for row in rows]
        (folder / name).write_text(lines(head, *(mark.join(row) for row in rows)))
    if outcomes is not None:
        told = [f"{customer},{WORDS[label]}" for customer, label in outcomes.items()]
        (folder / "outcomes.csv").write_text(lines("id,Покупательская активность", *told))


@pytest.fixture
def run(tmp_path: Path, declared: dict[str, Any]) -> Run:
    """Run both stages; return the paths."""

    def validate_and_prepare(as_of: str | None = None, absent: str = "declined", backend: str = "pandas") -> Paths:
        paths = Paths(tmp_path, tmp_path)
        settings: Any = SimpleNamespace(
            tables=TableSettings.model_validate(declared),
            label=LabelSettings.model_validate({"months": 3, "absent": absent, "treated": "corrected"}),
            as_of=as_of,
            search=SimpleNamespace(reuse=False),
            runtime=SimpleNamespace(backend=backend),
        )
        validate.run(settings, paths)
        prepare.run(settings, paths)
        return paths

    return validate_and_prepare


def draw_labels(rng: random.Random, present: list[int], share: float) -> Labels:
    return {customer: rng.choice([0, 1]) for customer in present if rng.random() < share}


@pytest.mark.parametrize("seed", range(3))
def test_what_has_matured_is_what_a_plain_loop_finds(tmp_path: Path, files: Files, run: Run, seed: int) -> None:
    rng = random.Random(seed)
    absent, as_of = rng.choice(["declined", "missing"]), rng.choice([None, "2026-06"])
    months = [month for month in MONTHS if month == MONTHS[0] or rng.random() < 0.9 or month == "2026-06"]
    present = {month: sorted(rng.sample(IDS, 6)) for month in months}
    own = {month: rng.choice([None, draw_labels(rng, present[month], 0.5)]) for month in months}
    came = {
        month: rng.choice([None, draw_labels(rng, present[month], 0.5) or {present[month][0]: 1}]) for month in months
    }
    own[MONTHS[0]] = dict.fromkeys(present[MONTHS[0]], 0) | {present[MONTHS[0]][0]: 1}
    for month in months:
        write_month(tmp_path / "data" / month, files, present[month], own[month], came[month])
    now = as_of or months[-1]
    expected = set()
    for month in months:
        at = MONTHS.index(month) + 3
        known = {**(own[month] or {}), **(came[month] or {})}
        if at > MONTHS.index(now) or not known:
            continue
        for customer in present[month]:
            label = known.get(customer)
            gone = MONTHS[at] in months and customer not in present[MONTHS[at]]
            if label is None and gone and absent == "declined":
                label = 1
            if label is not None:
                expected.add((month, customer, label))
    paths = run(as_of, absent)
    learnt, periods = pd.read_parquet(paths.learnt), read_artifact(paths.periods, Periods)
    found = set(learnt[["month", "customer_id", "declined"]].itertuples(index=False, name=None))
    assert (found, len(learnt)) == (expected, len(expected))
    assert periods.learnt == tuple(sorted({month for month, _, _ in expected}))
    assert {*periods.learnt, *periods.waiting, periods.acted_on} == {month for month in months if month <= now}
    customers = pd.read_parquet(paths.customers)
    assert sorted(customers["customer_id"]) == present[now]
    assert "declined" not in customers
    counts = {one.month: one.labels for one in read_artifact(paths.quality, Quality).months}
    assert list(counts) == [month for month in months if month <= now]
    assert sum(one.known + one.absent for one in counts.values() if one) == len(expected)


def write_months(data: Path, files: Files, last: str, labelled: str) -> None:
    labels = {customer: customer % 2 for customer in IDS}
    for month in (month for month in MONTHS if month <= last):
        write_month(data / month, files, IDS, labels if month <= labelled else None, None)


def test_a_month_that_brings_no_labels_changes_no_byte_that_is_learnt_from(
    tmp_path: Path, files: Files, run: Run
) -> None:
    write_months(tmp_path / "data", files, "2026-05", "2026-02")
    paths = run(backend="pandas")
    before = paths.learnt.read_bytes()
    write_months(tmp_path / "data", files, "2026-07", "2026-02")
    _multiply(tmp_path / "data" / "2026-07" / "market_money.csv", ",", 7)
    assert run(backend="polars").learnt.read_bytes() == before
    assert read_artifact(paths.periods, Periods).acted_on == "2026-07"
    write_month(tmp_path / "data" / "2026-03", files, IDS, None, {101: 1})
    assert run(backend="polars").learnt.read_bytes() != before


def test_units_are_what_joining_pair_after_pair_gives() -> None:
    rng = random.Random(3)
    rows = pd.DataFrame({"customer_id": [rng.randrange(40) for _ in range(60)]})
    rows["a"], rows["b"] = [rng.choice([1.0, 2.0, None]) for _ in range(60)], [rng.randrange(20) / 7 for _ in range(60)]
    units, cells = list(range(60)), rows[["a", "b"]].fillna(-1).to_numpy().tolist()
    for i in range(60):
        for j in range(i):
            if cells[i] == cells[j] or rows["customer_id"][i] == rows["customer_id"][j]:
                units = [units[j] if unit == units[i] else unit for unit in units]
    assert number_units(rows, ["a", "b"]).tolist() == [list(dict.fromkeys(units)).index(unit) for unit in units]
    assert 2 < len(set(units)) < 40


def test_without_a_matured_label_there_are_checks_a_sentence_and_an_exit_code(
    tmp_path: Path, files: Files, run: Run
) -> None:
    write_months(tmp_path / "data", files, "2026-03", "2026-03")
    with pytest.raises(NothingLearntError, match="matured"):
        run()
    assert NothingLearntError.exit_code == 3
    assert read_artifact(Paths(tmp_path, tmp_path).quality, Quality).customers.kept == 8


@pytest.mark.parametrize(
    ("as_of", "flat", "sentence"),
    [
        ("2026-09", False, r"no such month \(the nearest is"),
        (None, True, "without a month"),
        ("2026-02", True, "month"),
    ],
)
def test_months_that_cannot_be_told_are_asked_for(
    tmp_path: Path, files: Files, run: Run, as_of: str | None, flat: bool, sentence: str
) -> None:
    write_months(tmp_path / "data", files, "2026-04", "2026-01")
    if flat:
        write_month(tmp_path / "data", files, IDS, None, None)
    with pytest.raises(UserError, match=sentence):
        run(as_of)


def test_a_mistake_names_its_month(tmp_path: Path, files: Files, run: Run) -> None:
    write_months(tmp_path / "data", files, "2026-05", "2026-02")
    (tmp_path / "data" / "2026-02" / "money.csv").unlink()
    with pytest.raises(UserError, match=r"^2026-02: money\.csv is missing"):
        run()


def _multiply(path: Path, mark: str, by: float) -> None:
    head, *rows = path.read_text().splitlines()
    cells = [row.split(mark) for row in rows]
    path.write_text(
        lines(head, *(mark.join([*row[:-1], repr(float(row[-1].replace(",", ".")) * by)]) for row in cells))
    )


@pytest.mark.parametrize("spoilt", ["", "revenue", "half", "ids"])
def test_what_leaps_is_found_and_nothing_else(tmp_path: Path, run: Run, spoilt: str) -> None:
    for at, month in enumerate(MONTHS[:5]):
        write_shop(tmp_path / "data" / month, customers=300, seed=at, truth=None)
    last = tmp_path / "data" / MONTHS[4]
    if spoilt == "revenue":
        _multiply(last / "market_money.csv", ",", 5)
    if spoilt == "half":
        rows = (last / "money.csv").read_text().splitlines()
        (last / "money.csv").write_text(lines(*rows[:120]))
    if spoilt == "ids":
        for path in last.iterdir():
            text = path.read_text()
            head, *rows = text.splitlines()
            path.write_text(lines(head, *(f"9{row}" for row in rows)))
    quality = read_artifact(run().quality, Quality)
    leaps = {(item.code, item.column) for item in quality.findings if item.code.startswith("leapt_")}
    series = {("leapt_numbers", f"revenue_{when}") for when in ("current", "previous", "before_previous")}
    expected = {"": set(), "revenue": series, "half": {("leapt_rows", None)}, "ids": {("leapt_customers", None)}}
    assert leaps == expected[spoilt]
    assert not [item for one in quality.earlier for item in one.findings if item.code.startswith("leapt_")]


def test_exports_that_share_a_file_leap_too_and_strange_outcomes_are_no_rows_of_the_main_export(
    tmp_path: Path, declared: dict[str, Any]
) -> None:
    declared = copy.deepcopy(declared)
    shared = [declared["exports"][name] for name in ("revenue", "minutes")]
    for export in shared:
        export["file"] = "both.csv"
    shared[1]["ignored_months"] = ["препредыдущий_месяц"]
    for at, month in enumerate(MONTHS[:5]):
        folder = tmp_path / month
        write_shop(folder, customers=300, seed=at, truth=None)
        both = pd.read_csv(folder / "market_money.csv")
        both["минут"] = both.merge(pd.read_csv(folder / "market_time.csv"), how="left")["минут"].fillna(0)
        both["Выручка"] *= 7 if month == MONTHS[4] else 1
        both.to_csv(folder / "both.csv", index=False)
        ids = [*both["id"].unique()[:100], *range(100)] if month < MONTHS[2] else []
        outcomes = lines("id,Покупательская активность", *(f"{customer},{WORDS[customer % 2]}" for customer in ids))
        (folder / "outcomes.csv").write_text(outcomes) if ids else None
    label = LabelSettings(months=3, absent="declined", treated="corrected")
    quality = read_shop(tmp_path, TableSettings.model_validate(declared), label, None, "pandas", True).quality
    leaps = [(one.month, item.table, item.code) for one in quality.months for item in one.findings]
    assert [item for item in leaps if item[2].startswith("leapt_")] == [(MONTHS[4], "revenue", "leapt_numbers")] * 3
    assert any(item[2] == "unknown_customer" for item in leaps)


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("file", ["market_file.csv", "outcomes.csv"])
@pytest.mark.parametrize("by", [0, 7])
def test_labels_that_moved_against_the_rows_of_a_month_are_told(
    tmp_path: Path, declared: dict[str, Any], file: str, by: int, backend: str
) -> None:
    write_shop(tmp_path, customers=1300, seed=1, truth=None)
    rows = pd.read_csv(tmp_path / "market_file.csv", dtype=str).sample(frac=1, random_state=1)
    label = "Покупательская активность"
    rows[label] = np.roll(rows[label].to_numpy(), by)
    if file == "outcomes.csv":
        rows[["id", label]].head(1000).to_csv(tmp_path / file, index=False)
        rows = rows.drop(columns=label).sort_index()
    rows.to_csv(tmp_path / "market_file.csv", index=False)
    table, known = read_month(tmp_path, TableSettings.model_validate(declared), backend, matured=True)
    assert len(known) >= 1000
    assert "declined" not in table.frame
    moved = [item for item in table.quality.findings if item.code in ("shifted_column", "shifted_ids", "sorted_column")]
    assert [(item.code, item.file, item.column) for item in moved] == [("shifted_column", file, "declined")] * bool(by)


def test_moving_months_counts_across_years() -> None:
    assert [move_month("2026-11", by) for by in (-11, -10, 1, 2, 14)] == [
        *("2025-12", "2026-01", "2026-12", "2027-01", "2028-01")
    ]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda frame: frame.assign(tenure_days=np.nan), "has a value of tenure_days: export it, or take it out"),
        (lambda frame: frame[:0], "is usable, so there is nothing to learn"),
        (lambda frame: frame.assign(declined=1), "have the same label"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(
    tmp_path: Path, declared: dict[str, Any], spoil: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    write_shop(tmp_path, customers=300, seed=1, truth=None)
    settings = TableSettings.model_validate(declared)
    label = LabelSettings(months=3, absent="declined", treated="corrected")
    shop = read_shop(tmp_path, settings, label, None, "pandas", check=False)
    (table,) = shop.months.values()
    with pytest.raises(UserError, match=said):
        replace(shop, months={"": replace(table, frame=spoil(table.frame))}).join_learnt(settings)
