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
ACTOR = "Анна"
UI = [sys.executable, "-m", "retention", "ui", "--port"]
Look = Callable[..., str]


@pytest.fixture(scope="module")
def paths(make: Callable[..., Paths], tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A project that published two models."""
    root = tmp_path_factory.mktemp("ui")
    for c in (1.0, 0.05):
        paths = make(root, c=c)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RETENTION_ACTOR", ACTOR)
            stage.run(read_settings(paths.params), paths)
    return paths


@pytest.fixture(scope="module")
def printed(paths: Paths) -> Iterator[str]:
    """The address that `retention ui` prints, and answers at."""
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
        yield next(word for word in log.read_text().split() if word.startswith("http"))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def look(printed: str) -> Iterator[Look]:
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
        driver.get(place if place.startswith("http") else f"{printed.partition('#')[0]}#/{place}")
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
def runs(paths: Paths) -> list[Any]:
    """What was published."""
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{paths.mlruns / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("retention")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], max_results=1000))


def _choose(runs: list[Any], kind: str) -> list[Any]:
    return [run for run in runs if run.data.tags["retention.kind"] == kind]


def _compare(runs: list[Any]) -> str:
    chosen, experiment = [run.info.run_id for run in runs], [runs[0].info.experiment_id]
    return f"compare-runs?runs={json.dumps(chosen)}&experiments={json.dumps(experiment)}"


def test_the_address_that_is_printed_opens_on_the_runs_with_what_tells_the_best(
    look: Look, printed: str, runs: list[Any], paths: Paths
) -> None:
    (name,) = {run.info.run_name for run in _choose(runs, "pipeline")}
    best, metrics = (json.loads(path.read_text()) for path in (paths.best, paths.metrics))
    assert name == f"shop · {best['model']} · {metrics['roc_auc']:.3f}"
    said = look(printed, [name, "roc_auc", str(metrics["roc_auc"])[:6], "User", ACTOR])
    assert "Getting Started" not in said  # the page for prompts and traces
    assert "MLflow Assistant" not in said  # a panel over the last columns
    assert "trial 000" not in said  # the view shows runs of the pipeline: trials would push the older ones off the page
    assert "2 matching runs" in said


def test_the_charts_begin_with_the_test_roc_auc(look: Look, printed: str) -> None:
    said = look(f"{printed}&compareRunsMode=CHART", ["Which run is best", "log_loss"])
    assert said.index("roc_auc", said.index("Which run is best")) < said.index("log_loss")


def test_a_search_lies_in_its_run_and_leads_to_its_trials(look: Look, runs: list[Any]) -> None:
    (search,) = _choose(runs, "search")
    trials = sorted(run.info.run_name for run in _choose(runs, "trial"))
    look(f"experiments/{search.info.experiment_id}/runs/{search.info.run_id}", ["Parent run", *trials, "batch_size"])


def test_two_trials_are_compared_by_parameters_of_their_own_names(look: Look, runs: list[Any]) -> None:
    chosen = _choose(runs, "trial")[:2]
    names = [name for run in chosen for name in (run.info.run_name, *run.data.params)]
    look(_compare(chosen), ["Comparing 2 Runs", *names, "cv_roc_auc_fold_1"])


def test_two_models_are_compared_by_measures_with_intervals(look: Look, runs: list[Any]) -> None:
    expected = ["roc_auc", "roc_auc_low", "roc_auc_high", "expected_net_profit", "seed"]
    look(_compare(_choose(runs, "pipeline")), ["Comparing 2 Runs", *expected])


def test_the_registered_model_shows_its_aliases(look: Look, paths: Paths) -> None:
    roc_auc = json.loads(paths.metrics.read_text())["roc_auc"]
    look("models/retention", ["Version 1", "@ champion", "Version 2", "@ challenger", "asks the gate"])
    look("models/retention/versions/1", ["@ champion", f"test ROC-AUC {roc_auc:.3f} (", "retention.sha256"])


@pytest.mark.parametrize("file", ["report/summary.md", "model_card.ru.md", "explanation/beeswarm.png"])
def test_report_card_and_pictures_open_among_the_artifacts(
    look: Look, runs: list[Any], paths: Paths, file: str
) -> None:
    if file.endswith(".png"):
        file = f"explanation/{min(path.name for path in paths.explanation_pictures.glob('*.png'))}"
    run = _choose(runs, "pipeline")[0].info
    shown = ["Для чего"] if "card" in file else []
    said = look(f"experiments/{run.experiment_id}/runs/{run.run_id}/artifacts/{file}", ["curves", file, *shown])
    assert ("Для чего" in said) == ("card" in file)
