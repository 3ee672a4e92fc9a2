"""The final model: the winner fitted on every training customer, and calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.calibration.calibration import Calibration, choose_calibration
from retention.learning.calibration.calibrators import build_calibrator
from retention.learning.calibration.out_of_fold import NestedOutputs, compute_nested_outputs
from retention.learning.folds.folds import stratified_group_folds
from retention.learning.model.pipeline import find_output_scale


@dataclass(frozen=True)
class TrainedModel:
    """A calibrated model and what is known of its training customers out of fold.

    Parameters
    ----------
    model : CalibratedModel
        The one model that is stored.
    outputs : NestedOutputs
        Of the training customers.
    calibration : Calibration
        The chosen way, and what it was chosen from.
    probability : ndarray of shape (n_customers,)
        Of the training customers, out of fold.
    """

    model: CalibratedModel
    outputs: NestedOutputs
    calibration: Calibration
    probability: NDArray[np.float64]


def train_model(
    pipeline: Any,
    frame: pd.DataFrame,
    target: ArrayLike,
    groups: ArrayLike,
    *,
    n_folds: int,
    methods: Sequence[str],
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
    n_folds : int
        Folds of the out-of-fold outputs.
    methods : sequence of str
        Ways of calibrating to choose from, the simplest first.
    seed : int
        Of the folds.
    workers : int
        Threads; any number gives the same result.
    """
    labels = np.asarray(target).astype(int)
    unfitted = without_threads(clone(pipeline))
    folds = stratified_group_folds(labels, groups, n_folds, seed)
    outputs = compute_nested_outputs(unfitted, frame, labels, folds, workers)
    fitted = unfitted.fit(frame, labels)
    scale = find_output_scale(fitted, frame)
    calibration, probability = choose_calibration(outputs, labels, methods, scale)
    calibrator = build_calibrator(calibration.method, scale).fit(outputs.output, labels)
    return TrainedModel(CalibratedModel(fitted, calibrator), outputs, calibration, probability)


def without_threads(estimator: Any) -> Any:
    """Set every ``n_jobs`` within the estimator to None: it is no part of a model, and would be stored with it.

    1 stays as it is: to some libraries None means every processor.
    """
    jobs = {name: value for name, value in estimator.get_params().items() if name.rsplit("__", 1)[-1] == "n_jobs"}
    return estimator.set_params(**{name: None for name, value in jobs.items() if value not in (None, 1)})


def tabulate_probabilities(
    trained: TrainedModel, customers: pd.DataFrame, is_test: NDArray[np.bool_], features: Sequence[str]
) -> pd.DataFrame:
    """Return every customer's probability: out of fold for training customers, the model's for the others.

    Returns
    -------
    DataFrame
        ``decline_probability``, ``score`` (the output on the same footing) and ``fold`` (from 1; 0 for the test
        part), in the order of `customers`.
    """
    test = customers.loc[is_test, list(features)]
    probability, score = np.empty(len(customers)), np.empty(len(customers))
    fold = np.zeros(len(customers), dtype=np.int64)
    probability[~is_test], score[~is_test] = trained.probability, trained.outputs.output
    fold[~is_test] = trained.outputs.fold + 1
    if is_test.any():
        probability[is_test] = trained.model.predict_proba(test)[:, 1]
        score[is_test] = trained.model.compute_output(test)
    return pd.DataFrame({"decline_probability": probability, "score": score, "fold": fold}, index=customers.index)
