"""What settings and artifacts name by a key has a name that a person can read."""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from retention.learning.settings import CalibrationMethod
from retention.reporting.figures.quality import tabulate_findings
from retention.reporting.figures.search import describe_steps, tell_choice
from retention.reporting.language.texts import load_texts
from retention.reporting.language.voice import Voice


@pytest.mark.parametrize("group", ["model", "scaler", "encoder", "features"])
def test_every_choice_of_the_search_has_a_name(group: str, project: Path) -> None:
    files = (project / "conf" / group).glob("*.yaml")
    keys = {key for file in files for key in yaml.safe_load(file.read_text("utf-8"))}
    texts = "family" if group == "model" else "step"
    assert {key for key in keys if f"model.{texts}.{key}" not in load_texts()} == set()


def test_every_calibration_has_a_name() -> None:
    assert {key for key in get_args(CalibrationMethod) if f"model.calibration.{key}" not in load_texts()} == {"none"}


def test_a_new_file_is_shown_by_its_key(russian: Voice) -> None:
    choice = {"scaler": "none", "encoder": "my_encoder", "features": "none"}
    assert describe_steps(choice, russian) == "my_encoder"
    assert describe_steps({**choice, "encoder": "none"}, russian) == "как есть"


def test_the_reason_for_the_winner_is_told_in_the_language(best: dict[str, Any], russian: Voice) -> None:
    best["candidates"][0]["model"] = "knn"
    assert "ближайшие соседи: лучшая средняя ROC-AUC 0,9050" in tell_choice(best, russian)
    larger = best["candidates"][0] | {"trial": 7, "model": "tree", "roc_auc": 0.91, "kilobytes": 1234}
    best |= {"candidates": [*best["candidates"], larger], "price": 0.005}
    said = tell_choice(best, russian)
    assert "проще лучшего, испытания 7 (дерево решений, 1\u00a0234 кБ), и уступает ему 0,0050" in said
    assert "0." not in said


def test_numbers_in_findings_are_written_as_the_language_does(russian: Voice, english: Voice) -> None:
    message = {"ru": "«5.5 шт» больше 72837 (квантиль 0.99)", "en": "“5.5 pcs” above 72837 (quantile 0.99)"}
    finding = {"column": None, "file": "market_file.csv", "count": 1, "handling": "exclude", "message": message}
    for voice, said in (
        (russian, "«5.5 шт» больше 72\u00a0837 (квантиль 0,99)"),
        (english, "“5.5 pcs” above 72,837 (quantile 0.99)"),
    ):
        table = tabulate_findings({"findings": [finding]}, voice)
        assert table is not None
        assert table.rows[0][0] == said
