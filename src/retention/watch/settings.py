"""The section ``watch``: when a month is called unlike those that the model learnt from."""

from pydantic import Field

from retention.strict import Strict


class WatchSettings(Strict):
    """How sure and how large a change must be."""

    false_alarm: float = Field(gt=0, lt=0.5)
    """Of stable months that get another verdict than fine; expected quality, classifier and columns share it evenly."""
    margin: float = Field(ge=0, lt=0.5)  # ROC-AUC that is surely lost before it says ``retrain``
    customers: int = Field(ge=30)  # of either side; with fewer it cannot tell
    permutations: int = Field(ge=200, le=100_000)
    resamples: int = Field(ge=100, le=100_000)  # bootstrap resamples behind the intervals
    confidence: float = Field(gt=0.5, lt=1)  # of the intervals
    rows: int = Field(ge=1000)  # rows of either side that are compared; of more, so many customers are drawn
