"""Out of time: customers set aside, in a month that came after all that their model has learnt from."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.calibration.training import train_model
from retention.learning.folds import PART, TEST, TRAIN
from retention.learning.settings import TrainSettings
from retention.tables.columns import MONTH, TARGET, UNIT


def predict_out_of_time(
    pipeline: Any, learnt: pd.DataFrame, names: Sequence[str], delay: int, at_most: int, train: TrainSettings, seed: int
) -> pd.Series:
    """Predict the test customers of a month by the recipe fitted on the training customers of matured months.

    Month t is predicted from the months up to t − `delay`, whose labels were known by then, as it would have been: the
    customers are new to the model, and so is the time.

    Parameters
    ----------
    pipeline : Pipeline
        The winner, unfitted; left as it is.
    learnt : DataFrame of n_rows
        Customer-months with their part.
    names : sequence of str
        The features.
    delay : int
        Months until a label is known.
    at_most : int
        How many of the latest months are predicted, each by a fit of its own.
    train, seed
        As of the final model.

    Returns
    -------
    Series
        Probabilities by the index of `learnt`; empty if no month can be predicted.
    """
    given = [pd.Series(dtype=float)]
    for past, month in list(_pair_months(learnt, delay, train.folds))[-at_most:]:
        known, unseen = learnt[past], learnt[month]
        model = train_model(pipeline, known[list(names)], known[TARGET], known[UNIT], train, seed).model
        given.append(pd.Series(model.predict_proba(unseen[list(names)])[:, 1], unseen.index))
    return pd.concat(given) if len(given) > 1 else given[0]


def count_months(month: str) -> int:
    """Return the number of a month that is written as ``2026-06``, so that later ones have higher numbers."""
    return int(month[:4]) * 12 + int(month[5:7])


def _pair_months(learnt: pd.DataFrame, delay: int, least: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield for each month that can be predicted the rows to learn from, and those to predict.

    There must be `least` training customers of each class, and test customers in the month.
    """
    months = [name for name in learnt[MONTH].unique() if name]
    number = learnt[MONTH].map({name: count_months(name) for name in months})
    for name in months:
        past = ((number <= count_months(name) - delay) & (learnt[PART] == TRAIN)).to_numpy()
        unseen = ((learnt[MONTH] == name) & (learnt[PART] == TEST)).to_numpy()
        of_class = np.bincount(learnt.loc[past, TARGET].to_numpy(dtype=int), minlength=2)
        if of_class.min() >= least and unseen.any():
            yield past, unseen
