"""Which choices mattered in a search: Optuna's functional analysis of variance (Hutter, Hoos, Leyton-Brown 2014)."""

from collections.abc import Mapping, Sequence

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from retention.learning.model.choice import STEPS
from retention.learning.search.trial import Trial

ENOUGH = 4  # complete trials


def compute_importance(trials: Sequence[Trial]) -> dict[str, float]:
    """Return the share of each choice (model, scaler, encoder, features) in the variance of the mean ROC-AUC.

    Returns
    -------
    dict of str to float
        Sorted by share, which add up to 1; empty if there is nothing to compare. The complete trials count.
    """
    complete = [trial for trial in trials if trial.state == "complete"]
    tried = {name: [getattr(trial.choice, name) for trial in complete] for name in ("model", *STEPS)}
    distributions = {name: CategoricalDistribution(sorted(set(values))) for name, values in tried.items()}
    return _compute(complete, tried, distributions)


def compute_parameter_importance(
    trials: Sequence[Trial], model: str, distributions: Mapping[str, BaseDistribution]
) -> dict[str, float]:
    """Return the same for the hyper-parameters of one model, drawn from `distributions`, among its own trials."""
    own = [trial for trial in trials if trial.state == "complete" and trial.choice.model == model]
    tried = {name: [trial.choice.params[name] for trial in own] for name in distributions}
    return _compute(own, tried, distributions)


def _compute(
    trials: Sequence[Trial], tried: Mapping[str, Sequence[object]], distributions: Mapping[str, BaseDistribution]
) -> dict[str, float]:
    varied = {name: distributions[name] for name, values in tried.items() if len(set(values)) > 1}
    scores = [trial.mean for trial in trials]
    if len(trials) < ENOUGH or not varied or len(set(scores)) == 1:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for row, score in enumerate(scores):
        params = {name: tried[name][row] for name in varied}
        study.add_trial(optuna.create_trial(params=params, distributions=varied, value=score))
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
