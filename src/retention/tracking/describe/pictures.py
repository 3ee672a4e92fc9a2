"""Pictures of a search: how it went, and which choices mattered."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retention.learning.search.trial import Trial
from retention.png import encode_png
from retention.tracking.describe.search_run import follow_best
from retention.tracking.describe.trial import is_scored

_INK, _ACCENT, _FAINT = "#334155", "#c2410c", "#94a3b8"


def draw_history(trials: Sequence[Trial]) -> bytes:
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


def draw_importance(choices: Mapping[str, float], parameters: Mapping[str, float], model: str) -> bytes:
    """Return a PNG of the shares of the choices, and of the parameters of the chosen model, in the variance."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_shares(left, choices, "All trials", _ACCENT)
    _draw_shares(right, parameters, f"Trials of {model}", _INK)
    figure.suptitle("Share in the variance of the mean ROC-AUC")
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
