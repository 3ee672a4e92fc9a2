"""The settings section ``explore``."""

from pydantic import Field, model_validator

from retention.strict import Strict


class ExploreSettings(Strict):
    """The section ``explore``."""

    outlier_fence: float = Field(gt=0, le=10)
    """A value further than this many interquartile ranges outside the quartiles is counted as an outlier."""
    histogram_bins: int = Field(ge=5, le=60)  # the most bins that a histogram may have
    confidence: float = Field(gt=0.5, lt=1)  # of every interval of the exploration
    leak_bins: int = Field(ge=2, le=200)  # of the model that predicts the label from one column alone
    leak_folds: int = Field(ge=2, le=20)  # of that model
    leak_suspicious: float = Field(gt=0.5, le=1)  # ROC-AUC of one column alone from which it is called suspicious
    leak_certain: float = Field(gt=0.5, le=1)  # and from which it is called a leak
    vif_high: float = Field(ge=1)  # the variance inflation factor from which a column counts as explained by the others
    rows: int | None = Field(default=None, ge=100, exclude=True)
    """Rows among which associations and leaks are looked for, of more so many drawn by customers; None: all of them."""

    @model_validator(mode="after")
    def _check_order(self) -> "ExploreSettings":
        if self.leak_suspicious > self.leak_certain:
            raise ValueError("leak_suspicious must not exceed leak_certain")
        return self
