"""Which choices mattered in a search: Optuna's functional analysis of variance (Hutter, Hoos, Leyton-Brown 2014)."""

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

CHOICES = ("model", "scaler", "encoder", "features")


def compute_importance(trials: pd.DataFrame) -> dict[str, float]:
    """Return the share of each choice (model, scaler, encoder, features) in the variance of the mean ROC-AUC.

    Parameters
    ----------
    trials : DataFrame
        ``trials.parquet``; the complete trials count.

    Returns
    -------
    dict of str to float
        Sorted by share, which add up to 1; empty if there is nothing to compare.
    """
    complete = trials[trials["state"] == "complete"]
    return _compute(complete[list(CHOICES)], complete["roc_auc"])


def compute_parameter_importance(trials: pd.DataFrame, model: str) -> dict[str, float]:
    """Return the same for the hyper-parameters of one model among its own trials."""
    own = trials[(trials["state"] == "complete") & (trials["model"] == model)]
    params = pd.DataFrame([json.loads(text) for text in own["params"]], index=own.index)
    return _compute(params.dropna(axis="columns"), own["roc_auc"])


def _compute(params: pd.DataFrame, values: pd.Series) -> dict[str, float]:
    varied = params[[name for name in params if len(set(params[name])) > 1]]
    if len(varied) < 4 or varied.shape[1] == 0 or values.max() == values.min():
        return {}
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _guess_distribution(varied[name]) for name in varied}
    study = optuna.create_study(direction="maximize")
    for row, value in zip(varied.to_dict("records"), values, strict=True):
        study.add_trial(optuna.create_trial(params=row, distributions=distributions, value=float(value)))
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _guess_distribution(values: pd.Series) -> "BaseDistribution":
    """Return the distribution that the values seen may have come from; the declared one is not in the artifacts."""
    from optuna import distributions

    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        choices: list[Any] = sorted(values.unique().tolist(), key=str)
        return distributions.CategoricalDistribution(choices)
    low, high = values.min().item(), values.max().item()
    log = low > 0 and high / low > 50  # searched over orders of magnitude
    if pd.api.types.is_integer_dtype(values):
        return distributions.IntDistribution(low, high, log=log)
    return distributions.FloatDistribution(low, high, log=log)
