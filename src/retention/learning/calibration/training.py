"""The final model: the winner fitted on every training customer, and calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.calibration.calibration import (
    choose_calibration,
    compute_nested_outputs,
    fit_fold_calibrators,
)
from retention.learning.calibration.calibrators import build_calibrator
from retention.learning.calibration.summary import Calibration
from retention.learning.folds import stratified_group_folds
from retention.learning.model.pipeline import find_output_scale
from retention.learning.settings import TrainSettings
from retention.tables.columns import PROBABILITY


@dataclass(frozen=True)
class TrainedModel:
    """The final model, those of the folds, and which of them has not seen a customer.

    Parameters
    ----------
    model : CalibratedModel
        Fitted on every training customer.
    fold_models : tuple of CalibratedModel
        Fitted, pipeline and calibrator, on all but the customers of a fold, by fold.
    fold : ndarray of int, shape (n_customers,)
        The fold that holds each training customer out, from 1.
    calibration : Calibration
        The chosen way, and what it was chosen from.
    """

    model: CalibratedModel
    fold_models: tuple[CalibratedModel, ...]
    fold: NDArray[np.int_]
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

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted; left as it is.
    frame : DataFrame
        The features of the training customers.
    target, groups : array-like of shape (n_customers,)
        Their labels and twin groups.
    settings : TrainSettings
        Folds of the out-of-fold outputs, and ways of calibrating to choose from.
    seed : int
        Of the folds.
    workers : int
        Threads; any number gives the same result.
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
    """Set every ``n_jobs`` within the estimator to None: it is no part of a model, and would be stored with it.

    1 stays as it is: to some libraries None means every processor.
    """
    jobs = {name: value for name, value in estimator.get_params().items() if name.rsplit("__", 1)[-1] == "n_jobs"}
    return estimator.set_params(**{name: None for name, value in jobs.items() if value not in (None, 1)})


def tabulate_probabilities(
    models: Sequence[CalibratedModel], fold: NDArray[np.int_], frame: pd.DataFrame
) -> pd.DataFrame:
    """Return every customer's probability by the model that has not seen the customer.

    Parameters
    ----------
    models : sequence of CalibratedModel
        The final model, then that of each fold.
    fold : ndarray of int, shape (n_customers,)
        The fold that holds the customer out, from 1; 0 for a customer that is new to the final model.
    frame : DataFrame
        The features of the customers.

    Returns
    -------
    DataFrame
        ``decline_probability``, ``score`` (the uncalibrated output) and ``fold``.
    """
    probability, score = np.empty(len(frame)), np.empty(len(frame))
    for number in np.unique(fold):
        own, model = fold == number, models[number]
        probability[own] = model.predict_proba(frame[own])[:, 1]
        score[own] = model.compute_output(frame[own])
    return pd.DataFrame({PROBABILITY: probability, "score": score, "fold": fold}, index=frame.index)
