"""A project with small made-up artifacts, ways to publish it, and what MLflow then holds, without its own ids."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from retention.audience.segments.membership_table import MEMBERSHIP
from retention.errors import UserError
from retention.files import write_bytes, write_json, write_parquet, write_table, write_text
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.model.choice import Choice
from retention.learning.model.model_file import write_model_bytes
from retention.learning.model.pipeline import build_pipeline
from retention.learning.search.trials_table import TRIALS
from retention.paths import Paths
from retention.settings import compose_params
from retention.tables.columns import CATEGORICAL, CUSTOMERS, FEATURES, ID, NUMERIC, PROFIT, TARGET, TWINS
from retention.tracking.store.backend import check_server, create_database, find_store, quiet_mlflow
from retention.tracking.store.store import Store, open_store

from ..conftest import make_best
from .publishing import Publishing

STUDY = "5" * 64
Make = Callable[..., Paths]


def is_there(address: str) -> bool:
    """Tell whether an MLflow server answers."""
    try:
        check_server(address, 1)
    except UserError:
        return False
    return True


def make_customers(n: int = 120) -> pd.DataFrame:
    """Customers whose decline depends on the first number, drawn with a fixed seed."""
    draw = np.random.default_rng(7)
    values: dict[str, Any] = {ID: np.arange(n) + 1000}
    values |= {name: draw.normal(10, 3, n) for name in NUMERIC}
    values |= {name: draw.choice(["a", "b"], n) for name in CATEGORICAL}
    frame = pd.DataFrame(values).assign(**{PROFIT: 1.0, TWINS: range(n)})
    return frame.assign(**{TARGET: (frame[NUMERIC[0]] + draw.normal(0, 2, n) > 10).astype("int8")})


def fit_model(customers: pd.DataFrame, c: float = 1.0) -> bytes:
    """The bytes of a small fitted pipeline."""
    encoder = OneHotEncoder(sparse_output=False)
    pipeline = build_pipeline(LogisticRegression(C=c), MinMaxScaler(), encoder, None, CATEGORICAL)
    return write_model_bytes(pipeline.fit(customers[list(FEATURES)], customers[TARGET]))


def make_trials(n: int) -> pd.DataFrame:
    """Trials of two models in every state, the same first ones whatever `n`."""
    rows = [_make_trial(number) for number in range(n)]
    return pd.DataFrame(rows).astype({"repeat_of": "Int64"})


def _make_trial(number: int) -> dict[str, Any]:
    model = ("logistic", "knn")[number % 2]
    params = {"C": 0.1 * (number + 1)} if model == "logistic" else {"n_neighbors": number + 2, "weights": "distance"}
    score = 0.85 + 0.01 * (number * 7 % 10)
    state = {3: "pruned", 5: "failed", 6: "repeated"}.get(number, "complete")
    full, first = state in ("complete", "repeated"), state != "failed"
    return {
        "number": number,
        "batch": number // 4 + 1,
        "state": state,
        "model": model,
        "scaler": "minmax",
        "encoder": ("onehot", "ordinal")[number // 2 % 2],
        "features": "none",
        "params": json.dumps(params),
        "roc_auc": score if full else np.nan,
        "fold_1": score + 0.01 if first else np.nan,
        "fold_2": score - 0.01 if full else np.nan,
        "reason": "ValueError: it does not fit" if state == "failed" else "",
        "repeat_of": 2 if state == "repeated" else None,
    }


def make_project(
    root: Path, conf: Path, *, n_trials: int = 8, model: bytes | None = None, tracking: str = "local"
) -> Paths:
    """Write every artifact that `publish` reads, and the settings composed from `conf`."""
    paths, customers = Paths(root, root), make_customers()
    measure = {"value": 0.9, "low": 0.88, "high": 0.92}
    best = make_best(Choice("logistic", "minmax", "onehot", "none", {"C": 0.3}), study=STUDY, n_trials=n_trials)
    contents: dict[Path, Any] = {
        paths.best: best,
        paths.metrics: {"roc_auc": 0.9},
        paths.evaluation: {
            "groups": [],
            "test": {"roc_auc": measure, "brier": {"value": 0.1, "low": 0.09, "high": 0.11}},
            "baselines": {"study_a": {"roc_auc": {"value": 0.89, "low": 0.87, "high": 0.91}}},
        },
        paths.quality: {"customers": {"read": 121, "kept": 120, "excluded": 1, "quarantined": 0}},
        paths.exploration: {},
        paths.explanation: {},
        paths.reference: {"seed": 42, "centre": None, "background": None},
        paths.segment_rules: {},
        paths.plan_metrics: {},
        paths.segments: {
            "segments": [
                {"key": "promo", "name": {"ru": "Акции", "en": "Promotions"}, "support": 12, "decline_rate": measure}
            ]
        },
        paths.plan: {"budget": 100, "spent": 90, "contacts": 9, "expected_net_profit": 12.5},
    }
    for path, content in contents.items():
        write_json(path, content)
    write_table(paths.customers, customers, CUSTOMERS)
    write_table(paths.trials, make_trials(n_trials), TRIALS)
    write_bytes(paths.model, model or fit_model(customers))
    for path in (paths.split, paths.attributions):
        write_parquet(path, customers[[ID]])
    part = np.where(np.arange(len(customers)) % 2, "train", "test")
    probability = 0.2 + 0.6 * customers[TARGET]
    known = customers[[ID, TARGET]].assign(part=part, decline_probability=probability, score=probability, fold=0)
    write_table(paths.probabilities, known, PROBABILITIES)
    write_table(paths.membership, customers[[ID]].assign(promo=customers[ID] % 3 == 0), MEMBERSHIP)
    for path in (paths.quarantine, paths.offers, paths.curves / "roc.csv", paths.report, paths.report_summary):
        write_text(path, f"{path.name}\n")
    compose_params(conf, paths.params, [f"tracking={tracking}"])
    return paths


def run_publish(paths: Paths, **environment: str) -> str:
    """Run the command in a process of its own; it must succeed."""
    said, errors = Publishing(paths, **environment).finish()
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
def make(project: Path, database: Path) -> Make:
    """Write a project of made-up artifacts, with an empty store unless it is to be ``fresh``, into a folder."""

    def build(root: Path, *, fresh: bool = False, **kwargs: Any) -> Paths:
        paths = make_project(root, project / "conf", **kwargs)
        if not (fresh or kwargs.get("tracking") or paths.mlruns.exists()):
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
