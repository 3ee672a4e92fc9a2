"""A shop's own tables: checked first, versioned, never in git; no verb loses what another has put there."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from retention.campaigns.ledger import Terms, launch
from retention.simulate import write_shop

from ..conftest import command_in

pytestmark = pytest.mark.slow


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    write_shop(tmp_path / "exports", customers=400, seed=5, truth=None)
    return tmp_path / "exports"


def test_unusable_tables_change_nothing(copy: Path, exports: Path) -> None:
    before = _content(copy / "data"), (copy / "data.dvc").read_bytes()
    (exports / "money.csv").unlink()
    failed = command_in(copy)(f"retention use {exports}", expect=1)
    assert "money.csv" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert (_content(copy / "data"), (copy / "data.dvc").read_bytes()) == before


def test_usable_tables_take_the_place_of_the_sample_and_never_reach_git(copy: Path, exports: Path) -> None:
    run, sample = command_in(copy), (copy / "data.dvc").read_bytes()
    stored = _content(copy / "storage")
    (exports / "notes.txt").write_text("not ours")
    assert "git checkout data.dvc" in run(f"retention use {exports}").stdout
    shutil.rmtree(exports / "notes.txt", ignore_errors=True)
    assert set(_content(copy / "data")) == {"market_file.csv", "market_money.csv", "market_time.csv", "money.csv"}
    assert (copy / "data" / "money.csv").read_bytes() == (exports / "money.csv").read_bytes()
    assert "remote" not in yaml.safe_load((copy / "data.dvc").read_text())["outs"][0]
    run("dvc push data", expect=1)
    assert _content(copy / "storage") == stored
    assert "storage" not in run("git status --short --untracked-files=all").stdout
    run("retention use --sample")
    assert (copy / "data.dvc").read_bytes() == sample


def test_the_committed_sample_is_what_the_simulator_makes(copy: Path) -> None:
    run, made = command_in(copy), _content(copy / "data")
    shutil.rmtree(copy / "data")
    shutil.rmtree(copy / ".dvc" / "cache")
    run("dvc pull data")
    assert _content(copy / "data") == made


MONTHS = ("2026-01", "2026-02", "2026-04")


@pytest.fixture
def shop(copy: Path, tmp_path: Path) -> Path:
    """The copy with three months of a shop, the second one without labels."""
    shutil.rmtree(copy / "data", ignore_errors=True)
    (copy / "data.dvc").unlink(missing_ok=True)
    for seed, month in enumerate(MONTHS):
        write_shop(tmp_path / month, customers=150, seed=seed, truth=None)
        shutil.copytree(tmp_path / month, copy / "data" / month)
    for file in (tmp_path / "2026-02" / "market_file.csv", copy / "data" / "2026-02" / "market_file.csv"):
        rows = [line.split(",") for line in file.read_text().splitlines()]
        file.write_text("".join(f"{','.join([row[0], *row[2:]])}\n" for row in rows))
    command_in(copy)("dvc add -q data")
    return copy


def _refused(folder: Path, line: str, words: str) -> None:
    before = _content(folder / "data"), (folder / "data.dvc").read_bytes()
    failed = command_in(folder)(line, expect=1)
    assert words in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert (_content(folder / "data"), (folder / "data.dvc").read_bytes()) == before


def _plan() -> pd.DataFrame:
    row = {"customer_id": 1, "unit": 1, "arm": "contacted", "offer": "letter", "block": 1}
    return pd.DataFrame([row | dict.fromkeys(("chance", "decline_probability", "at_stake", "cost"), 0.5)])


def test_a_month_comes_to_the_others_and_nothing_is_lost(shop: Path, tmp_path: Path, exports: Path) -> None:
    run, data = command_in(shop), shop / "data"
    _refused(shop, f"retention use {exports}", "--month 2026-05")
    _refused(shop, f"retention use {tmp_path / '2026-02'}", "--month 2026-05")  # it has no labels
    _refused(shop, f"retention check {tmp_path / '2026-02'}", "or say --month")
    _refused(shop, "retention use --sample", "another clone")
    _refused(shop, f"retention use {exports} --month 2026-13", "no month")
    _refused(shop, f"retention use {exports} --month 2206-04", "2160 months after 2026-04")
    terms = Terms(months=1, horizon_months=3, loss_share=0.5, money=False, effects={})
    launch(data / "campaigns", _plan(), "c", "2026-02", terms, {}, ("ab" * 32, 1, ""))
    (data / "history" / "2026-01").mkdir(parents=True)
    (data / "history" / "2026-01" / "figures.json").write_text("{}")
    (data / "2026-01" / "outcomes.csv").write_text("id,Покупательская активность\n")
    before = _content(data)
    assert "corrected" not in run(f"retention use {tmp_path / '2026-01'} --month 2026-01").stdout
    assert _content(data) == before
    assert "history/2026-01)" in run(f"retention use {exports} --month 2026-01").stdout
    assert "campaigns/c)" in run(f"retention use {exports} --month 2026-02").stdout
    assert "exports of 2026-02 are the same" in run(f"retention use {exports} --month 2026-05").stdout
    after, new = _content(data), _content(exports)
    months = ("2026-01", "2026-02", "2026-05")
    assert after == before | {f"{month}/{name}": content for month in months for name, content in new.items()}
    (data / "2026-04" / "money.csv").unlink()
    _refused(shop, f"retention use {exports} --month 2026-06", "dvc checkout")
    assert run("dvc checkout data").returncode == 0
    assert _content(data) == after


def test_the_undated_month_is_given_its_own_before_another_comes(shop: Path, exports: Path, tmp_path: Path) -> None:
    run, data = command_in(shop), shop / "data"
    shutil.rmtree(data)
    (shop / "data.dvc").unlink()
    run(f"retention use {exports}")
    (data / "campaigns").mkdir()
    (data / "campaigns" / "kept").write_text("x")
    assert "made room" not in run(f"retention use {exports}").stdout
    assert set(_content(data)) == {*_content(exports), "campaigns/kept"}
    others = shutil.copytree(exports, tmp_path / "others")
    (others / "money.csv").write_bytes((others / "money.csv").read_bytes() + b"\n")
    assert "The exports without a month that were there made room" in run(f"retention use {others}").stdout
    run(f"retention use {exports}")
    _refused(shop, f"retention use {tmp_path / '2026-01'} --month 2026-09", "retention use data --month 2026-08")
    _refused(shop, "retention use --sample", "campaigns/")
    run("retention use data --month 2026-08")
    assert set(_content(data)) == {*(f"2026-08/{name}" for name in _content(exports)), "campaigns/kept"}


def test_outcomes_are_checked_and_added(shop: Path, tmp_path: Path) -> None:
    run, file = command_in(shop), tmp_path / "came.csv"
    ids = [line.split(",")[0] for line in (shop / "data/2026-01/market_file.csv").read_text().splitlines()[1:]]
    header, kept = "Покупательская активность,id", shop / "data" / "2026-01" / "outcomes.csv"
    file.write_text(f"{header}\nСнизилась,{ids[0]}\nУпала,{ids[1]}\n")
    _refused(shop, f"retention outcomes {file} --month 2026-01", "row 3")
    _refused(shop, f"retention outcomes {file} --month 2026-03", "no exports of 2026-03")
    file.write_text(f"{header}\nСнизилась,1\n")
    _refused(shop, f"retention outcomes {file} --month 2026-01", "no customer in common")
    file.write_text(f"{header}\nСнизилась,{ids[0]}\nСнизилась,{ids[1]}\nСнизилась,1\n")
    said = run(f"retention outcomes {file} --month 2026-01").stdout
    assert "(quarantine)" in said
    assert "--month" not in said
    file.write_text(f"{header}\nПрежний уровень,{ids[1]}\n")
    said = run(f"retention outcomes {file} --month 2026-01").stdout
    own = (shop / "data/2026-01/market_file.csv").read_text().count("Снизилась")
    changed = [
        line.split(",")[1] == "Снизилась" for line in (shop / "data/2026-01/market_file.csv").read_text().splitlines()
    ]
    declined = own + (not changed[1]) - changed[2]
    assert f"150 with a label ({declined} declined)" in said
    assert "gone by 2026-04" in said
    told = dict(line.split(",") for line in kept.read_text().splitlines())
    assert told == {"id": "Покупательская активность", ids[1]: "Прежний уровень", ids[0]: "Снизилась"}
    run(f"retention use {shop / 'data' / '2026-01'} --month 2026-01")
    assert kept.exists()
    other = (shop / "data/2026-02/market_file.csv").read_text().splitlines()[-1].split(",")[0]
    main = shop / "data" / "2026-01" / "market_file.csv"
    lines = [line for line in main.read_text().splitlines(True) if not line.startswith(f"{other},")]
    main.unlink()  # its bytes are those of DVC's cache
    main.write_text("".join(lines))
    stayed = next(line.split(",")[0] for line in lines[1:])
    file.write_text(f"{header}\nСнизилась,{stayed}\nСнизилась,{other}\n")
    assert "add them with --month 2026-02" in run(f"retention outcomes {file} --month 2026-01").stdout


def test_a_person_is_forgotten_and_nothing_else_changes(shop: Path, tmp_path: Path) -> None:
    run = command_in(shop)
    ids = [
        {line.split(",")[0] for line in (shop / "data" / month / "market_file.csv").read_text().splitlines()[1:]}
        for month in ("2026-01", "2026-02")
    ]
    person = min(ids[0] & ids[1])
    (tmp_path / "came.csv").write_text(f"id,Покупательская активность\n{person},Снизилась\n")
    run(f"retention outcomes {tmp_path / 'came.csv'} --month 2026-01")
    run("retention validate && retention prepare")
    quarantine = shop / "artifacts" / "quarantine.csv"
    quarantine.write_text(quarantine.read_text() + f"2026-01,money.csv,3,{person},,,twins\n")
    before = _content(shop / "data")
    said = run(f"retention forget {person}.0").stdout
    for word in ("2026-01/outcomes.csv", "2026-02/money.csv", "quarantine.csv", "git knows"):
        assert word in said

    def is_of(line: bytes) -> bool:
        return line.replace(b";", b",").split(b",")[0] == person.encode()

    after = _content(shop / "data")
    left = {name: b"".join(line for line in text.splitlines(True) if not is_of(line)) for name, text in before.items()}
    del left["2026-01/outcomes.csv"]  # which had nobody else
    assert after == left
    tables = [pd.read_parquet(file) for file in (shop / "artifacts").glob("*.parquet")]
    assert not any((table["customer_id"].astype(str) == person).any() for table in tables if "customer_id" in table)
    assert f",{person}," not in quarantine.read_text()
    assert f'"customer_id": "{person}"' not in (shop / "artifacts" / "quality.json").read_text()
    _refused(shop, f"retention forget {person}", "No export or campaign")
