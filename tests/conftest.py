"""What every test shares: the pinned kernels of the pipeline, the place of the project, and a small finished shop."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from retention.determinism import pin_kernels
from retention.paths import Paths

if TYPE_CHECKING:
    import pandas as pd

    from retention.learning.model.choice import Choice
    from retention.learning.search.best import Best
    from retention.settings import Settings
    from retention.tables.roles import ColumnRoles

pin_kernels()  # before any test imports numpy, as the command line does

HOSTILE = {
    language: f"<script>alert('x')</script> & {quoted} {{{{ 7*7 }}}}"
    for language, quoted in {"ru": "«кавычки»", "en": "“quotes”"}.items()
}
SMALL = (
    "search=quick", "search.n_trials=6", "search.batch_size=3", "search.startup=3", "model=[logistic,tree]",
    "scaler=[none,minmax]", "encoder=[onehot]", "search.features=[none]", "train.folds=3",
    "train.methods=[none,sigmoid]", "evaluate.resamples=100", "explain.resamples=100", "found.halves=20",
    "found.stability=0.3", "found.at_most=3", "plan.budget=15", "plan.least_customers=5",
    "plan.minimum_support=45", "runtime.workers=1",
    "split.seed=1", "runtime.progress=false",
    *(f'segment.children_goods.name.{language}="{name}"' for language, name in HOSTILE.items()),
)  # fmt: skip


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def composed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> "Settings":
    """The settings that ``conf/`` gives."""
    from retention.settings import compose_params, read_settings

    params = tmp_path_factory.mktemp("composed") / "params.yaml"
    compose_params(project / "conf", params, [])
    return read_settings(params)


@pytest.fixture(scope="session")
def roles(composed: "Settings") -> "ColumnRoles":
    """The roles of the columns of `composed`."""
    from retention.tables.roles import list_roles

    return list_roles(composed.tables.columns)


@pytest.fixture(scope="session")
def small_run(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A shop of 400 after every stage but ``publish``, run in this process; copy its ``root`` before you change it.

    Its budget binds, one segment has too few customers, another a name that a careless page would run.
    """
    from retention.settings import compose_params, read_settings
    from retention.simulate import write_shop

    root = tmp_path_factory.mktemp("small")
    paths = Paths(root, root)
    compose_params(project / "conf", paths.params, list(SMALL))
    settings = read_settings(paths.params)
    write_shop(paths.data, customers=400, seed=42, truth=None)
    for stage in yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"]:
        if stage != "publish":
            import_module(f"retention.stages.{stage}").run(settings, paths)
    return paths


@pytest.fixture(scope="session")
def hostile_name() -> dict[str, str]:
    """The name of a segment of `small_run`, by language."""
    return HOSTILE


def write_learnt(paths: Paths, roles: "ColumnRoles", features: "pd.DataFrame", trained: int) -> None:
    """Write what the search reads: customers with features and label, of whom the first are the training part."""
    import numpy as np

    from retention.campaigns.labels import teach
    from retention.files import write_artifact, write_table
    from retention.history.figures import Reused
    from retention.learning.folds import SPLIT
    from retention.tables.months.rows import TAUGHT
    from retention.tables.roles import build_learnt_schema

    n = len(features)
    customers = features.assign(month="", customer_id=range(n), unit=np.arange(n), stands_for=1)
    part = ["train"] * trained + ["test"] * (n - trained)
    paths.artifacts.mkdir(parents=True)
    write_artifact(paths.columns, roles)
    write_artifact(paths.reused, Reused(choice=None))
    write_table(paths.learnt, customers, build_learnt_schema(roles))
    write_table(paths.taught, teach(customers, (), {}, "corrected"), TAUGHT)
    write_table(paths.split, customers[["month", "customer_id"]].assign(part=part), SPLIT)


def make_best(choice: "Choice", *, roc_auc: float = 0.9, study: str = "ab" * 32, n_trials: int = 8) -> "Best":
    """What the search writes when trial 2 wins alone."""
    from retention.learning.search.selection import Candidate, choose_winner
    from retention.learning.search.trial import Trial
    from retention.learning.settings import SelectionSettings

    folds = (roc_auc - 0.02, roc_auc, roc_auc + 0.02)
    trial = Trial(2, 1, choice, "complete", folds)
    alone = Candidate(trial, choice, folds, 1, 12)
    settings = SelectionSettings(candidates=1, repeats=1, tolerance=0.0)
    return choose_winner([alone], settings, study, [trial] * n_trials, 3)
