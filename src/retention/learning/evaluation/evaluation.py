"""What the stage ``evaluate`` leaves: the few numbers that runs are compared by, all others, and the curves."""

from typing import Self

from pydantic import Field

from retention.estimate import Estimate
from retention.strict import Strict, Text
from retention.table_schema import ColumnSchema, TableSchema

_THRESHOLD = ColumnSchema("number", "Customers at it or above are called declining; empty where none is.")
CURVES = {
    "roc": TableSchema(
        rows="a threshold, from the highest",
        columns={
            "false_positive_rate": ColumnSchema("number", "Of those who kept their level, who are called declining."),
            "true_positive_rate": ColumnSchema("number", "Of those who declined, who are called declining."),
            "threshold": _THRESHOLD,
        },
    ),
    "pr": TableSchema(
        rows="a threshold, from the highest",
        columns={
            "recall": ColumnSchema("number", "Of those who declined, who are called declining."),
            "precision": ColumnSchema("number", "Of those who are called declining, who declined."),
            "threshold": _THRESHOLD,
        },
    ),
    "calibration": TableSchema(
        rows="a group of customer-months of the test part with like probability",
        columns={
            "mean_probability": ColumnSchema("number", "What was said of them."),
            "decline_rate": ColumnSchema("number", "What they did."),
            "low": ColumnSchema("number", "The lower end of the rate's interval (Jeffreys)."),
            "high": ColumnSchema("number", "The upper end."),
            "customers": ColumnSchema("integer", "How many customer-months they are."),
        },
    ),
    "lift": TableSchema(
        rows="a share of the customers, the most endangered first",
        columns={
            "share_contacted": ColumnSchema("number", "The share."),
            "gain": ColumnSchema("number", "The share of all decliners among them."),
            "lift": ColumnSchema("number", "Gain over share."),
        },
    ),
}
"""By the name of the file."""


class Support(Strict):
    """How many customer-months measures rest on."""

    customers: int  # all of them, a customer once for each month
    declined: int  # those whose activity dropped


class Comparable(Strict):
    """Metrics of which more is better or worse: of predictions, or the difference of two, model minus recipe."""

    roc_auc: Estimate  # how well the customers are ordered
    pr_auc: Estimate  # the same, by average precision
    brier: Estimate | None = None  # how near the probabilities are to the labels; None for a mere score
    log_loss: Estimate | None = None  # likewise, by their logarithms; None for a mere score


class Measures(Comparable):
    """Each metric with its interval."""

    calibration_slope: Estimate | None = None  # 1 where the probabilities are right; None for a mere score
    calibration_intercept: Estimate | None = None  # 0 where they are right; None for a mere score
    expected_calibration_error: Estimate | None = None
    """The mean distance of decline rate and probability over groups of customers with like probability, without what
    chance alone adds to it; None for a mere score.
    """


class PartMeasures(Measures):
    """The model on a part of the customers."""

    support: Support  # how many they are


class BaselineMeasures(Measures):
    """A study's recipe on the test part."""

    recipe: Text  # what it is, for people
    difference: Comparable  # the model less it, on the same customers


class Agreement(Strict):
    """Whether the probabilities agree with the labels: one test of slope 1 and intercept 0 together."""

    statistic: float  # twice the gain in log-likelihood when slope and intercept are fitted
    p_value: float  # how often right probabilities would give as much
    agrees: bool  # whether that is no rarer than chance allows


class Group(Strict):
    """The model among some of the test customers."""

    of: str  # the column whose value they share, or ``segment``
    key: str  # the value, or the segment's key
    support: int  # customer-months of the test part in it
    observed: Estimate | None = None  # their decline rate with Wilson's interval; None if there are too few
    predicted: float | None = None  # their mean probability
    roc_auc: Estimate | None = None  # None if one of the classes is nearly empty too


class Evaluation(Strict):
    """``evaluation.json``: all that was measured."""

    test: PartMeasures  # the final model on the customers that were set aside
    agreement: Agreement  # whether its probabilities agree with their labels
    out_of_fold: PartMeasures  # the training customers, each by a model that had not seen it
    out_of_time: PartMeasures | None
    """The test customers of the latest months, each month by a model of those that had matured before it; None if
    there are too few months to tell."""
    baselines: dict[str, BaselineMeasures]  # the studies' recipes on the test part, by key
    recipes_fitted_on: int | None = Field(default=None, exclude_if=lambda rows: rows is None)
    """Training rows that the recipes were fitted to where these are a sample, drawn by customers; else it is not there.
    """
    groups: list[Group]  # the model in each category of the test customers

    @property
    def leading(self) -> PartMeasures:
        """What leads wherever one figure is said: held out or out of time, whichever has the lower ROC-AUC."""
        if self.out_of_time is None or self.test.roc_auc.value <= self.out_of_time.roc_auc.value:
            return self.test
        return self.out_of_time


class Metrics(Strict):
    """``metrics.json``: what runs are compared by, side by side on a terminal."""

    roc_auc: float  # the lower of test part and out of time; in MLflow the test part's
    roc_auc_low: float  # the lower end of its interval
    roc_auc_high: float  # the upper end of its interval
    log_loss: float  # likewise; its interval, and everything else, stands in ``evaluation.json``
    ece: float  # likewise; the expected calibration error, without what chance alone adds to it
    out_of_time: float | None  # ROC-AUC in later months; None if there are too few months to tell
    model: str  # the winner's family

    @classmethod
    def of(cls, found: Evaluation, model: str) -> Self:
        """Take the numbers out of all that was measured."""
        leading, later = found.leading, found.out_of_time
        assert leading.log_loss and leading.expected_calibration_error  # of a model, not of a mere score
        return cls(
            roc_auc=leading.roc_auc.value,
            roc_auc_low=leading.roc_auc.low,
            roc_auc_high=leading.roc_auc.high,
            log_loss=leading.log_loss.value,
            ece=leading.expected_calibration_error.value,
            out_of_time=later.roc_auc.value if later else None,
            model=model,
        )
