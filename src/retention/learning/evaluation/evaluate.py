"""A model evaluated: on customers set aside, out of fold, beside the studies' recipes, in groups."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.evaluation.agreement import judge_agreement
from retention.learning.evaluation.assessment import Assessed, Prediction, assess
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluation import (
    BaselineMeasures,
    Comparable,
    Evaluation,
    Group,
    PartMeasures,
    Support,
)
from retention.learning.evaluation.groups import measure_groups
from retention.strict import Text

TEST, OUT_OF_FOLD = 1, 2  # streams of random numbers


@dataclass(frozen=True)
class Part:
    """Customers that the model has not learnt from.

    Parameters
    ----------
    target, probability : ndarray of shape (n_customers,)
    bootstrap : Bootstrap
        Of these customers.
    """

    target: NDArray[np.int_]
    probability: NDArray[np.float64]
    bootstrap: Bootstrap


def evaluate(
    test: Part,
    out_of_fold: Part,
    recipes: Mapping[str, Text],
    predictions: Mapping[str, Prediction],
    categories: pd.DataFrame,
    bins: int,
) -> Evaluation:
    """Measure a model.

    Parameters
    ----------
    test, out_of_fold : Part
        The customers set aside, and the training customers.
    recipes : mapping
        Baselines by key, as they are said.
    predictions : mapping
        What each of them gives the test customers.
    categories : DataFrame
        The categorical columns of the test customers.
    bins : int
        Groups of equal size of the calibration error.
    """
    model = {"": Prediction(test.probability)}
    found = assess(test.target, model | dict(predictions), test.bootstrap, bins, TEST)
    alone = {"": Prediction(out_of_fold.probability)}
    return Evaluation(
        test=_with_support(test, found[""]),
        agreement=judge_agreement(test.target, test.probability, test.bootstrap.confidence),
        out_of_fold=_with_support(
            out_of_fold, assess(out_of_fold.target, alone, out_of_fold.bootstrap, bins, OUT_OF_FOLD)[""]
        ),
        baselines={
            key: BaselineMeasures(recipe=recipe, **found[key].measures, difference=Comparable(**found[key].difference))
            for key, recipe in recipes.items()
        },
        groups=[group for name in categories for group in _measure_categories(test, categories[name])],
    )


def _with_support(part: Part, assessed: Assessed) -> PartMeasures:
    support = Support(customers=len(part.target), declined=int(part.target.sum()))
    return PartMeasures(**assessed.measures, support=support)


def _measure_categories(test: Part, column: pd.Series) -> list[Group]:
    members = pd.get_dummies(column, dtype=bool)
    return measure_groups(test.target, test.probability, members, str(column.name), test.bootstrap)
