"""Pictures of a search: how it went, and which choices mattered."""

from collections.abc import Iterator, Mapping, Sequence

import optuna
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from retention.learning.model.choice import STEPS
from retention.learning.search.trial import Trial
from retention.png import encode_png
from retention.tracking.describe.search_run import follow_best, is_scored

ENOUGH = 4  # complete trials


def draw_pictures(
    trials: Sequence[Trial], model: str, distributions: Mapping[str, BaseDistribution]
) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each picture and its PNG; `model` is the chosen one, drawn from `distributions`."""
    yield "history", _draw_history(trials)
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_shares(left, compute_importance(trials), "All trials", _ACCENT)
    _draw_shares(right, compute_parameter_importance(trials, model, distributions), f"Trials of {model}", _INK)
    figure.suptitle("Share in the variance of the mean ROC-AUC")
    yield "importance", encode_png(figure)


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


_INK, _ACCENT, _FAINT = "#334155", "#c2410c", "#94a3b8"


def _draw_history(trials: Sequence[Trial]) -> bytes:
    """Return a PNG of the mean ROC-AUC of every trial and of the best so far."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    scored = [trial for trial in trials if is_scored(trial)]
    for model in sorted({trial.choice.model for trial in scored}):
        own = [trial for trial in scored if trial.choice.model == model]
        axes.scatter([one.number for one in own], [one.mean for one in own], s=16, alpha=0.7, label=model)
    best = list(follow_best(trials))
    axes.step([one.step for one in best], [one.value for one in best], where="post", color=_INK, label="best so far")
    axes.set(xlabel="trial", ylabel="mean ROC-AUC of the folds", title="The search")
    _zoom(axes, [trial.mean for trial in scored])
    figure.legend(loc="outside right upper", fontsize="small")
    return encode_png(figure)


def _draw_shares(axes: Axes, shares: Mapping[str, float], title: str, color: str) -> None:
    axes.set(title=title, xlim=(0, 1))
    if not shares:
        axes.text(0.5, 0.5, "too few trials to compare", ha="center", va="center", color=_FAINT)
        axes.set_yticks([])
        return
    axes.barh(list(shares), list(shares.values()), color=color)
    axes.invert_yaxis()


def _zoom(axes: Axes, values: Sequence[float]) -> None:
    """Leave the hopeless trials below the frame: what distinguishes the good ones would be a line otherwise."""
    if values:
        ordered = sorted(values)
        low, high = ordered[len(ordered) // 5], ordered[-1]
        axes.set_ylim(low - max(0.25 * (high - low), 0.005), high + max(0.1 * (high - low), 0.002))
