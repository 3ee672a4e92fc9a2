"""The settings section ``explore``."""

from pydantic import Field, model_validator

from retention.strict import Strict


class ExploreSettings(Strict):
    """The section ``explore``.

    Parameters
    ----------
    outlier_fence : float
        A value further than this many interquartile ranges outside the quartiles is counted as an outlier.
    histogram_bins : int
        The most bins that a histogram may have.
    confidence : float
        The confidence level of every interval of the exploration.
    leak_bins, leak_folds : int
        Bins and folds of the model that predicts the label from one column alone.
    leak_suspicious, leak_certain : float
        ROC-AUC of one column alone from which it is called suspicious, or a leak.
    vif_high : float
        The variance inflation factor from which a column counts as explained by the others.
    """

    outlier_fence: float = Field(gt=0, le=10)
    histogram_bins: int = Field(ge=5, le=60)
    confidence: float = Field(gt=0.5, lt=1)
    leak_bins: int = Field(ge=2, le=200)
    leak_folds: int = Field(ge=2, le=20)
    leak_suspicious: float = Field(gt=0.5, le=1)
    leak_certain: float = Field(gt=0.5, le=1)
    vif_high: float = Field(ge=1)

    @model_validator(mode="after")
    def _check_order(self) -> "ExploreSettings":
        if self.leak_suspicious > self.leak_certain:
            raise ValueError("leak_suspicious must not exceed leak_certain")
        return self
