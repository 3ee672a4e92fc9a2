"""The stage on a whole project: published again it adds nothing, and what changes appears once."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.paths import Paths
from retention.settings import read_settings
from retention.stages import publish as stage
from retention.tracking.store.store import open_store, search_runs

from .conftest import fit_model, lengthen_search

Make = Callable[..., Paths]
Publish = Callable[..., str]
Look = Callable[[Paths], dict[str, Any]]
TOKEN = "a-very-secret-token"
TRUSTED = ["sklearn.tree._tree.Tree"]


def _publish(paths: Paths) -> None:
    stage.run(read_settings(paths.params), paths)


@pytest.fixture(scope="module")
def published(make: Make, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Paths:
    """A project that has been published once, with a token in the environment."""
    paths = make(tmp_path_factory.mktemp("published"))
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    patch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    _publish(paths)
    return paths


def _copy(paths: Paths, root: Path) -> Paths:
    """Copy the artifacts and settings of a project, without its store."""
    shutil.copytree(paths.root, root, ignore=shutil.ignore_patterns("mlruns"))
    return Paths(root, root)


def test_everything_is_there(published: Paths, look: Look) -> None:
    seen = look(published)
    kinds = [run["tags"]["retention.kind"] for run in seen["runs"].values()]
    trials = len(pd.read_parquet(published.trials))
    assert (kinds.count("trial"), kinds.count("search"), kinds.count("pipeline")) == (trials, 1, 1)
    receipt = json.loads(published.receipt.read_text())
    assert seen["versions"] == [(1, receipt["model"])]
    assert seen["models"] == [(receipt["model"], "READY")]
    assert seen["aliases"] == {"challenger": 1, "champion": 1}
    pipeline, search = seen["runs"][receipt["pipeline"]], seen["runs"][receipt["study"]]
    best, metrics = (json.loads(path.read_text()) for path in (published.best, published.metrics))
    chosen = {key: str(value) for key, value in best["params"].items()} | {"model": best["model"]}
    assert pipeline["params"].items() >= {**chosen, "seed": "42", "n_trials": str(trials)}.items()
    assert pipeline["metrics"]["roc_auc_low"] == [(0, metrics["roc_auc_low"])]
    assert (search["tags"]["parent"], search["params"]["folds"]) == (receipt["pipeline"], "3")
    assert search["datasets"] == pipeline["datasets"]
    assert {"curves/roc.csv", "report/report.html", "settings.yaml", "evaluation.json"} <= set(pipeline["files"])
    assert {"trials.csv", "pictures/history.png", "pictures/importance.png"} <= set(search["files"])
    assert (pipeline["outputs"], pipeline["tags"]["retention.study"]) == (1, receipt["study"])


def test_the_receipt_holds_digests_only(published: Paths) -> None:
    receipt = json.loads(published.receipt.read_text())
    assert list(receipt) == ["study", "model", "pipeline"]
    assert all(len(value) == 64 and int(value, 16) >= 0 for value in receipt.values())


def test_published_three_times_it_stays_the_same(published: Paths, look: Look) -> None:
    before, receipt = look(published), published.receipt.read_bytes()
    _publish(published)
    _publish(published)
    assert look(published) == before
    assert published.receipt.read_bytes() == receipt


def test_the_registered_model_predicts_as_the_file(published: Paths) -> None:
    import mlflow.pyfunc

    customers = pd.read_parquet(published.customers)
    served = mlflow.pyfunc.load_model("models:/retention@champion").predict(customers)
    expected = read_model(published.model, TRUSTED).predict_proba(customers)[:, 1]
    np.testing.assert_array_equal(served["decline_probability"], expected.round(9))


def test_no_secret_is_stored_and_no_customer_row_is_published(published: Paths) -> None:
    files = [path for path in (published.root / "mlruns").rglob("*") if path.is_file()]
    assert not [path.name for path in files if TOKEN.encode() in path.read_bytes()]
    private = {path.read_bytes() for path in (published.customers, published.offers, published.quarantine)}
    assert not [path.name for path in files if path.read_bytes() in private]


def test_a_file_lost_from_the_store_is_put_back(published: Paths, look: Look) -> None:
    before = look(published)
    lost = next((published.root / "mlruns" / "artifacts").rglob("report.html"))
    cut = next((published.root / "mlruns" / "artifacts" / "retention" / "models").rglob("model.skops"))
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:100])
    _publish(published)
    assert look(published) == before
    assert lost.exists()
    assert cut.read_bytes() == published.model.read_bytes()


@pytest.mark.slow
def test_what_changes_appears_once(make: Make, look: Look, tmp_path: Path) -> None:
    paths = make(tmp_path / "changed")
    _publish(paths)
    first = look(paths)
    paths.offers.write_text("other offers\n")
    _publish(paths)
    offers = look(paths)
    assert len(offers["runs"]) == len(first["runs"]) + 1  # one more run of the pipeline
    assert (offers["versions"], offers["models"]) == (first["versions"], first["models"])
    paths.model.write_bytes(fit_model(pd.read_parquet(paths.learnt)))
    _publish(paths)
    changed = look(paths)
    assert changed["aliases"] == {"challenger": 2, "champion": 1}  # a new model is not champion by being new
    assert len(changed["runs"]) == len(offers["runs"]) + 1
    lengthen_search(paths, 10)
    _publish(paths)
    longer = look(paths)
    assert len(longer["runs"]) == len(changed["runs"]) + (10 - 6) + 1
    assert len(longer["versions"]) == 2


@pytest.mark.slow
def test_a_deleted_store_is_published_again_as_it_was(make: Make, publish: Publish, look: Look, tmp_path: Path) -> None:
    paths = make(tmp_path / "project")
    said = publish(paths)
    assert said == "Published retention version 1 (challenger, champion); `make ui` shows it with its runs.\n"
    before, receipt = look(paths), paths.receipt.read_bytes()
    shutil.rmtree(paths.root / "mlruns")
    publish(paths)
    assert paths.receipt.read_bytes() == receipt
    assert look(paths) == before


@pytest.mark.slow
def test_an_experiment_in_a_copy_publishes_to_the_main_project(
    make: Make, publish: Publish, look: Look, tmp_path: Path
) -> None:
    main, copy = make(tmp_path / "main"), make(tmp_path / "copy", fresh=True)
    publish(copy, DVC_ROOT=str(main.root), DVC_EXP_NAME="tall-tree")
    assert [path.name for path in (copy.root / "mlruns").iterdir()] == ["receipt.json"]
    seen = look(main)
    digest = json.loads(copy.receipt.read_text())["pipeline"]
    assert seen["runs"][digest]["name"].endswith(" · tall-tree")
    assert seen["runs"][digest]["tags"]["DVC_EXP_NAME"] == "tall-tree"


def test_a_missing_artifact_is_named_before_anything_is_done(published: Paths, tmp_path: Path) -> None:
    paths = _copy(published, tmp_path / "copy")
    paths.plan.unlink()
    with pytest.raises(UserError, match=r"artifacts/plan\.json is missing"):
        _publish(paths)
    assert not (paths.root / "mlruns").exists()


def test_an_unreachable_server_is_one_sentence(
    published: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _copy(published, tmp_path / "copy")
    paths.params.write_text(paths.params.read_text().replace("backend: local", "backend: server"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"MLflow at http://127\.0\.0\.1:9 cannot be reached"):
        _publish(paths)
    assert not paths.receipt.exists()


@pytest.mark.slow
def test_the_gate_is_asked_after_publishing_where_the_settings_say_so(
    make: Make, publish: Publish, look: Look, tmp_path: Path
) -> None:
    paths = make(tmp_path / "project")
    settings = yaml.safe_load(paths.params.read_text(encoding="utf-8"))
    settings["gate"].update(automatic=True, resamples=100)
    paths.params.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    assert "Version 1 is champion already" in publish(paths)
    paths.model.write_bytes(fit_model(pd.read_parquet(paths.learnt), 0.01))
    said = publish(paths)
    (champion,) = re.findall(r"Version (\d) (?:is champion now|stays champion)", said)
    assert "The challenger's ROC-AUC" in said
    assert look(paths)["aliases"] == {"challenger": 2, "champion": int(champion)}


def test_a_campaign_is_a_run_that_gets_its_result_once_it_is_read(published: Paths, tmp_path: Path) -> None:
    paths = _copy(published, tmp_path / "campaigns")
    settings = read_settings(paths.params)
    promise = {"avoided": 12.5, "net_profit": 30.0}
    sent = {
        "campaign": "2026-03", "month": "2026-03", "reading": "2026-06", "readable": False, "contacted": 180,
        "held": 20, "spent": 25.5, "promise": promise, "soundness": None, "pooled": None, "offers": {},
    }  # fmt: skip
    seen = {"value": 9.0, "low": 2.0, "high": 16.0}
    found = {
        "contacted": 180, "held": 20, "cost": 25.5, "promise": promise,
        "avoided": seen, "avoided_customers": seen, "relative": None, "net_profit": None, "p_value": 0.01,
        "method": "regression", "observation": {"value": 0.11, "error": 0.05},
    }  # fmt: skip
    later = found | {"avoided_customers": {"value": 7.0, "low": 1.0, "high": 13.0}}
    for result in (None, found, found, later, later):
        more = {"readable": True, "pooled": result, "offers": {"letter": result}} if result else {}
        content = {"campaigns": [sent | more], "balance": None, "left_this_year": None}
        paths.campaigns.write_text(json.dumps(content))
        stage.run(settings, paths)
    with open_store(
        f"sqlite:///{paths.mlruns}/mlflow.db", paths.mlruns, "retention-campaigns", timeout_seconds=1
    ) as store:
        (run,) = search_runs(store, {"retention.kind": "campaign"})
        history = [one.value for one in store.client.get_metric_history(run.info.run_id, "avoided")]
    assert history == [9.0, 7.0], "the result by the first labels, then by those that came later"
    assert (run.info.run_name, run.data.tags["retention.reading"]) == ("2026-03", "2026-06")
    assert run.data.metrics == {
        "contacted": 180, "held": 20, "spent": 25.5, "promised_avoided": 12.5, "promised_net_profit": 30.0,
        "avoided": 7.0, "avoided_low": 1.0, "avoided_high": 13.0, "p_value": 0.01, "offers/letter": 0.11,
    }  # fmt: skip
