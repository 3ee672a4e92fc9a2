"""A small shop with a known signal, and a small space to search on it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.learning.model.space import Space, build_space
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace
from retention.tables.roles import ColumnRoles

ROLES = ColumnRoles(
    features={"pages": "number", "minutes": "number", "city": "category"},
    orders={},
    missing=(),
    money=False,
    consent=None,
    favourite_category=None,
    series={},
)
Table = tuple[pd.DataFrame, "np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]


def can_be_imported(package: str) -> bool:
    """Tell whether an optional package is there with the system's libraries that it needs."""
    try:
        import_module(package)
    except (ImportError, OSError):
        return False
    return True


@pytest.fixture(scope="session")
def table() -> Table:
    """150 customers: features, label, twin group; the last ten repeat the first ten."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"pages": rng.normal(8, 3, 140), "minutes": rng.normal(12, 4, 140)})
    frame["city"] = rng.choice(["north", "south", "west"], 140)
    chance = 1 / (1 + np.exp(frame["pages"] - 8 + (frame["city"] == "south")))
    label = (rng.random(140) < chance).astype(np.int64).to_numpy()
    twice = [*range(140), *range(10)]
    return frame.iloc[twice].reset_index(drop=True), label[twice], np.asarray(twice)


def draw(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"_target_": f"optuna.distributions.{kind}Distribution", **arguments}


LOGISTIC = ModelSpace(
    object={"_target_": "sklearn.linear_model.LogisticRegression"},
    search={"C": draw("Float", low=0.01, high=10, log=True)},
    scalers=["standard", "minmax"],
    start=[{"C": 1.0, "scaler": "minmax"}],
    complexity=1,
)
KNN = ModelSpace(
    object={"_target_": "sklearn.neighbors.KNeighborsClassifier"},
    search={"n_neighbors": draw("Int", low=3, high=30), "p": draw("Categorical", choices=[1, 2])},
    scalers=["standard"],
    start=[{"n_neighbors": 9, "p": 2}],
    complexity=3,
)
TREE = ModelSpace(
    object={"_target_": "sklearn.tree.DecisionTreeClassifier"},
    search={
        "max_depth": draw("Int", low=1, high=4),
        "class_weight": draw("Categorical", choices=[None, "balanced"]),
    },
    scalers=["none"],
    complexity=1,
)
STEPS: dict[str, dict[str, StepSpace]] = {
    "scaler": {
        "none": StepSpace(object=None),
        "standard": StepSpace(object={"_target_": "sklearn.preprocessing.StandardScaler"}),
        "minmax": StepSpace(object={"_target_": "sklearn.preprocessing.MinMaxScaler"}),
    },
    "encoder": {
        "onehot": StepSpace(object={"_target_": "sklearn.preprocessing.OneHotEncoder", "sparse_output": False}),
        "ordinal": StepSpace(object={"_target_": "sklearn.preprocessing.OrdinalEncoder"}),
    },
    "features": {
        "none": StepSpace(object=None),
        "per_page": StepSpace(
            object={
                "_target_": "retention.learning.model.features.ComputedColumns",
                "columns": {"per_page": {"ratio": ["minutes", "pages"]}},
            }
        ),
    },
}


@pytest.fixture(scope="session")
def make_space() -> Callable[..., Space]:
    """A function that builds a space from families given by name; the small one by default."""

    def make(**families: ModelSpace) -> Space:
        chosen = families or {"logistic": LOGISTIC, "knn": KNN, "tree": TREE}
        return build_space(SpaceSettings(model=chosen, **STEPS), ROLES, seed=3)

    return make


@pytest.fixture(scope="session")
def space(make_space: Callable[..., Space]) -> Space:
    """The small space of three families."""
    return make_space()
