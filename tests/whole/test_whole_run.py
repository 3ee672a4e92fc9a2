"""The whole chain in a fresh copy: one run, then what must and must not run again."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
import yaml

from .conftest import clone, command_in

pytestmark = pytest.mark.slow

AFTER_AN_OFFER = {"measure", "segment", "plan", "watch", "report", "publish"}


@pytest.fixture(scope="module")
def finished(copy: Path) -> Path:
    command_in(copy)("dvc repro")
    return copy


def _stages_run(output: str) -> set[str]:
    return set(re.findall(r"Running stage '(\w+)'", output))


def _counts(folder: Path) -> tuple[int, int]:
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as store:
        runs = store.execute("select count(*) from runs where lifecycle_stage = 'active'").fetchone()[0]
        versions = store.execute("select count(*) from model_versions").fetchone()[0]
    return runs, versions


def test_nothing_changed_nothing_runs(finished: Path) -> None:
    assert _stages_run(command_in(finished)("dvc repro").stdout) == set()


def test_an_emptied_store_is_filled_again_and_never_twice(finished: Path) -> None:
    run, before = command_in(finished), _counts(finished)
    shutil.rmtree(finished / "mlruns")
    assert _stages_run(run("dvc repro").stdout) == {"publish"}
    assert _counts(finished) == before
    run("retention publish && retention publish")
    assert _counts(finished) == before


def test_a_dearer_offer_reruns_only_what_depends_on_it(finished: Path) -> None:
    run, (_, versions) = command_in(finished), _counts(finished)
    trials = (finished / "artifacts" / "trials.parquet").read_bytes()
    offer = next(iter(yaml.safe_load((finished / "params.yaml").read_text())["offer"]))
    run(f"retention params search=quick offer.{offer}.cost.fixed=0.123")
    assert _stages_run(run("dvc repro").stdout) == AFTER_AN_OFFER
    assert _counts(finished)[1] == versions
    assert (finished / "artifacts" / "trials.parquet").read_bytes() == trials
    run("retention params search=quick && dvc repro")


def test_another_budget_reruns_the_plan_and_what_shows_it(finished: Path) -> None:
    run = command_in(finished)
    run("retention params search=quick plan.budget=10")
    assert _stages_run(run("dvc repro").stdout) == {"plan", "watch", "report", "publish"}
    run("retention params search=quick && dvc repro")


def test_a_broken_table_ends_with_a_sentence_and_damages_nothing(finished: Path) -> None:
    run = command_in(finished)
    report = (finished / "artifacts" / "report" / "report.html").read_bytes()
    (finished / "data" / "2026-09" / "money.csv").write_text("id;x\n1;2\n")
    failed = run("dvc repro", expect=255)
    assert "money.csv" in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    assert (finished / "artifacts" / "report" / "report.html").read_bytes() == report
    run("dvc checkout data.dvc --force || retention use --sample")
    run("retention use --sample && dvc repro")


def test_an_experiment_in_a_temporary_copy_reaches_the_main_store(finished: Path) -> None:
    run = command_in(finished)
    run("git add -A && git commit -qm finished")
    before, _ = _counts(finished)
    run("dvc exp run --temp -S search=quick -S seed=7")
    after, _ = _counts(finished)
    assert after > before
    assert "seed" in run("dvc exp show --csv").stdout


def test_the_number_of_workers_changes_no_byte(project: Path, finished: Path, tmp_path: Path) -> None:
    other = clone(project, tmp_path / "retention")
    command_in(other)("retention use --sample && retention params search=quick runtime.workers=4 && dvc repro")
    hashes = [
        {name: stage["outs"] for name, stage in yaml.safe_load((folder / "dvc.lock").read_text())["stages"].items()}
        for folder in (finished, other)
    ]
    assert hashes[0] == hashes[1]


def test_how_long_each_stage_took_is_in_mlflow(finished: Path) -> None:
    with sqlite3.connect(finished / "mlruns" / "mlflow.db") as store:
        told = dict(store.execute("select key, value from tags where key like 'seconds.%'"))
    assert {"seconds.search", "seconds.train", "seconds.report"} <= set(told)
    assert all(float(value) > 0 for value in told.values())


def test_a_champion_is_kept_moved_and_restored_by_real_runs(finished: Path) -> None:
    run = command_in(finished)

    def score(out: str) -> bytes:
        run(f"retention score data/2026-09 --out {out}")
        return b"".join(path.read_bytes() for path in sorted((finished / out).glob("*.csv")))

    before, champion = score("first"), _find_alias(finished, "champion")
    run("retention params search=quick gate.automatic=true 'model=[tree]'")
    assert f"Version {champion} stays champion" in run("dvc repro").stdout
    challenger = _find_alias(finished, "challenger")
    assert (_find_alias(finished, "champion"), challenger != champion) == (champion, True)
    run("retention promote --force --reason 'to see it move'")
    assert score("second") != before
    run("retention rollback && retention params search=quick && dvc repro")
    assert score("third") == before
    forced, back = run("retention history").stdout.splitlines()
    assert f"forced    {champion} → {challenger}" in forced
    assert f"rollback  {challenger} → {champion}" in back


def _find_alias(folder: Path, alias: str) -> int:
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as store:
        query = "select version from registered_model_aliases where alias = ?"
        return int(store.execute(query, (alias,)).fetchone()[0])
