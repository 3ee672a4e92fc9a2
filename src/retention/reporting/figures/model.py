"""How good the model is: beside the studies' recipes, its curves, its calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_curve
from retention.reporting.charts.palette import KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_intervals
from retention.reporting.language.voice import Voice

UNIT = (0.0, 1.0)
PERCENT = (".0%", ".0%")
_POINTS = 200  # of a curve; more cannot be seen and only makes the page heavier


def show_comparison(metrics: Mapping[str, Any], voice: Voice) -> Figure:
    """Show the model's ROC-AUC beside that of the five studies' recipes, fitted on the same customers."""
    test, others = metrics["test"], metrics["baselines"]
    order = sorted(others, key=lambda key: -others[key]["roc_auc"]["value"])
    names = {key: _name_study(key, others[key], voice) for key in order}
    models = {voice.say("model.ours"): test, **{names[key]: others[key] for key in order}}
    rows = [
        {
            "label": name,
            **model["roc_auc"],
            "colour": NEUTRAL if place else KEPT,
            "text": voice.estimate(model["roc_auc"], "number", 3),
        }
        for place, (name, model) in enumerate(models.items())
    ]
    head = [voice.say(f"model.head.{key}") for key in ("model", "roc_auc", "difference", "brier")]
    table = [
        [
            name,
            voice.estimate(model["roc_auc"], "number", 3),
            voice.estimate(model["difference"]["roc_auc"], "number", 3) if "difference" in model else "",
            voice.estimate(model["brier"], "number", 3) if model.get("brier") else voice.say("model.no_probability"),
        ]
        for name, model in models.items()
    ]
    title = voice.say("model.compare_title")
    description = [
        voice.say("model.compare_description", ours=rows[0]["text"], name=rows[1]["label"], theirs=rows[1]["text"]),
        voice.say(f"model.verdict.{judge_difference(others[order[0]]['difference']['roc_auc'])}"),
    ]
    return Figure(
        "comparison",
        title,
        " ".join(description),
        draw_intervals(rows, voice.say("model.compare_axis"), format=".2f"),
        Table(title, head, table),
    )


def _name_study(key: str, study: Mapping[str, Any], voice: Voice) -> str:
    letter = key.removeprefix("study_")[:1].upper()
    return voice.say("model.study", letter=letter, recipe=voice.pick(study["recipe"]))


def judge_difference(difference: Mapping[str, float]) -> str:
    """Say on which side of zero the interval of a paired difference lies."""
    if difference["low"] > 0:
        return "better"
    return "worse" if difference["high"] < 0 else "unclear"


def tabulate_metrics(metrics: Mapping[str, Any], voice: Voice) -> Table:
    """Tabulate every measure on the test part and out of fold on the training part."""
    test, train = metrics["test"], metrics["out_of_fold"]
    names = [name for name in test if name != "support"]
    head = [voice.say(f"model.head.{name}") for name in ("metric", "test", "train")]
    rows = [
        [
            voice.name("model.metric", name),
            voice.estimate(test[name], "number", 3),
            voice.estimate(train.get(name), "number", 3),
        ]
        for name in names
    ]
    support = [voice.number(part["support"]["customers"]) for part in (test, train)]
    rows.append([voice.say("model.head.support"), *support])
    return Table(voice.say("model.metrics_title"), head, rows)


def show_roc(curve: pd.DataFrame, voice: Voice) -> Figure:
    """Show the ROC curve."""
    points = curve.rename(columns={"false_positive_rate": "x", "true_positive_rate": "y"})[["x", "y"]]
    tpr = _at(points, 0.1)
    description = voice.say("model.curve.roc_description", fpr=voice.percent(0.1, 0), tpr=voice.percent(tpr, 0))
    return _show_curve("roc", points, description, voice, diagonal=True)


def show_pr(curve: pd.DataFrame, voice: Voice) -> Figure:
    """Show precision against recall."""
    points = curve.rename(columns={"recall": "x", "precision": "y"})[["x", "y"]].sort_values("x", kind="stable")
    points = points[points["x"] > 0]
    description = voice.say(
        "model.curve.pr_description", recall=voice.percent(0.8, 0), precision=voice.percent(_at(points, 0.8), 0)
    )
    return _show_curve("pr", points, description, voice)


def show_lift(curve: pd.DataFrame, voice: Voice) -> Figure:
    """Show which share of the decliners lies in the top of the list."""
    points = curve.rename(columns={"share_contacted": "x", "gain": "y"})[["x", "y"]]
    description = voice.say(
        "model.curve.lift_description", top=voice.percent(0.2, 0), found=voice.percent(_at(points, 0.2), 0)
    )
    return _show_curve("lift", points, description, voice, diagonal=True)


def _at(points: pd.DataFrame, place: float) -> float:
    ordered = points.groupby("x", as_index=False)["y"].max()
    return float(np.interp(place, ordered["x"], ordered["y"]))


def _show_curve(key: str, points: pd.DataFrame, description: str, voice: Voice, *, diagonal: bool = False) -> Figure:
    kept = points.iloc[np.unique(np.linspace(0, len(points) - 1, _POINTS).astype(int))]
    title, x, y = (voice.say(f"model.curve.{key}_{part}") for part in ("title", "x", "y"))
    rows = [
        {
            "x": float(a),
            "y": float(b),
            "label": voice.percent(a),
            "text": voice.percent(b),
        }
        for a, b in zip(kept["x"], kept["y"], strict=True)
    ]
    table = [[voice.percent(at, 0), voice.percent(_at(points, at))] for at in np.linspace(0.1, 1, 10)]
    spec = draw_curve(rows, x, y, format=PERCENT, span=UNIT, diagonal=diagonal)
    return Figure(key, title, description, spec, Table(title, [x, y], table, frozenset()))


def show_calibration(curve: pd.DataFrame, largest_gap: float, voice: Voice) -> Figure:
    """Show the decline rate against the mean probability of groups, with intervals."""
    title, x, y = (voice.say(f"model.calibration_{part}") for part in ("title", "x", "y"))
    rows: list[dict[str, Any]] = [
        {
            "x": group["mean_probability"],
            "y": group["decline_rate"],
            "low": group["low"],
            "high": group["high"],
            "label": voice.percent(group["mean_probability"]),
            "text": voice.percent(group["decline_rate"]),
        }
        for group in curve.to_dict("records")
    ]
    table = [
        [
            voice.percent(row["x"]),
            voice.estimate({"value": row["y"], "low": row["low"], "high": row["high"]}),
            voice.number(int(support)),
        ]
        for row, support in zip(rows, curve["customers"], strict=True)
    ]
    return Figure(
        "calibration",
        title,
        voice.say("model.calibration_description", gap=voice.points(largest_gap)),
        draw_curve(rows, x, y, format=PERCENT, span=UNIT, diagonal=True),
        Table(title, [x, y, voice.say("model.head.support")], table, frozenset()),
    )
