"""How good the model is: beside simple recipes, its curves, its calibration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from retention.estimate import Estimate
from retention.learning.evaluation.evaluation import BaselineMeasures, Evaluation, Measures
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.inline import Mark, draw_marks
from retention.reporting.charts.lines import Point, draw_curve
from retention.reporting.language.voice import Cell, Voice

CURVES = {  # the columns of both axes, the place that is told in words, and whether the diagonal is drawn
    "roc": ("false_positive_rate", "true_positive_rate", 0.1, True),
    "pr": ("recall", "precision", 0.8, False),
    "lift": ("share_contacted", "gain", 0.2, True),
}
_POINTS = 200  # of a curve; more cannot be seen and only makes the page heavier


def tabulate_comparison(evaluation: Evaluation, studies: bool, voice: Voice) -> Table:
    """Tabulate the model's ROC-AUC beside that of simple recipes on the same customers, named by their `studies`."""
    others = sorted(evaluation.baselines.items(), key=lambda item: -item[1].roc_auc.value)
    named = [(_name_study(key, study, voice) if studies else voice.pick(study.recipe), study) for key, study in others]
    models: list[tuple[str, Measures]] = [(voice.say("model.ours"), evaluation.test), *named]
    better, none = "{1.difference.roc_auc:estimate number 3}", voice.say("model.no_probability")
    columns: dict[str, Cell] = {
        "model": "{0}",
        "roc_auc": "{1.roc_auc:estimate number 3}",
        "difference": lambda one: voice.fill(better, one) if isinstance(one[1], BaselineMeasures) else "",
        "brier": lambda one: voice.estimate(one[1].brier, "number", 3) if one[1].brier else none,
    }
    marks = [Mark(one.roc_auc, "neutral" if place else "kept") for place, (_, one) in enumerate(models)]
    lowest = min(one.roc_auc.low for _, one in models)
    drawn = {voice.say("model.head.roc_auc"): draw_marks(marks, domain=(lowest, 1.0))}
    title = voice.say("model.compare_title_studies" if studies else "model.compare_title")
    return Table(title, *voice.tabulate("model", columns, models), key="comparison", drawn=drawn)


def tell_comparison(evaluation: Evaluation, voice: Voice) -> str:
    """Say whether the model is better than the best of the simple recipes, and what these were fitted to if not all."""
    best = max(evaluation.baselines.values(), key=lambda study: study.roc_auc.value)
    verdict = voice.say(f"model.verdict.{best.difference.roc_auc.side()}")
    if evaluation.recipes_fitted_on is None:
        return verdict
    return f"{verdict} {voice.say('model.recipes_fitted_on', evaluation)}"


def _name_study(key: str, study: BaselineMeasures, voice: Voice) -> str:
    return voice.say("model.study", study, letter=key.removeprefix("study_")[:1].upper())


def tabulate_metrics(evaluation: Evaluation, voice: Voice) -> Table:
    """Tabulate every measure on the test part, in later months where there are any, and out of fold."""
    told = {"test": evaluation.test, "later": evaluation.out_of_time, "train": evaluation.out_of_fold}
    parts = [part for part in told.values() if part]
    rows = [
        [voice.say(f"model.metric.{name}"), *(voice.estimate(getattr(part, name), "number", 3) for part in parts)]
        for name in Measures.model_fields
    ]
    support = [voice.number(part.support.customers) for part in parts]
    head = [voice.say("model.head.metric"), *(voice.say(f"model.head.{name}") for name, part in told.items() if part)]
    rows.append([voice.say("model.head.support"), *support])
    return Table(voice.say("model.metrics_title"), head, rows, key="metrics")


def show_curves(curves: Mapping[str, pd.DataFrame], voice: Voice) -> list[Figure]:
    """Show the ROC curve, precision against recall, and which share of the decliners lies in the top of the list."""
    return [_show_curve(key, curves[key], voice) for key in CURVES]


def _at(points: pd.DataFrame, place: float) -> float:
    ordered = points.groupby("x", as_index=False)["y"].max()
    return float(np.interp(place, ordered["x"], ordered["y"]))


def _show_curve(key: str, curve: pd.DataFrame, voice: Voice) -> Figure:
    across, up, place, diagonal = CURVES[key]
    points = curve.rename(columns={across: "x", up: "y"})[["x", "y"]].sort_values("x", kind="stable")
    kept = points.iloc[np.unique(np.linspace(0, len(points) - 1, _POINTS).astype(int))]
    title, x, y = (voice.say(f"model.curve.{key}_{part}") for part in ("title", "x", "y"))
    drawn = [Point(float(a), float(b), voice.percent(a), voice.percent(b)) for a, b in kept.itertuples(index=False)]
    table = [[voice.percent(at, 0), voice.percent(_at(points, at))] for at in np.linspace(0.1, 1, 10)]
    said = voice.say(f"model.curve.{key}_description", at=place, value=_at(points, place))
    chart = draw_curve(drawn, x, y, diagonal=diagonal)
    return Figure(key, title, said, chart, Table(title, [x, y], table, frozenset()))


def find_largest_gap(curve: pd.DataFrame) -> float:
    """Return the largest difference between decline rate and mean probability of a group."""
    return float((curve["decline_rate"] - curve["mean_probability"]).abs().max())


def show_calibration(curve: pd.DataFrame, voice: Voice) -> Figure:
    """Show the decline rate against the mean probability of groups, with intervals."""
    title, x, y = (voice.say(f"model.calibration_{part}") for part in ("title", "x", "y"))
    groups = list(curve[["mean_probability", "decline_rate", "low", "high", "customers"]].itertuples(index=False))
    points = [Point(p, rate, voice.percent(p), voice.percent(rate), low=a, high=b) for p, rate, a, b, _ in groups]
    table = [
        [voice.percent(p), voice.estimate(Estimate(value=rate, low=low, high=high)), voice.number(customers)]
        for p, rate, low, high, customers in groups
    ]
    said, head = (
        voice.say("model.calibration_description", gap=find_largest_gap(curve)),
        voice.say("model.head.support"),
    )
    chart = draw_curve(points, x, y, diagonal=True)
    return Figure("calibration", title, said, chart, Table(title, [x, y, head], table, frozenset()))
