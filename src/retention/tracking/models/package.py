"""The model in MLflow's format: the very bytes of ``model.skops``, and what is needed to load them elsewhere."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_numeric_dtype

from retention.learning.model.model_file import OWN_TYPES
from retention.tables.columns import PROBABILITY
from retention.tracking.models.columns import Rules
from retention.tracking.store.digest import hash_file
from retention.tracking.store.records import COLUMNS, SHA256

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

REQUIREMENTS = ("mlflow", "narwhals", "numpy", "pandas", "pydantic", "pyyaml", "scikit-learn", "scipy", "skops")
"""What the package needs where it loads the model; each is pinned to the version installed here."""


def write_package(
    folder: Path,
    model: Path,
    customers: pd.DataFrame,
    rules: Rules,
    trusted_types: Sequence[str],
    cards: Mapping[str, str],
) -> None:
    """Write the model as MLflow reads it: by ``mlflow.pyfunc`` and by ``mlflow.sklearn``.

    `model` is the skops file, whose bytes are copied as they are; the medians of the customers make the input example;
    `rules` say what is valid in each column that the model takes, in order, and the loader refuses everything else.
    What the file may contain beyond what skops trusts itself comes from the settings, never from the file. The cards
    are Markdown, by the name of their file.
    """
    import mlflow.pyfunc
    from mlflow.models import Model

    described = Model()
    described.add_flavor(
        "sklearn",
        pickled_model=f"data/{model.name}",
        sklearn_version=version("scikit-learn"),
        serialization_format="skops",
        code="code",
        skops_trusted_types=sorted({*OWN_TYPES, *trusted_types}),
    )
    mlflow.pyfunc.save_model(
        str(folder),
        loader_module="retention.tracking.loader",
        data_path=str(model),
        code_paths=[str(files("retention"))],
        mlflow_model=described,
        signature=_sign(rules),
        metadata={SHA256: hash_file(model), COLUMNS: {name: rule.model_dump() for name, rule in rules.items()}},
        input_example=build_typical_customer(customers, list(rules)),
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
    )
    for name, card in cards.items():
        (folder / name).write_text(card, encoding="utf-8")


def build_typical_customer(customers: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Return one made-up customer: the median of each number, the commonest of each category."""
    columns = {name: customers[name] for name in features}
    return pd.DataFrame(
        {name: [one.median() if is_numeric_dtype(one) else one.mode().iloc[0]] for name, one in columns.items()}
    )


def describe_types(customers: pd.DataFrame) -> dict[str, str]:
    """Return column → MLflow type: ``double`` for numbers (whole ones too), ``string`` for the rest."""
    kinds = customers.dtypes.items()
    return {str(name): "double" if is_numeric_dtype(kind) else "string" for name, kind in kinds}


def _sign(rules: Rules) -> "ModelSignature":
    """Return the signature. Numbers are of any type: MLflow takes no whole number for a double; the rules judge."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    inputs = [ColSpec("string" if rule.categories else AnyType(), name) for name, rule in rules.items()]
    return ModelSignature(Schema(inputs), Schema([ColSpec("double", PROBABILITY)]))
