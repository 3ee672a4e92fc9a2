"""Out of time: customers set aside, in a month that came after all that their model has learnt from."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.folds import PART, TEST, TRAIN
from retention.tables.columns import MONTH, TARGET
from retention.tables.months.periods import count_months

Predict = Callable[[pd.DataFrame, pd.DataFrame], NDArray[np.float64]]


def predict_out_of_time(predict: Predict, learnt: pd.DataFrame, delay: int, at_most: int, least: int) -> pd.Series:
    """Predict the test customers of a month by the recipe fitted on the training customers of matured months.

    Month t is predicted from the months up to t − `delay`, whose labels were known by then, as it would have been: the
    customers are new to the model, and so is the time.

    `predict` fits the winner's recipe on the rows it gets first and returns a probability for each of the second;
    `delay` is in months. `at_most` of the latest months are predicted, each by a fit of its own for which `least`
    training customers of each class are needed. Returned are probabilities by the index of `learnt`, none if no month
    can be predicted.
    """
    pairs = list(_pair_months(learnt, delay, least)) if at_most else []
    given = [pd.Series(predict(past, unseen), unseen.index) for past, unseen in pairs[-at_most:]]
    return pd.concat(given) if given else pd.Series(dtype=float)


def _pair_months(learnt: pd.DataFrame, delay: int, least: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield for each month that can be predicted the rows to learn from, and those to predict."""
    months = [str(name) for name in learnt[MONTH].unique() if name]
    number = learnt[MONTH].map({name: count_months(name) for name in months})
    for name in months:
        past = learnt[(number <= count_months(name) - delay) & (learnt[PART] == TRAIN)]
        unseen = learnt[(learnt[MONTH] == name) & (learnt[PART] == TEST)]
        if np.bincount(past[TARGET], minlength=2).min() >= least and len(unseen):
            yield past, unseen
