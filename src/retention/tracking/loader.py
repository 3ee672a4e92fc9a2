"""How MLflow loads the model: canonical customer columns in, ``decline_probability`` out.

This module travels inside the model's folder with the rest of the package; MLflow calls `_load_pyfunc`. What it
checks is in that folder too: it notices a damaged or exchanged model file, not somebody who rewrites the whole folder,
since MLflow runs the code in it. `retention score` and `retention serve` run nothing of it.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.tables.columns import PROBABILITY
from retention.tracking.models.columns import DECIMALS, ColumnRule, Rules, find_problems
from retention.tracking.store.records import COLUMNS, SHA256


class DeclineModel:
    """The fitted, calibrated pipeline behind the interface that MLflow serves, and what is valid in its columns."""

    def __init__(self, pipeline: Any, rules: Rules) -> None:
        self._pipeline = pipeline
        self._rules = rules

    def predict(self, customers: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Return one row per customer with the column ``decline_probability``.

        Of defects an MlflowException tells the first, a sentence each; MLflow's server answers it with status 400.
        """
        rows = [{str(name): value for name, value in row.items()} for row in customers.to_dict("records")]
        if problems := find_problems(rows, self._rules):
            from mlflow.exceptions import MlflowException
            from mlflow.protos.databricks_pb2 import BAD_REQUEST

            raise MlflowException(" ".join(problems), error_code=BAD_REQUEST)
        probability = predict_rows(self._pipeline, customers, self._rules)
        return pd.DataFrame({PROBABILITY: probability}, index=customers.index)

    def get_raw_model(self) -> Any:
        """Return the scikit-learn pipeline."""
        return self._pipeline


def predict_rows(model: Any, customers: pd.DataFrame, rules: Rules) -> np.ndarray:
    """Return the probability of valid customers, shape (n,), rounded so that company does not matter."""
    return np.asarray(np.round(model.predict_proba(select_columns(customers, rules))[:, 1], DECIMALS))


def select_columns(customers: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the columns that have rules, as the model takes them: texts and floats, an empty cell being NaN."""
    kinds = {name: "str" if rule.categories else "float64" for name, rule in rules.items()}
    return customers[list(rules)].astype(kinds)


def _load_pyfunc(data_path: str) -> DeclineModel:
    """Load the model from its folder, allowing the types that the settings listed when it was published.

    A `UserError` says that the file is not the one that the folder was made with; nothing of it has run then.
    """
    path = Path(data_path)
    described = yaml.safe_load((path.parents[1] / "MLmodel").read_text(encoding="utf-8"))
    content, told = path.read_bytes(), described.get("metadata") or {}
    if told.get(SHA256) != hashlib.sha256(content).hexdigest():
        raise UserError(f"{path.name} is not the file that this folder was made with (its sha256 differs): not loaded.")
    rules = {name: ColumnRule.model_validate(rule) for name, rule in told[COLUMNS].items()}
    return DeclineModel(read_model(content, described["flavors"]["sklearn"]["skops_trusted_types"]), rules)
