"""A sample shop with real models: fitted by the stages, registered as `publish` does."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from retention.files import read_artifact, write_artifact
from retention.learning.model.choice import Choice, read_choice
from retention.learning.model.model_file import list_trusted_types
from retention.paths import Paths
from retention.settings import Settings, compose_params, read_settings
from retention.simulate import write_shop
from retention.stages import explain, measure, plan, predict, prepare, segment, split, train, validate
from retention.tables.columns import MONTH, TARGET
from retention.tables.months.periods import Periods
from retention.tables.roles import list_roles
from retention.tracking.models.columns import describe_columns
from retention.tracking.models.ledger import open_registry, set_aliases
from retention.tracking.models.package import write_package
from retention.tracking.models.registry import put_model
from retention.tracking.provenance import name_shop
from retention.tracking.store.backend import create_database, find_store, quiet_mlflow
from retention.tracking.store.digest import hash_file, hash_files, hash_settings, seal
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import CUSTOMERS_MD5, MONTHS, RULES, SHA256, SHOP, File, Model, Run
from retention.tracking.store.store import open_store

from ..conftest import make_best

GOOD = Choice("logistic", "standard", "onehot", "none", {"C": 1.0, "class_weight": None})
POOR = Choice("tree", "standard", "onehot", "none", {"max_depth": 1})


class Shop:
    """A project folder, and what a test does in it."""

    def __init__(self, root: Path, conf: Path, overrides: tuple[str, ...] = ()) -> None:
        self.paths = Paths(root, root)
        self.overrides = (
            "gate.resamples=300", "split.test_share=0.4", "train.methods=[none,sigmoid]", "runtime.workers=1",
            "plan.holdout.share=0", "explain.resamples=100", *overrides,
        )  # fmt: skip
        compose_params(conf, self.paths.params, list(self.overrides))

    @property
    def settings(self) -> Settings:
        return read_settings(self.paths.params)

    def read(self, customers: int = 900, seed: int = 42, month: str = "") -> None:
        """Draw a shop, or a month of it, and set a test part aside."""
        write_shop(self.paths.data / month, customers=customers, seed=seed, truth=None)
        for stage in (validate, prepare, measure, split):
            stage.run(self.settings, self.paths)

    def fit(self, choice: Choice) -> None:
        """Fit a model by the stages, explain it and find its segments."""
        write_artifact(self.paths.best, make_best(choice))
        for stage in (train, predict, explain, segment, plan):
            stage.run(self.settings, self.paths)

    def register(
        self, data_md5: str = "the same", experiment: str | None = None, *, without_months: bool = False
    ) -> int:
        """Put the model into the registry as `publish` does, or did before there were months; return its version."""
        settings, paths = self.settings, self.paths
        choice, sha256 = read_choice(paths.best.read_bytes()), hash_file(paths.model)
        trusted = list_trusted_types(choice, settings.space)
        package = paths.root / "package"
        shutil.rmtree(package, ignore_errors=True)
        accepted = describe_columns(settings.tables.columns, list_roles(settings.tables.columns).names)
        write_package(package, paths.model, pd.read_parquet(paths.learnt), accepted, trusted, {})
        if without_months:
            said = pd.read_parquet(paths.learnt_probabilities)
            said.drop(columns=[MONTH, TARGET]).to_parquet(paths.probabilities)
        sources = (
            paths.best,
            paths.probabilities if without_months else paths.learnt_probabilities,
            paths.segment_rules,
            paths.reference,
            paths.fold_models,
            paths.columns,
        )
        files = [File("", path) for path in sources]
        shop = name_shop(paths.data_dvc, settings.tables.exports)
        rules = hash_settings(settings.segment, settings.offer, {"found": settings.found})
        tags = {SHA256: sha256, RULES: rules, SHOP: shop, **seal(files)}
        run = Run("pipeline", hash_files(paths.root, [paths.model, paths.segment_rules]), "a run", {}, (), tags, files)
        with open_registry(settings.tracking, paths.mlruns, create=True) as (store, ledger):
            run_id = put_run(store, run)
            months = read_artifact(paths.periods, Periods).tell_learnt()
            known = {
                "retention.data_md5": data_md5,
                SHOP: shop,
                CUSTOMERS_MD5: hash_file(paths.learnt, "md5"),
                MONTHS: months,
            }
            version = put_model(store, "retention", Model(sha256, package, {}, known, (), "a model"), run_id)
            set_aliases(store, ledger, "retention", version, experiment)
        return version

    def find_champion(self) -> int:
        """Return the version that is champion."""
        with open_store(
            find_store("local", self.paths.mlruns, {}), self.paths.mlruns, "retention", timeout_seconds=1
        ) as store:
            return int(store.client.get_registered_model("retention").aliases["champion"])

    def find_model_file(self, version: int) -> Path:
        """Return where the model file of a version lies."""
        with open_store(
            find_store("local", self.paths.mlruns, {}), self.paths.mlruns, "retention", timeout_seconds=1
        ) as store:
            model_id = store.client.get_model_version("retention", str(version)).source.rpartition("/")[2]
        return next(self.paths.mlruns.rglob(f"{model_id}/artifacts/data/model.skops"))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, to be copied: making one takes seconds."""
    quiet_mlflow()
    mlruns = tmp_path_factory.mktemp("template")
    create_database(mlruns)
    return mlruns / "mlflow.db"


@pytest.fixture(scope="module")
def make_shop(project: Path, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Shop]:
    """Make a project with an empty store."""

    def make(*overrides: str) -> Shop:
        shop = Shop(tmp_path_factory.mktemp("shop"), project / "conf", overrides)
        shop.paths.mlruns.mkdir()
        shutil.copyfile(database, shop.paths.mlruns / "mlflow.db")
        shop.read()
        return shop

    return make


@pytest.fixture(scope="session")
def recipes() -> dict[str, Choice]:
    """Recipes of a good and a poor model."""
    return {"good": GOOD, "poor": POOR}


@pytest.fixture(scope="module")
def shop(make_shop: Callable[..., Shop], recipes: dict[str, Choice]) -> Shop:
    """A project whose champion is of the good recipe."""
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    return made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mlflow is warned of is none of our business."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning:sqlalchemy"))
            item.add_marker(pytest.mark.filterwarnings("ignore:::mlflow"))
