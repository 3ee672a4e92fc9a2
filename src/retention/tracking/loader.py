"""How MLflow loads the model: canonical customer columns in, ``decline_probability`` out.

This module travels inside the model's folder with the rest of the package; MLflow calls `_load_pyfunc`. What it
checks is in that folder too: it notices a damaged or exchanged model file, not somebody who rewrites the whole folder,
since MLflow runs the code in it. `retention score` and `retention serve` run nothing of it.
"""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.tables.columns import PROBABILITY
from retention.tracking.store.records import SHA256


class DeclineModel:
    """The pipeline behind the interface that MLflow serves.

    Parameters
    ----------
    pipeline : estimator
        The fitted, calibrated pipeline.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def predict(self, customers: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Return one row per customer with the column ``decline_probability``."""
        probability = self._pipeline.predict_proba(customers)[:, 1]
        return pd.DataFrame({PROBABILITY: probability}, index=customers.index)

    def get_raw_model(self) -> Any:
        """Return the scikit-learn pipeline."""
        return self._pipeline


def _load_pyfunc(data_path: str) -> DeclineModel:
    """Load the model from its folder, allowing the types that the settings listed when it was published.

    Raises
    ------
    UserError
        If the model file is not the one that the folder was made with. Nothing of it has run then.
    """
    path = Path(data_path)
    described = yaml.safe_load((path.parents[1] / "MLmodel").read_text(encoding="utf-8"))
    content = path.read_bytes()
    if (described.get("metadata") or {}).get(SHA256) != hashlib.sha256(content).hexdigest():
        raise UserError(f"{path.name} is not the file that this folder was made with (its sha256 differs): not loaded.")
    return DeclineModel(read_model(content, described["flavors"]["sklearn"]["skops_trusted_types"]))
