"""The sections ``tracking`` and ``gate``."""

from typing import Literal

from pydantic import Field

from retention.strict import Strict


class TrackingSettings(Strict):
    """The section ``tracking``: where MLflow is; no stage watches it.

    Parameters
    ----------
    backend : {"local", "server"}
        ``local`` keeps a database in ``mlruns/``; ``server`` takes the address from ``MLFLOW_TRACKING_URI`` and
        the credentials from ``MLFLOW_TRACKING_TOKEN`` (or ``_USERNAME`` and ``_PASSWORD``), never from a setting.
    experiment : str
        The experiment that holds the runs.
    model : str
        The name in the model registry.
    timeout_seconds : float
        How long a server may take to say that it is there.
    """

    backend: Literal["local", "server"]
    experiment: str = Field(min_length=1, pattern=r"^[\w .-]+$")
    model: str = Field(min_length=1, pattern=r"^[\w .-]+$")
    timeout_seconds: float = Field(gt=0, le=60)


class MarginSettings(Strict):
    """By how much a challenger must be the better, in the unit of each measure.

    Parameters
    ----------
    roc_auc, log_loss : float
        The lower end of the paired interval of the improvement must lie above this.
    profit : float
        The same for the expected profit of the campaign, in the currency of the tables.
    """

    roc_auc: float = Field(ge=0, le=1)
    log_loss: float = Field(ge=0)
    profit: float = Field(ge=0)


class GateSettings(Strict):
    """The section ``gate``: when a challenger becomes champion.

    Parameters
    ----------
    automatic : bool
        Whether the gate is asked after every publishing; else only by ``retention promote``.
    resamples : int
        Paired bootstrap resamples of the test customers.
    confidence : float
        The level of the intervals.
    roc_auc_floor : float
        A model below it never becomes champion, whatever the present one is worth.
    margin : MarginSettings
        By how much a challenger must be the better.
    """

    automatic: bool
    resamples: int = Field(ge=100)
    confidence: float = Field(gt=0.5, lt=1)
    roc_auc_floor: float = Field(ge=0.5, le=1)
    margin: MarginSettings
