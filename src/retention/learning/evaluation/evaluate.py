"""A model evaluated: on customers set aside, out of fold, out of time, beside the studies' recipes, in groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd

from retention.errors import UserError
from retention.estimate import Estimate, compute_share, count_effective
from retention.learning.evaluation.agreement import estimate_calibration_error, judge_agreement
from retention.learning.evaluation.bootstrap import Bootstrap, Scale, normal_interval
from retention.learning.evaluation.evaluation import (
    BaselineMeasures,
    Comparable,
    Evaluation,
    Group,
    PartMeasures,
    Support,
)
from retention.learning.evaluation.metrics import METRICS, RANKING, Floats, Labels, compute_roc_auc
from retention.learning.folds import PART, TEST, TRAIN
from retention.strict import Text
from retention.tables.columns import MONTH, TARGET, UNIT
from retention.tables.months.periods import count_months

Predict = Callable[[pd.DataFrame, pd.DataFrame], Floats | None]

TESTED, OUT_OF_FOLD, OUT_OF_TIME, GROUP = 1, 2, 3, 3  # streams of random numbers; a group's goes on with its name
ENOUGH = 30  # customers of a group, and at least this part of them in the rarer class for a ROC-AUC
RARE = 5
SCALES: dict[str, Scale] = {"roc_auc": "share", "pr_auc": "share", "calibration_intercept": "real"}  # else positive
COMPARED = ("roc_auc", "pr_auc", "brier", "log_loss")  # of the others more is neither better nor worse


@dataclass(frozen=True)
class Prediction:
    """What a model says of each customer, shape (n_customers,): a probability, or a mere score that ranks."""

    value: Floats
    is_probability: bool = True


@dataclass(frozen=True)
class Assessed:
    """How good a prediction is by metric, and the reference minus this by metric of `COMPARED` (none for itself)."""

    measures: dict[str, Estimate]
    difference: dict[str, Estimate]


def assess(
    target: Labels, predictions: Mapping[str, Prediction], bootstrap: Bootstrap, bins: int, part: int
) -> dict[str, Assessed]:
    """Measure predictions for the same customers, each metric of all of them on the same resamples.

    ROC-AUC is resampled with both classes keeping their size, everything else plainly: whether the mean of the
    probabilities is right cannot be seen where the number of decliners is held fixed.

    The first of the predictions, of probabilities, is the reference that the others are compared with; `bins` are the
    groups of the calibration error, and another number of `part` is another stream of random numbers.
    """
    reference, assessed = next(iter(predictions)), {name: Assessed({}, {}) for name in predictions}
    for number, metric in enumerate(METRICS):
        values = {name: one.value for name, one in predictions.items() if one.is_probability or metric in RANKING}
        drawn = bootstrap.draw(part, number, strata=target if metric == "roc_auc" else None)
        batches = chain([bootstrap.whole], drawn)  # the customers themselves, then each resample
        parts = [[METRICS[metric](target, value, weights) for value in values.values()] for weights in batches]
        known = dict(zip(values, np.concatenate(parts, axis=1), strict=True))
        for name, found in known.items():
            interval = normal_interval(float(found[0]), found[1:], bootstrap.confidence, SCALES.get(metric, "positive"))
            assessed[name].measures[metric] = interval
            if metric in COMPARED and name != reference:
                less = known[reference] - found
                assessed[name].difference[metric] = normal_interval(float(less[0]), less[1:], bootstrap.confidence)
    for name, prediction in predictions.items():
        if prediction.is_probability:
            error = estimate_calibration_error(target, prediction.value, bins, bootstrap, part, len(METRICS))
            assessed[name].measures["expected_calibration_error"] = error
    return assessed


@dataclass(frozen=True)
class Part:
    """Customers that the model has not learnt from; arrays of shape (n_customers,)."""

    target: Labels
    probability: Floats
    bootstrap: Bootstrap


def check_classes(parts: Mapping[str, pd.Series]) -> None:
    """Raise a `UserError` for a part, by its name, whose labels, (n_customers,), are not of both classes."""
    for name, labels in parts.items():
        if labels.nunique() < 2:
            raise UserError(
                f"Without whom a campaign contacted the {name} part holds {len(labels)} customer-months of one class, "
                "by which no model can be judged: set another split.test_share, or bring more months or customers."
            )


def evaluate(
    test: Part,
    out_of_fold: Part,
    out_of_time: Part | None,
    recipes: Mapping[str, Text],
    predictions: Mapping[str, Prediction],
    categories: pd.DataFrame,
    bins: int,
) -> Evaluation:
    """Measure a model.

    The parts are the customers set aside, the training customers, and those set aside in later months, if there are
    any. `recipes` say what each baseline of `predictions` is, `categories` are the categorical columns of the test
    customers, `bins` the groups of the calibration error.
    """

    def measure(part: Part, others: Mapping[str, Prediction], use: int) -> tuple[PartMeasures, dict[str, Assessed]]:
        found = assess(part.target, {"": Prediction(part.probability), **others}, part.bootstrap, bins, use)
        support = Support(customers=len(part.target), declined=int(part.target.sum()))
        return PartMeasures(**found[""].measures, support=support), found

    tested, found = measure(test, predictions, TESTED)
    given = test.target, test.probability
    return Evaluation(
        test=tested,
        agreement=judge_agreement(*given, test.bootstrap.groups, test.bootstrap.confidence),
        out_of_fold=measure(out_of_fold, {}, OUT_OF_FOLD)[0],
        out_of_time=measure(out_of_time, {}, OUT_OF_TIME)[0] if out_of_time else None,
        baselines={
            key: BaselineMeasures(recipe=recipe, **found[key].measures, difference=Comparable(**found[key].difference))
            for key, recipe in recipes.items()
        },
        groups=[
            group
            for name, column in categories.items()
            for group in measure_groups(*given, pd.get_dummies(column, dtype=bool), str(name), test.bootstrap)
        ],
    )


def measure_groups(
    target: Labels, probability: Floats, members: pd.DataFrame, of: str, bootstrap: Bootstrap
) -> list[Group]:
    """Return how good the model is in each group; nothing but the support where it is too small.

    Labels and probabilities, (n_customers,), are of customers that the model did not learn from, as is the bootstrap.
    `members` has a column of flags for each group, named by its key; `of` is ``segment``, or the column whose values
    they are.
    """
    found = []
    for key, chosen in members.astype(bool).items():
        rows = chosen.to_numpy()
        labels, said, support = target[rows], probability[rows], int(rows.sum())
        declined, enough, roc_auc = int(labels.sum()), support >= ENOUGH, None
        if enough and min(declined, support - declined) >= RARE:
            use = (GROUP, *f"{of}={key}".encode())  # a stream of its own, whatever the other groups are
            measure = partial(compute_roc_auc, labels, said)
            roc_auc = bootstrap.take(rows).estimate(measure, *use, strata=labels, scale="share")
        effective = count_effective(labels, bootstrap.groups[rows]) if enough else None
        observed = compute_share(declined, support, bootstrap.confidence, effective) if enough else None
        predicted = float(said.mean()) if enough else None
        group = Group(of=of, key=str(key), support=support, observed=observed, predicted=predicted, roc_auc=roc_auc)
        found.append(group)
    return found


def predict_out_of_time(predict: Predict, learnt: pd.DataFrame, delay: int, at_most: int, least: int) -> pd.Series:
    """Predict the test customers of a month by the recipe fitted on the training customers of matured months.

    Month t is predicted from the months up to t − `delay`, whose labels were known by then, as it would have been: the
    customers are new to the model, and so is the time.

    `predict` fits the winner's recipe on the rows it gets first and returns a probability for each of the second, None
    if it cannot be fitted.
    `at_most` of the latest months are predicted, each by a fit of its own for which `least` independent units of each
    class are needed among the training customers. Returned are probabilities by the index of `learnt`, none if no month
    can be predicted.
    """
    numbers = {str(name): count_months(str(name)) for name in learnt[MONTH].unique() if name}
    number, pairs = learnt[MONTH].map(numbers), []
    for name, now in numbers.items():
        past = learnt[(number <= now - delay) & (learnt[PART] == TRAIN)]
        unseen = learnt[(learnt[MONTH] == name) & (learnt[PART] == TEST)]
        fewest = min(past.loc[past[TARGET] == label, UNIT].nunique() for label in (0, 1))
        if fewest >= least and len(unseen):
            pairs.append((past, unseen))
    given = []
    for past, unseen in pairs[-at_most:] if at_most else []:
        if (said := predict(past, unseen)) is not None:
            given.append(pd.Series(said, unseen.index))
    return pd.concat(given) if given else pd.Series(dtype=float)
