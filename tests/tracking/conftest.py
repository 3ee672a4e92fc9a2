"""Copies of the small finished shop, ways to publish them, and what MLflow then holds, without its own ids."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from retention.errors import UserError
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.model.model_file import write_model_bytes
from retention.learning.model.pipeline import build_pipeline
from retention.learning.search.best import TRIALS, Best
from retention.learning.search.trial import list_trials, tabulate_trials
from retention.paths import Paths
from retention.settings import compose_params
from retention.tables.columns import ID, MONTH, PROFIT, STANDS_FOR, TARGET, UNIT
from retention.tracking.store.backend import check_server, create_database, find_store, quiet_mlflow
from retention.tracking.store.store import Store, open_store

from ..conftest import SMALL
from ..forked import Verb

Make = Callable[..., Paths]


def is_there(address: str) -> bool:
    """Tell whether an MLflow server answers."""
    try:
        check_server(address, 1)
    except UserError:
        return False
    return True


def fit_model(customers: pd.DataFrame, c: float = 1.0) -> bytes:
    """The bytes of a small fitted pipeline."""
    features = customers.drop(columns=[MONTH, ID, TARGET, PROFIT, UNIT, STANDS_FOR], errors="ignore")
    texts = [str(name) for name in features if features[name].dtype == "str"]
    encoder = OneHotEncoder(sparse_output=False)
    pipeline = build_pipeline(LogisticRegression(C=c), MinMaxScaler(), encoder, None, texts)
    return write_model_bytes(pipeline.fit(features, customers[TARGET]))


def lengthen_search(paths: Paths, n_trials: int) -> None:
    """Make the search one of more trials: those of the small run again and again, under new numbers."""
    trials = list_trials(read_table(paths.trials, TRIALS), {})
    more = [replace(trials[number % len(trials)], number=number, repeat_of=None) for number in range(n_trials)]
    write_table(paths.trials, tabulate_trials(more, max(len(trial.folds) for trial in trials)), TRIALS)
    best = read_artifact(paths.best, Best)
    write_artifact(paths.best, best.model_copy(update={"n_trials": n_trials}))


def run_publish(paths: Paths, **environment: str) -> str:
    """Run the command in a process of its own; it must succeed."""
    said, errors = Verb(paths, "publish", **environment).finish()
    assert not errors
    return said


def look_into(paths: Paths) -> dict[str, Any]:
    """Return all that the local store of a project holds, under digests instead of MLflow's own ids.

    The database is looked at in a copy: mlflow remembers an open file by its name, and it may have been replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        with (
            closing(sqlite3.connect(paths.mlruns / "mlflow.db")) as source,
            closing(sqlite3.connect(Path(folder) / "copy.db")) as target,
        ):
            source.backup(target)
        with open_store(f"sqlite:///{folder}/copy.db", paths.mlruns, "retention", timeout_seconds=1) as store:
            return describe_store(store)


def describe_store(store: Store) -> dict[str, Any]:
    """Return runs, models, versions and aliases of an open store."""
    client, experiment = store.client, [store.experiment_id]
    runs = client.search_runs(experiment, max_results=1000)
    digests = {run.info.run_id: run.data.tags["retention.digest"] for run in runs}
    assert len(set(digests.values())) == len(runs), "two runs of one digest"
    models = client.search_logged_models(experiment)
    versions = client.search_model_versions("name = 'retention'")
    registered = client.search_registered_models()
    return {
        "runs": {digests[run.info.run_id]: _describe_run(client, run, digests) for run in runs},
        "models": sorted((one.tags["retention.sha256"], str(one.status)) for one in models),
        "versions": sorted((int(one.version), one.tags["retention.sha256"]) for one in versions),
        "aliases": {name: int(version) for one in registered for name, version in one.aliases.items()},
    }


def _describe_run(client: Any, run: Any, digests: dict[str, str]) -> dict[str, Any]:
    tags = dict(run.data.tags)
    if parent := tags.pop("mlflow.parentRunId", None):
        tags["parent"] = digests[parent]  # a KeyError is an orphan
    histories = {
        key: [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, key)]
        for key in run.data.metrics
    }
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "metrics": {key: sorted(history) for key, history in histories.items()},
        "tags": tags,
        "files": sorted(_list_files(client, run.info.run_id, None)),
        "outputs": len(run.outputs.model_outputs) if run.outputs else 0,
        "datasets": [one.dataset.digest for one in run.inputs.dataset_inputs],
    }


def _list_files(client: Any, run_id: str, folder: str | None) -> list[str]:
    found = client.list_artifacts(run_id, folder)
    inside = [path for one in found if one.is_dir for path in _list_files(client, run_id, one.path)]
    return inside + [one.path for one in found if not one.is_dir]


@pytest.fixture(scope="session")
def make(project: Path, small_run: Paths, database: Path) -> Make:
    """Copy the small finished shop, with an empty store unless it is to be ``fresh``; `c` gives it another model."""

    def build(root: Path, *, fresh: bool = False, n_trials: int = 0, c: float = 0, tracking: str = "local") -> Paths:
        shutil.copytree(small_run.root, root, dirs_exist_ok=True)
        paths = Paths(root, root)
        compose_params(project / "conf", paths.params, [*SMALL, f"tracking={tracking}"])
        if n_trials:
            lengthen_search(paths, n_trials)
        if c:
            paths.model.write_bytes(fit_model(pd.read_parquet(paths.learnt), c))
        if not (fresh or tracking == "server" or paths.mlruns.exists()):
            _copy(database, paths.mlruns)
        return paths

    return build


@pytest.fixture(scope="session")
def publish() -> Callable[..., str]:
    """Publish a project by the command line, in a process of its own, and return what it says."""
    return run_publish


@pytest.fixture(scope="session")
def look() -> Callable[[Paths], dict[str, Any]]:
    """Return all that the local store of a project holds."""
    return look_into


@pytest.fixture(scope="session")
def describe() -> Callable[[Store], dict[str, Any]]:
    """Return all that an open store holds."""
    return describe_store


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, to be copied: making one takes seconds."""
    mlruns = tmp_path_factory.mktemp("template")
    create_database(mlruns)
    return mlruns / "mlflow.db"


@pytest.fixture
def mlruns(tmp_path: Path, database: Path) -> Path:
    """The folder of an empty local store."""
    return _copy(database, tmp_path / "mlruns")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Store]:
    """An empty local store; each test uses digests of its own."""
    mlruns = _copy(database, tmp_path_factory.mktemp("проект с пробелом") / "mlruns")
    with open_store(find_store("local", mlruns, {}), mlruns, "retention", timeout_seconds=1) as opened:
        yield opened


def _copy(database: Path, mlruns: Path) -> Path:
    mlruns.mkdir()
    shutil.copyfile(database, mlruns / "mlflow.db")
    return mlruns


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mlflow is warned of is none of our business; pytest renews its filters for every test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning:sqlalchemy"))
            item.add_marker(pytest.mark.filterwarnings("ignore:::mlflow"))


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    """Before any test imports mlflow, as every way into the room does."""
    quiet_mlflow()
