"""The curves behind the metrics, as tables and as pictures (PNG, with no clock in them)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.metrics import precision_recall_curve, roc_curve

from retention.estimate import count_effective
from retention.learning.evaluation.metrics import Floats, Labels
from retention.png import encode_png

POINTS = 500  # more cannot be seen
INK, WINNER, OTHER, FAINT = "#22262b", "#0b6e99", "#a9b1ba", "#e4e7ea"


def compute_roc(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return ``false_positive_rate``, ``true_positive_rate`` and the ``threshold`` (at first none is reached)."""
    false_positive, true_positive, threshold = roc_curve(target, probability)
    columns = {"false_positive_rate": false_positive, "true_positive_rate": true_positive}
    return _thin(pd.DataFrame(columns | {"threshold": np.where(np.isfinite(threshold), threshold, np.nan)}))


def compute_pr(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return ``recall``, ``precision`` and the ``threshold``, from the highest threshold down."""
    precision, recall, threshold = precision_recall_curve(target, probability)
    columns = {"recall": recall[-2::-1], "precision": precision[-2::-1], "threshold": threshold[::-1]}
    return _thin(pd.DataFrame(columns))


def compute_calibration(
    target: Labels, probability: Floats, units: NDArray[np.int_], bins: int, confidence: float
) -> pd.DataFrame:
    """Return decline rates of `bins` equal groups of customers with like probability, as ``CURVES["calibration"]``.

    Their interval is Jeffreys's (Brown, Cai and DasGupta 2001, section 4.3), rows of one of the `units` being alike.
    """
    order = np.argsort(probability, kind="stable")
    groups = [group for group in np.array_split(order, min(bins, len(order))) if len(group)]
    customers = np.array([len(group) for group in groups])
    declined = np.array([target[group].sum() for group in groups])
    tail, effective = (1 - confidence) / 2, np.array([count_effective(target[group], units[group]) for group in groups])
    ends = effective * declined / customers + 0.5, effective * (customers - declined) / customers + 0.5
    low, high = beta.ppf(tail, *ends), beta.ppf(1 - tail, *ends)
    return pd.DataFrame({
        "mean_probability": [probability[group].mean() for group in groups],
        "decline_rate": declined / customers,
        "low": np.where(declined == 0, 0.0, low),
        "high": np.where(declined == customers, 1.0, high),
        "customers": customers,
    })  # fmt: skip


def compute_lift(target: Labels, probability: Floats) -> pd.DataFrame:
    """Return what contacting the most endangered share of customers reaches, as ``CURVES["lift"]``.

    A row is a distinct probability: customers who are tied are contacted together.
    """
    order = np.argsort(-probability, kind="stable")
    last = np.flatnonzero(np.diff(probability[order], append=-np.inf))
    gain = np.cumsum(target[order])[last] / target.sum()
    share = (last + 1) / len(target)
    return _thin(pd.DataFrame({"share_contacted": share, "gain": gain, "lift": gain / share}))


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    """Return at most `POINTS` rows, evenly spaced, with the first and the last."""
    places = np.linspace(0, len(curve) - 1, min(POINTS, len(curve))).round().astype(int)
    return curve.iloc[places].reset_index(drop=True)


def draw_roc(curve: pd.DataFrame, baselines: Sequence[pd.DataFrame]) -> bytes:
    """Draw the winner's ROC curve over those of the studies' recipes."""
    figure, axes = _figure("ROC curve on the test part", "false positive rate", "true positive rate")
    across, up = "false_positive_rate", "true_positive_rate"
    for number, other in enumerate(baselines):
        label = "_" if number else "the studies' recipes"  # one entry of the legend for all of them
        axes.step(across, up, data=other, where="post", color=OTHER, lw=0.9, label=label)
    axes.step(across, up, data=curve, where="post", color=WINNER, lw=2, label="the winner")
    axes.plot([0, 1], [0, 1], color=FAINT, lw=1, zorder=0)
    axes.legend(frameon=False, loc="lower right")
    return encode_png(figure)


def draw_pr(curve: pd.DataFrame, decline_rate: float) -> bytes:
    """Draw precision over recall; the faint line is what chance would give."""
    figure, axes = _figure("Precision and recall on the test part", "recall", "precision")
    axes.step(curve["recall"], curve["precision"], where="pre", color=WINNER, lw=2)
    axes.axhline(decline_rate, color=OTHER, lw=1)
    axes.annotate("by chance", (0.01, decline_rate), xytext=(0, 4), textcoords="offset points", color=INK)
    axes.set_ylim(0, 1.02)
    return encode_png(figure)


def draw_calibration(curve: pd.DataFrame) -> bytes:
    """Draw decline rates with their intervals against mean probabilities; on the diagonal they agree."""
    figure, axes = _figure("Calibration on the test part", "mean probability", "decline rate")
    axes.plot([0, 1], [0, 1], color=OTHER, lw=1, zorder=0)
    spread = [curve["decline_rate"] - curve["low"], curve["high"] - curve["decline_rate"]]
    axes.errorbar(curve["mean_probability"], curve["decline_rate"], yerr=spread, fmt="o", color=WINNER, lw=1.2)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return encode_png(figure)


def draw_lift(curve: pd.DataFrame) -> bytes:
    """Draw the share of decliners that contacting a share of the customers reaches."""
    figure, axes = _figure("Decliners reached, test part", "share of customers contacted", "share of decliners reached")
    axes.plot([0, 1], [0, 1], color=OTHER, lw=1, zorder=0)
    axes.plot([0, *curve["share_contacted"]], [0, *curve["gain"]], color=WINNER, lw=2)
    return encode_png(figure)


def _figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontsize=12)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.grid(color=FAINT, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure, axes
