"""The sections ``tracking`` and ``gate``."""

from typing import Literal

from pydantic import Field

from retention.strict import Strict


class TrackingSettings(Strict):
    """The section ``tracking``: where MLflow is; no stage watches it."""

    backend: Literal["local", "server"]
    """``local`` keeps a database in ``mlruns/``; ``server`` takes the address from ``MLFLOW_TRACKING_URI`` and the
    credentials from ``MLFLOW_TRACKING_TOKEN`` (or ``_USERNAME`` and ``_PASSWORD``), never from a setting."""
    experiment: str = Field(min_length=1, pattern=r"^[\w .-]+$")  # the experiment that holds the runs
    model: str = Field(min_length=1, pattern=r"^[\w .-]+$")  # the name in the model registry
    timeout_seconds: float = Field(gt=0, le=60)  # how long a server may take to say that it is there


class MarginSettings(Strict):
    """By how much a challenger that has learnt newer months may be worse: the interval must lie above minus this."""

    roc_auc: float = Field(gt=0, le=1)
    log_loss: float = Field(gt=0)
    """In the unit of each measure."""
    profit: float = Field(gt=0, le=1)  # of the campaign that each model leads to: a share of the champion's


class GateSettings(Strict):
    """The section ``gate``: when a challenger becomes champion."""

    automatic: bool  # whether publishing (but an experiment's) and a monthly run ask the gate and promote
    resamples: int = Field(ge=100)  # paired bootstrap resamples of the test customers
    confidence: float = Field(gt=0.5, lt=1)
    """The level of the intervals; what it lacks to 1 is the error that all challengers on the same customers share."""
    roc_auc_floor: float = Field(ge=0.5, le=1)
    """A model below it becomes champion by force alone, whatever the present one is worth, the first one too."""
    better: float = Field(ge=0)
    """By how much the log loss of a better challenger must improve, at the lower end of the interval."""
    margin: MarginSettings
