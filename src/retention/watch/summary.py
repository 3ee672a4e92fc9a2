"""``watch.json``: whether the month acted on is like those learnt from, and what to expect of it."""

from typing import Literal

from retention.estimate import Estimate
from retention.strict import Strict, Text

Verdict = Literal["fine", "look", "retrain", "cannot_tell"]


class Expected(Estimate):
    """What is expected before labels are known, of such customers: the interval is of calibration and draw."""

    seen_low: float  # the lower end of what these customers' labels will show, which chance moves too
    seen_high: float  # its upper end
    then: float | None
    """What the labels of the months learnt from have shown; None for a sum, which depends on how many they are."""


class Quality(Strict):
    """How good the model is expected to be for the month, if only its customers have changed."""

    roc_auc: Expected  # how well the customers will be ordered
    fall: Estimate
    """By how much ROC-AUC is expected to be less than it was; the verdict goes by the low end."""
    log_loss: Expected  # how far the probabilities will be from the labels
    decline_rate: Expected  # the share of the customers who will decline
    at_risk: Expected | None
    """The money that is expected to be lost with those who decline; None without money in the exports."""


class Shift(Strict):
    """How well a classifier tells the month's customers from those learnt from."""

    roc_auc: float  # 0.5 if not at all; by classifiers that had not seen the customer
    p_value: float  # the share of the permutations, whole customers changing sides, that were told apart as well


class ColumnShift(Strict):
    """How one column has changed."""

    column: str  # which one
    weight: float  # its share in what moves the model
    shifted: bool  # whether it is found to have changed
    adjusted: float  # its p-value, adjusted for the number of columns: the false discovery rate at which it is found
    effect: float
    """A number: Wasserstein's distance in standard deviations of the rows learnt from. A category: Cramér's V."""
    key: str | None  # of a category, the key whose share has changed most; None for a number
    then: float | None  # mean of a number or share of the key before; None where all cells are empty
    now: float | None  # the same in this month


class Watch(Strict):
    """The month to act on against the months learnt from."""

    verdict: Verdict  # on the month
    reasons: tuple[Text, ...]  # why, a sentence each, what matters most first
    blind: Text  # what nobody can see before the labels are known
    customers: int  # those of the month
    returning: float | None  # the share of the month's customers who are known from the months learnt from
    quality: Quality | None = None  # how good the model is expected to be for it
    shift: Shift | None = None  # how well its customers are told from those learnt from
    columns: tuple[ColumnShift, ...] = ()
    """The columns, those that move the model most first. Where it cannot tell, there are none, nor the two above."""
