"""A trial of the search as a run."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from retention.tracking.describe.measures import clean_key, is_number
from retention.tracking.store.records import STUDY, TRIAL, Metric, Param, Record, Run, Tag

CHOICES = ("model", "scaler", "encoder", "features")


def list_trials(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``trials.parquet``, what is missing as None."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]


def describe_trial(study: str, row: Mapping[str, Any], seconds: float | None = None) -> Run:
    """Return the run of one trial.

    Parameters
    ----------
    study : str
        The digest of its study.
    row : mapping
        A row of ``trials.parquet``.
    seconds : float or None
        How long it took, if known.
    """
    number = int(row["number"])
    return Run(
        kind="trial",
        digest=f"{study}:{number}",
        name=f"trial {number:03d} · {row['model']}",
        records=(*_params(row), *_metrics(row, seconds), *_tags(study, row)),
        failed=row["state"] == "failed",
        seconds=seconds,
    )


def describe_choice(chosen: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[Param, ...]:
    """Return a parameter each for model, scaler, encoder, features and every hyper-parameter by its own name."""
    choices = [Param(name, str(chosen[name])) for name in CHOICES]
    return (*choices, *(Param(clean_key(name), str(value)) for name, value in parameters.items()))


def _params(row: Mapping[str, Any]) -> tuple[Param, ...]:
    return describe_choice(row, json.loads(row["params"]))


def _metrics(row: Mapping[str, Any], seconds: float | None) -> list[Record]:
    folds = {f"cv_roc_auc_{key}": row[key] for key in row if key.startswith("fold_")}
    known = {"cv_roc_auc": row["roc_auc"], **folds, "seconds": seconds}
    return [Metric(key, float(value)) for key, value in known.items() if value is not None and is_number(value)]


def _tags(study: str, row: Mapping[str, Any]) -> list[Record]:
    tags: dict[str, Any] = {STUDY: study, TRIAL: int(row["number"]), "retention.batch": int(row["batch"])}
    tags["retention.state"] = row["state"]
    if row.get("reason"):
        tags["retention.reason"] = row["reason"]
    if is_number(row.get("repeat_of")):
        tags["retention.repeat_of"] = int(row["repeat_of"])
    return [Tag(key, str(value)[:5000]) for key, value in tags.items()]
