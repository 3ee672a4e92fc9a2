"""MLflow's own page in a browser on a published store: runs listed, two compared, the model with its aliases."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from retention.paths import Paths
from retention.settings import read_settings
from retention.stages import publish as stage

from .conftest import is_there

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --window-size=1500,1100"
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver"),
]
SECONDS = 120
UI = [sys.executable, "-m", "retention", "ui", "--port"]
Look = Callable[..., str]


@pytest.fixture(scope="module")
def paths(make: Callable[..., Paths], tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A project that published two models."""
    root = tmp_path_factory.mktemp("ui")
    for c in (1.0, 0.05):
        paths = make(root, c=c)
        stage.run(read_settings(paths.params), paths)
    return paths


@pytest.fixture(scope="module")
def address(paths: Paths) -> Iterator[str]:
    """The page, opened by `retention ui`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = paths.root / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*UI, str(port)], cwd=paths.root, stdout=output, stderr=output, start_new_session=True
        )
    try:
        end = time.monotonic() + SECONDS
        while not is_there(f"http://127.0.0.1:{port}"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def look(address: str) -> Iterator[Look]:
    """Open a page, wait until it says all that is expected, and return its text."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS.split():
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))

    def open_page(place: str, expected: list[str]) -> str:
        driver.get("about:blank")  # a change behind the # alone is no new page
        driver.get(f"{address}/#/{place}")
        end = time.monotonic() + SECONDS
        while True:
            said = driver.execute_script("return document.body.innerText")
            said = " ".join(said.split())  # a page has spaces of several kinds
            if not (missing := [text for text in expected if text not in said]):
                return said
            if time.monotonic() > end:
                raise AssertionError(f"{place} does not say {missing}: {said}")
            time.sleep(0.3)

    yield open_page
    driver.quit()


@pytest.fixture(scope="module")
def ids(paths: Paths) -> dict[str, Any]:
    """Run name → run id, and the id of the experiment."""
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{paths.mlruns / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("retention")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], max_results=1000)
    return {"experiment": experiment.experiment_id, **{run.info.run_name or "": run.info.run_id for run in found}}


def test_runs_are_listed(look: Look, ids: dict[str, Any]) -> None:
    pipelines = [name for name in ids if name.startswith("pipeline")]
    assert len(pipelines) == 2
    said = look(f"experiments/{ids['experiment']}/runs", [*pipelines, "search 55555555"])
    assert "12 matching runs" in said or "matching runs" in said
    assert "trial 000" not in said  # folded under their search


def test_two_trials_are_compared_by_parameters_of_their_own_names(look: Look, ids: dict[str, Any]) -> None:
    chosen = [ids[name] for name in ids if name.startswith(("trial 000", "trial 001"))]
    place = f"compare-runs?runs={json.dumps(chosen)}&experiments={json.dumps([ids['experiment']])}"
    look(place, ["Comparing 2 Runs", "trial 000 · logistic", "trial 001 · knn", "n_neighbors", "cv_roc_auc_fold_1"])


def test_two_models_are_compared_by_measures_with_intervals(look: Look, ids: dict[str, Any]) -> None:
    chosen = [ids[name] for name in ids if name.startswith("pipeline")]
    place = f"compare-runs?runs={json.dumps(chosen)}&experiments={json.dumps([ids['experiment']])}"
    look(place, ["Comparing 2 Runs", "roc_auc", "roc_auc_low", "roc_auc_high", "baselines/study_a/roc_auc", "seed"])


def test_the_registered_model_shows_its_aliases(look: Look) -> None:
    look("models/retention", ["Version 1", "@ champion", "Version 2", "@ challenger", "asks the gate"])
    look("models/retention/versions/1", ["@ champion", "test ROC-AUC 0.900 (0.880 to 0.920)", "retention.sha256"])


def test_the_report_opens_among_the_artifacts(look: Look, ids: dict[str, Any]) -> None:
    run = next(ids[name] for name in ids if name.startswith("pipeline"))
    look(f"experiments/{ids['experiment']}/runs/{run}/artifacts/report/summary.md", ["curves", "report/summary.md"])
