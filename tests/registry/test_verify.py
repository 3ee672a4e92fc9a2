"""What was handed over is verified, and each forgery of it is found by the link that it breaks."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pytest

from retention.audience.plan.campaign import build_problem
from retention.campaigns.ledger import ARM, HELD, PLANNED
from retention.errors import UserError
from retention.files import read_artifact, read_table
from retention.learning.model.model_file import list_trusted_types, read_model, write_model_bytes
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.registry.verify.again import compare_outputs, replaying
from retention.registry.verify.chain import Pipeline, check_cache, hash_path
from retention.registry.verify.link import Link, check_link, find_difference
from retention.registry.verify.plan import Claim, compute_dual, prove_bound, prove_control, read_claim
from retention.registry.verify.published import check_registry
from retention.registry.verify.verify import Chain, read_chain, tell_unproven, verify
from retention.settings import read_settings
from retention.stages import report
from retention.tables.columns import ID

from ..whole.conftest import Command, clone, command_in


@pytest.fixture(scope="module")
def claim(small_run: Paths) -> Claim:
    """The plan of a shop whose budget binds."""
    return read_claim(read_settings(small_run.params), small_run, read_table(small_run.planned, PLANNED))


def _claim_otherwise(claim: Claim, planned: pd.DataFrame | None = None, **summary: object) -> Claim:
    told = claim.summary.model_copy(update=summary)
    return Claim(claim.case, claim.seed, told, claim.planned if planned is None else planned)


def test_the_bound_follows_from_the_prices_and_from_no_others(claim: Claim) -> None:
    assert "no plan is worth more" in prove_bound(claim)
    assert float(claim.summary.prices[0].price) > 0
    problem = build_problem(claim.case.audience, claim.case.plan)
    draw = np.random.default_rng(3)
    for prices in draw.uniform(0, 2, (20, len(claim.prices))) * np.isfinite(problem.limits):
        assert compute_dual(problem, prices) >= claim.summary.bound - 1e-9  # weak duality, whatever the prices
    free = [one.model_copy(update={"price": "0"}) for one in claim.summary.prices]
    for forged in (
        {"bound": claim.summary.bound * 0.99},
        {"bound": claim.summary.bound * 1.01},
        {"expected_net_profit": claim.summary.expected_net_profit + 1},
        {"prices": (claim.summary.prices[0].model_copy(update={"price": "nan"}), *claim.summary.prices[1:])},
        {"prices": tuple(free), "bound": claim.summary.bound * 1.01},
    ):
        with pytest.raises(UserError):
            prove_bound(_claim_otherwise(claim, **forged))
    dear = claim.planned.assign(**{ARM: "contacted"})
    with pytest.raises(UserError, match=r"planned\.parquet breaks"):
        prove_bound(_claim_otherwise(claim, dear))


def test_the_control_group_is_drawn_again(claim: Claim) -> None:
    held = claim.planned[ARM] == HELD
    sent, left = claim.planned.loc[~held, ID], claim.planned.loc[held, ID]
    assert f"{len(left)} left alone" in prove_control(claim, sent, left)
    with pytest.raises(UserError, match=f"customer {left.iloc[0]} was drawn to be left alone"):
        prove_control(claim, pd.concat([sent, left.head(1)]), left)
    redrawn = claim.planned.assign(**{ARM: np.roll(claim.planned[ARM].to_numpy(), 1)})
    again = redrawn[ARM] == HELD
    with pytest.raises(UserError, match="customer"):
        prove_control(_claim_otherwise(claim, redrawn), redrawn.loc[~again, ID], redrawn.loc[again, ID])


@pytest.mark.parametrize(
    ("name", "right", "found", "told"),
    [
        ("a.json", '{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "a.json has a.b.1: 3, where 2 is right"),
        ("a.json", '{"a": 1}', '{"a": 1, "c": 2}', "a.json has c: 2, where None is right"),
        ("a.csv", "x,y\n1,2\n", "x,y\n1,4\n", "a.csv has y in row 1: 4, where 2 is right"),
        ("a.csv", "x\n1\n", "x\n1\n2\n", "a.csv has rows: 2, where 1 is right"),
        ("a.csv", "x;y\n1;2,5\n", "x;y\n1;3,5\n", "a.csv has y in row 1: 3,5, where 2,5 is right"),
        ("a.html", "<p>An <b>x</b> of 12</p>", "<p>An <b>x</b> of 13</p>", "the text: of 13, where of 12 is right"),
        ("a.html", "<p>1</p>", "<p class='x'>1</p>", "a.html has other bytes"),
        ("a.json", "{}", "{", "a.json cannot be read"),
        ("a.json", "{}", "{}", ""),
    ],
)
def test_the_first_difference_is_named(tmp_path: Path, name: str, right: str, found: str, told: str) -> None:
    for folder, content in (("right", right), ("found", found)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    assert find_difference(tmp_path / "right" / name, tmp_path / "found" / name).endswith(told)
    assert find_difference(tmp_path / "right", tmp_path / "found").endswith(told)
    (tmp_path / "found" / "more").touch()
    assert find_difference(tmp_path / "right", tmp_path / "found")


@pytest.mark.parametrize("damage", ["cut", "ragged", "cp1251", "another offer"])
def test_a_damaged_file_breaks_its_link_and_the_next_ones_are_shown(
    small_run: Paths, tmp_path: Path, project: Path, damage: str
) -> None:
    paths = Paths(tmp_path, tmp_path)
    shutil.copytree(small_run.artifacts, paths.artifacts)
    shutil.copyfile(project / "dvc.yaml", tmp_path / "dvc.yaml")
    copy = tmp_path / "handed.csv"
    text = small_run.offers.read_text(encoding="utf-8-sig")
    content = f"{text.replace('customer_id', 'customer_id,имя', 1)}".encode("cp1251", errors="replace")
    copy.write_bytes(content if damage == "cp1251" else f"{text}{'x,' * 40}\n".encode())
    if damage == "cut":
        paths.planned.write_bytes(paths.planned.read_bytes()[:-9])
    if damage == "another offer":
        pd.read_parquet(paths.planned).assign(offer="no such offer").to_parquet(paths.planned)
    settings = read_settings(small_run.params)
    chain = Chain(settings, paths, Pipeline(tmp_path), copy if damage in ("ragged", "cp1251") else None, "")
    links = {name: check_link(name, check) for name, check in chain.list_checks() if name in ("plan", "control group")}
    broken = "plan" if damage in ("cut", "another offer") else "control group"
    assert list(links) == ["plan", "control group"]
    assert links[broken].verdict == "broken"
    assert len(links[broken].what.splitlines()) == 1
    assert chain.name == ("offers.csv" if chain.handed else "report.html")


def test_figures_that_nothing_gives_are_found(small_run: Paths, tmp_path: Path, project: Path) -> None:
    paths = Paths(tmp_path, tmp_path)
    shutil.copytree(small_run.artifacts, paths.artifacts)
    shutil.copyfile(project / "dvc.yaml", tmp_path / "dvc.yaml")
    check = Chain(read_settings(small_run.params), paths, Pipeline(tmp_path), None, "").check_figures
    assert check_link("figures", check).verdict == "holds"
    paths.metrics.write_text(json.dumps(json.loads(paths.metrics.read_text()) | {"roc_auc": 0.99}))
    assert "metrics.json has roc_auc: 0.99, where " in check_link("figures", check).what


def test_a_list_of_another_kind_is_not_judged(small_run: Paths, tmp_path: Path, project: Path) -> None:
    shutil.copyfile(project / "dvc.yaml", tmp_path / "dvc.yaml")
    settings, paths = read_settings(small_run.params), Paths(tmp_path, tmp_path)
    assert read_chain(settings, paths, str(small_run.holdout)).name == "holdout.csv"
    with pytest.raises(UserError, match=r"quarantine\.csv has not the columns of offers\.csv or holdout\.csv"):
        read_chain(settings, paths, str(small_run.quarantine))


def test_a_lock_file_that_is_not_there_breaks_its_own_link_only(tmp_path: Path, project: Path) -> None:
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copyfile(project / name, tmp_path / name)
    (tmp_path / "data").mkdir()
    (tmp_path / "data.dvc").write_text(f"outs:\n- {{path: data, md5: {hash_path(tmp_path / 'data')}}}\n")
    paths = Paths(tmp_path, tmp_path)
    links = _find(paths, "exports", "settings", "code", "lock file", "stages", "cache")
    broken = links.pop("lock file")
    assert (broken.verdict, broken.what.partition(":")[0]) == ("broken", "there is no dvc.lock")
    assert {(link.verdict, link.what) for link in links.values()} == {("unproven", "there is no dvc.lock")}


def test_a_rotten_object_of_a_shared_cache_is_named(tmp_path: Path, project: Path) -> None:
    root, kept = tmp_path / "project", tmp_path / "shared" / "ab" / "cdef"
    root.mkdir()
    shutil.copyfile(project / "dvc.yaml", root / "dvc.yaml")
    (root / "data.dvc").write_text("outs:\n- {path: data, md5: abcdef}\n")
    kept.parent.mkdir(parents=True)
    kept.write_text("rotten")
    pipeline = Pipeline(root)
    pipeline.cache, pipeline.recorded = kept.parents[1], {}
    with pytest.raises(UserError, match=f"is rotten: delete {kept}"):
        check_cache(pipeline)


@pytest.fixture(scope="module")
def handed(project: Path, small_run: Paths, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A repository with a finished, published and committed run."""
    root = clone(project, tmp_path_factory.mktemp("handed") / "retention")
    for name in ("artifacts", "data"):
        shutil.rmtree(root / name, ignore_errors=True)
        shutil.copytree(small_run.root / name, root / name)
    shutil.copyfile(small_run.params, root / "params.yaml")
    run = command_in(root)
    run("dvc add -q data && retention publish && dvc commit -q -f && git add -A && git commit -qm run")
    return Paths(root, root)


@pytest.fixture
def run(handed: Paths) -> Command:
    return command_in(handed.root)


@contextmanager
def _forged(*files: Path) -> Iterator[None]:
    """Put files back as they were."""
    kept = {file: file.read_bytes() for file in files}
    try:
        yield
    finally:
        for file, content in kept.items():
            file.unlink(missing_ok=True)
            file.write_bytes(content)


def _list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _find(paths: Paths, *names: str, what: str = "") -> dict[str, Link]:
    checks = read_chain(read_settings(paths.params), paths, what).list_checks()
    return {name: check_link(name, check) for name, check in checks if name in names}


def _edit(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_bytes().decode()
    changed = change(text)
    assert changed != text
    path.write_bytes(changed.encode())


def _forge_lock(paths: Paths, *files: Path) -> None:
    """Make the lock file name what lies there now."""
    for file in files:
        for stage in Pipeline(paths.root).recorded.values():
            for one in stage.outs:
                if (paths.root / one.path) == file and hash_path(file) != one.md5:
                    _edit(
                        paths.root / "dvc.lock", lambda text, one=one, file=file: text.replace(one.md5, hash_path(file))
                    )


@pytest.mark.slow
def test_what_was_not_forged_holds(handed: Paths, run: Command) -> None:
    links = list(verify(read_settings(handed.params), handed, "", again=False))
    verdicts = {link.name: link.verdict for link in links}
    assert verdicts.pop("settings") == "unproven"  # an experiment: conf/ gives other settings
    assert set(verdicts.values()) == {"holds"}, links
    assert "settings" in tell_unproven(links)
    said = run("retention verify 1").stdout
    assert said.count(" holds ") == 13
    assert "version 1 (challenger, champion) is this very model" in said
    assert "Unproven: " in said
    assert "none of: the id of a run" in run("retention verify no-such", expect=1).stderr


@pytest.mark.slow
def test_edited_exports_settings_and_code_are_named(handed: Paths) -> None:
    export, code = handed.data / "market_money.csv", handed.root / "src/retention/tables/months/shop.py"
    with _forged(export, handed.params, code):
        _edit(export, lambda text: text + "\n")
        _edit(handed.params, lambda text: text.replace("budget: 15", "budget: 16"))
        _edit(code, lambda text: text + "\n")
        found = _find(handed, "exports", "settings", "code")
    assert "data/market_money.csv is not what data.dvc names" in found["exports"].what
    assert "stage plan was run with another plan than" in found["settings"].what
    assert "stage validate was run by another src/retention/tables than" in found["code"].what


@pytest.mark.slow
def test_a_forged_lock_file_is_found_by_itself_or_by_the_stages_run_again(handed: Paths) -> None:
    lock, evaluation = handed.root / "dvc.lock", handed.evaluation
    settings, pipeline = read_settings(handed.params), Pipeline(handed.root)
    with _forged(lock):
        md5 = hash_path(handed.metrics)
        _edit(lock, lambda text: text.replace(md5, "f" * 32, 1))
        assert "the lock was mixed" in _find(handed, "lock file")["lock file"].what
    with replaying(pipeline) as clean, _forged(lock, evaluation, *_list_files(handed.report.parent)):
        for name in pipeline.declared:
            if name != "publish":
                compare_outputs(name, pipeline, clean)
        told = json.loads(evaluation.read_text())
        told["test"]["roc_auc"]["value"] = 0.987654321
        evaluation.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        report.run(settings, handed)
        _forge_lock(handed, evaluation, handed.report.parent)
        found = _find(handed, "stages", "lock file", "report", "registry")
        assert (found["stages"].verdict, found["report"].verdict) == ("holds", "holds")
        assert "dvc.lock is not as in commit" in found["lock file"].what
        assert "these artifacts were not published" in found["registry"].what
        with pytest.raises(
            UserError, match=r"stage evaluate gives .*evaluation.json has test.roc_auc.value: 0.987654321"
        ):
            for name in pipeline.declared:
                compare_outputs(name, pipeline, clean)


@pytest.mark.slow
def test_an_edited_report_is_found_with_its_figure(handed: Paths, tmp_path: Path, run: Command) -> None:
    copy = tmp_path / "the report.html"
    shutil.copyfile(handed.report, copy)
    assert "byte by byte" in _find(handed, "report", what=str(copy))["report"].what
    _edit(copy, lambda text: text.replace("</h1>", ", 2.0</h1>", 1))
    found = _find(handed, "report", "stages", what=str(copy))
    assert (found["report"].verdict, found["stages"].verdict) == ("broken", "holds")
    assert ", 2.0, where " in found["report"].what
    with _forged(handed.report):
        shutil.copyfile(copy, handed.report)
        assert "report/report.html is not what stage report" in _find(handed, "stages")["stages"].what
        assert "The chain is broken at: stages, report" in run("retention verify", expect=1).stderr


@pytest.mark.slow
def test_a_swapped_model_is_found_by_what_it_says_and_by_the_registry(handed: Paths) -> None:
    settings, lock = read_settings(handed.params), handed.root / "dvc.lock"
    trusted = list_trusted_types(read_artifact(handed.best, Best).choice, settings.space)
    kept = next(handed.mlruns.rglob("artifacts/data/model.skops"))
    with _forged(handed.model, lock, kept):
        handed.model.write_bytes(write_model_bytes(read_model(handed.fold_models, trusted)[0]))
        _forge_lock(handed, handed.model)
        found = _find(handed, "stages", "model", "registry", what="1")
        assert found["stages"].verdict == "holds"
        assert (
            "stage predict gives something else: probabilities.parquet has decline_probability" in found["model"].what
        )
        assert "version 1 is another model than the one here" in found["registry"].what
        shutil.copyfile(handed.model, kept)
        assert "not the one that was registered" in _find(handed, "registry", what="1")["registry"].what


@pytest.mark.slow
def test_a_file_that_mlflow_lost_is_named(handed: Paths) -> None:
    kept = next(handed.mlruns.rglob("artifacts/evaluation.json"))
    with _forged(kept):
        kept.unlink()
        assert "MLflow's run has lost evaluation.json" in _find(handed, "registry")["registry"].what


@pytest.mark.slow
def test_a_rotten_object_of_the_cache_is_found_though_dvc_calls_it_up_to_date(handed: Paths, run: Command) -> None:
    md5 = hash_path(handed.segments)
    kept = handed.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    with _forged(kept):
        kept.chmod(0o644)
        kept.write_bytes(b"rotten" + kept.read_bytes()[6:])
        kept.chmod(0o444)  # as DVC leaves its objects: it believes them
        assert "up to date" in run("dvc status").stdout
        found = _find(handed, "cache", "stages")
        assert found["stages"].verdict == "holds"
        assert "the object of artifacts/segments.json in DVC's cache is rotten" in found["cache"].what


@pytest.mark.slow
def test_a_list_with_a_redrawn_control_group_is_found(handed: Paths, tmp_path: Path) -> None:
    copy, names = tmp_path / "for the CRM.csv", ("control group", "lists")
    shutil.copyfile(handed.offers, copy)
    assert {link.verdict for link in _find(handed, *names, what=str(copy)).values()} == {"holds"}
    held = handed.holdout.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    lines = handed.offers.read_text(encoding="utf-8-sig").splitlines()
    swapped = [lines[0], ",".join([held, *lines[1].split(",")[1:]]), *lines[2:]]
    copy.write_text("\n".join(swapped) + "\n", encoding="utf-8-sig")
    found = _find(handed, *names, what=str(copy))
    assert f"customer {held} was drawn to be left alone" in found["control group"].what
    assert "for the CRM.csv has customer_id in row 1" in found["lists"].what


@pytest.mark.slow
def test_what_is_not_here_proves_nothing(handed: Paths, tmp_path: Path) -> None:
    root = clone(handed.root, tmp_path / "clone")
    links = _find(Paths(root, root), "exports", "stages", "cache", "tables", "plan", "registry")
    assert {link.verdict for link in links.values()} == {"unproven"}
    with pytest.raises(UserError, match="none of: the id of a run"):
        read_chain(read_settings(handed.params), handed, "artifacts")
    with pytest.raises(UserError, match="is not here: name the file"):
        read_chain(read_settings(handed.params), handed, "no.csv")


@pytest.mark.slow
def test_a_server_that_does_not_answer_proves_nothing(handed: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    settings = read_settings(handed.params)
    away = settings.tracking.model_copy(update={"backend": "server"})
    link = check_link("registry", partial(check_registry, settings.model_copy(update={"tracking": away}), handed, ""))
    assert (link.verdict, "cannot be reached" in link.what) == ("unproven", True)


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "saved by Excel"),
        AttributeError("a model of another class"),
        BadZipFile("a model that is cut"),
    ],
)
def test_a_link_that_fails_in_another_way_is_broken(error: Exception) -> None:
    def fail() -> str:
        raise error

    assert check_link("lists", fail).verdict == "broken"
