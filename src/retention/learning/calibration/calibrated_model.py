"""The stored model: the winner fitted on every training customer, calibrated by outputs for unseen customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from retention.estimate import compute_mean
from retention.learning.calibration.calibrators import Calibrator, build_calibrator
from retention.learning.calibration.summary import Calibration, Candidate
from retention.learning.evaluation.metrics import METRICS, Floats, Labels, list_log_losses
from retention.learning.folds import Fold, stratified_group_folds
from retention.learning.model.choice import OutputScale
from retention.learning.model.pipeline import Estimator, compute_output, find_output_scale
from retention.learning.settings import TrainSettings
from retention.tables.columns import PROBABILITY

CONFIDENCE = 0.95  # of the difference to the best way of calibrating


class CalibratedModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted pipeline and a fitted calibrator as one classifier.

    It is what CalibratedClassifierCV(ensemble=False) makes, but gives the uncalibrated output as well, which
    is what attributions add up to, and knows more ways of calibrating: by a calibrator that was fitted on outputs
    of pipelines that had not seen the customer.
    """

    def __init__(self, pipeline: Estimator, calibrator: Calibrator) -> None:
        self.pipeline = pipeline
        self.calibrator = calibrator

    @property
    def classes_(self) -> NDArray[np.int64]:
        """The labels: 0 kept the level of activity, 1 declined."""
        return np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        """Both parts are fitted before they are put together."""
        return True

    def fit(self, X: pd.DataFrame, y: Labels) -> "CalibratedModel":  # noqa: ARG002
        """Refuse, with a TypeError: a calibrator must not learn from the outputs for the pipeline's own customers."""
        raise TypeError("a CalibratedModel is put together from fitted parts: use train_model")

    def compute_output(self, X: pd.DataFrame) -> Floats:
        """Return the uncalibrated output of the pipeline, shape (n_customers,)."""
        return compute_output(self.pipeline, X)

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the calibrated probabilities of both classes, shape (n_customers, 2)."""
        probability = self.calibrator.predict(self.compute_output(X))
        return np.column_stack([1 - probability, probability])

    def predict(self, X: pd.DataFrame) -> NDArray[np.int64]:
        """Return the more probable label, shape (n_customers,)."""
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(np.int64)


@dataclass(frozen=True)
class TrainedModel:
    """The final model, those of the folds, and which of them has not seen a customer."""

    model: CalibratedModel  # fitted on every training customer
    fold_models: tuple[CalibratedModel, ...]  # fitted, pipeline and calibrator, on all but a fold, by fold
    fold: NDArray[np.int_]  # (n_customers,): the fold that holds each training customer out, from 1
    calibration: Calibration


def train_model(
    pipeline: Any,
    frame: pd.DataFrame,
    target: ArrayLike,
    groups: ArrayLike,
    settings: TrainSettings,
    seed: int,
    workers: int = 1,
) -> TrainedModel:
    """Fit the pipeline once on all customers, and a calibrator on its out-of-fold outputs.

    `frame` holds the features of the training customers, `target` and `groups`, (n_customers,), their labels and
    units. The pipeline is left as it is; any number of `workers`, which are threads, gives the same result.
    """
    labels = np.asarray(target).astype(int)
    unfitted = without_threads(clone(pipeline))
    folds = stratified_group_folds(labels, groups, settings.folds, seed)
    outputs = compute_nested_outputs(unfitted, frame, labels, folds, workers)
    fitted = unfitted.fit(frame, labels)
    scale = find_output_scale(fitted, frame)
    calibration = choose_calibration(outputs, labels, settings.methods, scale)
    calibrator = build_calibrator(calibration.method, scale).fit(outputs.output, labels)
    inner = fit_fold_calibrators(outputs, labels, calibration.method, scale)
    fold_models = tuple(map(CalibratedModel, outputs.pipelines, inner))
    return TrainedModel(CalibratedModel(fitted, calibrator), fold_models, outputs.fold + 1, calibration)


def without_threads(estimator: Any) -> Any:
    """Set every ``n_jobs`` within the estimator to None: it is no part of a model, and would be stored with it."""
    jobs = {name: value for name, value in estimator.get_params().items() if name.rsplit("__", 1)[-1] == "n_jobs"}
    others = [name for name, value in jobs.items() if value not in (None, 1)]  # to some libraries None means all
    return estimator.set_params(**dict.fromkeys(others))


def tabulate_probabilities(
    models: Sequence[CalibratedModel], fold: NDArray[np.int_], frame: pd.DataFrame
) -> pd.DataFrame:
    """Return every customer's probability, uncalibrated score and fold by the model that has not seen the customer.

    The models are the final one, then that of each fold; `fold` (n_customers,) holds the customer out, from 1, and is 0
    for one that is new to the final model; `frame` has the features.
    """
    probability, score = np.empty(len(frame)), np.empty(len(frame))
    for number in np.unique(fold):
        own, model = fold == number, models[number]
        score[own] = model.compute_output(frame[own])
        probability[own] = model.calibrator.predict(score[own])
    return pd.DataFrame({PROBABILITY: probability, "score": score, "fold": fold}, index=frame.index)


@dataclass(frozen=True)
class NestedOutputs:
    """Out-of-fold outputs, and for each fold the outputs that its calibrator may learn from."""

    fold: NDArray[np.int_]  # (n_customers,): the one that holds the customer out, from 0
    output: Floats  # (n_customers,): from the pipeline that was fitted without the customer's fold
    inner: Floats  # (n_folds, n_customers): from pipelines fitted without fold k and the own fold; NaN for k itself
    pipelines: tuple[Any, ...]  # those that were fitted without one fold, by fold


def compute_nested_outputs(
    pipeline: Any, frame: pd.DataFrame, target: Labels, folds: Sequence[Fold], workers: int = 1
) -> NestedOutputs:
    """Fit clones of the pipeline without each fold and without each pair of folds, in `workers` threads.

    One fit without the pair (k, l) serves twice: it gives fold k's outputs to the calibrator of fold l and
    fold l's to that of fold k, so n folds take n (n + 1) / 2 fits and not n².
    """
    fold = np.empty(len(target), dtype=int)
    for number, (_, held_out) in enumerate(folds):
        fold[held_out] = number
    numbers = range(len(folds))
    left_out = [(k,) for k in numbers] + list(combinations(numbers, 2))

    def fit_without(folds: tuple[int, ...]) -> tuple[Any, Floats]:
        held_out = np.isin(fold, folds)
        fitted = clone(pipeline).fit(frame[~held_out], target[~held_out])
        outputs = np.full(len(target), np.nan)
        outputs[held_out] = compute_output(fitted, frame[held_out])
        return fitted if len(folds) == 1 else None, outputs  # a forest of many customers is large

    results = Parallel(n_jobs=workers, prefer="threads")(delayed(fit_without)(without) for without in left_out)
    output = np.empty(len(target))
    inner = np.full((len(folds), len(target)), np.nan)
    for without, (_, values) in zip(left_out, results, strict=True):
        for k in without:
            others = [other for other in without if other != k]
            (inner[others[0]] if others else output)[fold == k] = values[fold == k]
    return NestedOutputs(fold, output, inner, tuple(fitted for fitted, _ in results[: len(folds)]))


def choose_calibration(
    outputs: NestedOutputs, target: Labels, methods: Sequence[str], scale: OutputScale
) -> Calibration:
    """Choose by cross-fitted log-loss; among those within the noise of the best, the first that is listed."""
    # a mere score has no probability of its own
    usable = [method for method in methods if method != "none" or scale != "score"] or ["sigmoid"]
    given = {method: calibrate_out_of_fold(outputs, target, method, scale) for method in usable}
    losses = {method: list_log_losses(target, probability) for method, probability in given.items()}
    best = min(losses.values(), key=np.mean)
    once, measured = np.ones((1, len(target))), METRICS.keys() & Candidate.model_fields
    candidates = {
        method: Candidate(
            log_loss_over_best=compute_mean(losses[method] - best, CONFIDENCE),
            **{name: float(METRICS[name](target, probability, once)[0]) for name in measured},
        )
        for method, probability in given.items()
    }
    within = next(method for method, candidate in candidates.items() if candidate.log_loss_over_best.low <= 0)
    return Calibration(method=within, output=scale, candidates=candidates)


def calibrate_out_of_fold(outputs: NestedOutputs, target: Labels, method: str, scale: OutputScale) -> Floats:
    """Give each customer a probability, shape (n_customers,), from a model and a calibrator that had not seen it."""
    probability = np.empty(len(target))
    for number, calibrator in enumerate(fit_fold_calibrators(outputs, target, method, scale)):
        held_out = outputs.fold == number
        probability[held_out] = calibrator.predict(outputs.output[held_out])
    return probability


def fit_fold_calibrators(outputs: NestedOutputs, target: Labels, method: str, scale: OutputScale) -> list[Calibrator]:
    """Return a calibrator for each fold, fitted on outputs of models that had not seen the fold."""
    others = [outputs.fold != number for number in range(len(outputs.inner))]
    pairs = zip(outputs.inner, others, strict=True)
    return [build_calibrator(method, scale).fit(inner[other], target[other]) for inner, other in pairs]
