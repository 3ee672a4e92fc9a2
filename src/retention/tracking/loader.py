"""How MLflow loads the model: canonical customer columns in, ``decline_probability`` out.

This module travels inside the model's folder with the rest of the package; MLflow calls `_load_pyfunc`.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from retention.learning.model_file import read_model


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
        return pd.DataFrame({"decline_probability": probability}, index=customers.index)

    def get_raw_model(self) -> Any:
        """Return the scikit-learn pipeline."""
        return self._pipeline


def _load_pyfunc(data_path: str) -> DeclineModel:
    """Load the model from its folder, allowing the types that were listed when it was published."""
    path = Path(data_path)
    flavors = yaml.safe_load((path.parents[1] / "MLmodel").read_text(encoding="utf-8"))["flavors"]
    return DeclineModel(read_model(path, flavors["sklearn"]["skops_trusted_types"]))
