from dataclasses import replace
from typing import Any

import pandas as pd

from retention.reporting.sources import Sources
from retention.reporting.trust import find_leaks, judge_calibration, judge_trust


def grades(sources: Sources, features: tuple[str, ...] = ("pages_per_visit",)) -> dict[str, str]:
    calibration = judge_calibration(sources.curves["calibration"], sources.metrics["test"])
    leaks = find_leaks(sources.exploration["leaks"], features)
    return {item.what: item.grade for item in judge_trust(sources, calibration, leaks, good_roc_auc=0.8)}


def test_the_time_of_the_label_is_not_known(sources: Sources) -> None:
    assert grades(sources)["timing"] == "open"


def test_assumed_effects_are_trusted_little_measured_ones_more(sources: Sources) -> None:
    assert grades(sources)["effects"] == "low"
    assert grades(replace(sources, plan={**sources.plan, "effects": "measured"}))["effects"] == "medium"


def test_a_wide_interval_lowers_trust_in_the_ranking(sources: Sources) -> None:
    test = sources.metrics["test"] | {"roc_auc": {"value": 0.9, "low": 0.7, "high": 0.95}}
    assert grades(sources)["ranking"] == "high"
    assert grades(replace(sources, metrics={**sources.metrics, "test": test}))["ranking"] == "medium"


def test_calibration_is_judged_by_slope_and_intercept(metrics: dict[str, Any]) -> None:
    curve = pd.DataFrame({"mean_probability": [0.1, 0.9], "decline_rate": [0.2, 0.88]})
    good = judge_calibration(curve, metrics["test"])
    poor = judge_calibration(curve, metrics["test"] | {"calibration_slope": {"value": 0.5, "low": 0.4, "high": 0.6}})
    assert good.agrees
    assert not poor.agrees
    assert round(good.largest_gap, 9) == 0.1


def test_a_leak_that_no_model_gets_is_told_apart_from_one_that_it_gets(sources: Sources) -> None:
    leaks = [
        {"column": "row_order", "roc_auc": 0.99, "verdict": "leak"},
        {"column": "pages_per_visit", "roc_auc": 0.8, "verdict": "none"},
    ]
    exploration = {**sources.exploration, "leaks": leaks}
    assert grades(replace(sources, exploration=exploration))["leaks"] == "medium"
    assert grades(replace(sources, exploration=exploration), ("pages_per_visit", "row_order"))["leaks"] == "low"
    found = find_leaks(leaks, ["pages_per_visit"])
    assert (found.others, found.features, found.strongest) == (["row_order"], [], "pages_per_visit")
