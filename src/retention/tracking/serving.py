"""The champion behind HTTP: MLflow's server calls `_load_pyfunc`; what is no customer is refused with a sentence."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from retention.learning.model.model_file import read_model
from retention.tables.columns import PROBABILITY
from retention.tracking.store.backend import quiet_mlflow

MODEL, RULES = "model.skops", "rules.json"
DECIMALS = 9  # as in the files of batch scoring


class DeclineService:
    """The model behind MLflow's interface, with the rules of validation before it.

    Parameters
    ----------
    model : estimator
        The fitted, calibrated pipeline.
    columns : mapping of str to mapping
        Column → ``categories`` of a categorical one, ``low`` and ``high`` (or None) of a number.
    """

    def __init__(self, model: Any, columns: Mapping[str, Mapping[str, Any]]) -> None:
        self._model = model
        self._columns = columns

    def predict(self, customers: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Return one row per customer with the column ``decline_probability``.

        Raises
        ------
        MlflowException
            With a sentence for each of the first defects; MLflow answers it with status 400.
        """
        if problems := find_problems(customers, self._columns):
            from mlflow.exceptions import MlflowException
            from mlflow.protos.databricks_pb2 import BAD_REQUEST

            raise MlflowException(" ".join(problems[:5]), error_code=BAD_REQUEST)
        probability = self._model.predict_proba(customers[list(self._columns)])[:, 1]
        return pd.DataFrame({PROBABILITY: np.round(probability, DECIMALS)}, index=customers.index)


def find_problems(customers: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each value that is empty, unknown or out of range, by column and row.

    In a batch such a customer goes to the quarantine or stops the run, as the settings say; over HTTP there is
    no quarantine, so the request is refused as a whole.
    """
    if not len(customers):
        return ["There is no customer in the request."]
    return [
        f"Row {row + 1}: {said}."
        for name, rule in columns.items()
        for row, value in enumerate(customers[name].tolist())
        if (said := _refuse(name, value, rule))
    ]


def _refuse(name: str, value: Any, rule: Mapping[str, Any]) -> str:
    if value is None or value != value:  # NaN
        return f"{name} is empty"
    if "categories" in rule:
        known = rule["categories"]
        return "" if value in known else f"{name} has no category {value!r} (it has {', '.join(known)})"
    if not np.isfinite(value):
        return f"{name} = {value} is no number"
    low, high = rule["low"], rule["high"]
    outside = (low is not None and value < low) or (high is not None and value > high)
    return f"{name} = {value:g} is outside of what is possible ({low} to {high})" if outside else ""


def write_service(
    folder: Path, content: bytes, trusted: Sequence[str], columns: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write what `mlflow models serve` needs, from bytes that were checked; no code but the installed one is used.

    Parameters
    ----------
    folder : Path
        An empty folder that exists.
    content : bytes
        The model file.
    trusted : sequence of str
        The types that it may contain.
    columns : mapping of str to mapping
        As `DeclineService` takes them, in the model's order.
    """
    quiet_mlflow()
    import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    data = folder / "data"
    data.mkdir()
    (data / MODEL).write_bytes(content)
    rules = {"trusted": list(trusted), "columns": columns}
    (data / RULES).write_text(json.dumps(rules, ensure_ascii=False), encoding="utf-8")
    inputs = [ColSpec("string" if "categories" in rule else "double", name) for name, rule in columns.items()]
    mlflow.pyfunc.save_model(
        str(folder / "model"),
        loader_module="retention.tracking.serving",
        data_path=str(data),
        signature=ModelSignature(Schema(inputs), Schema([ColSpec("double", PROBABILITY)])),
        pip_requirements=[],
    )


def _load_pyfunc(data_path: str) -> DeclineService:
    """Load what `write_service` wrote."""
    data = Path(data_path)
    rules = json.loads((data / RULES).read_text(encoding="utf-8"))
    return DeclineService(read_model(data / MODEL, rules["trusted"]), rules["columns"])
