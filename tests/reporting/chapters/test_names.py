"""What settings and artifacts name by a key has a name that a person can read."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from retention.learning.search.best import FamilyFailures, Scale, TooSlow
from retention.learning.settings import CalibrationMethod
from retention.reporting.chapters.data import tabulate_findings
from retention.reporting.chapters.search import describe_steps, tell_choice, tell_failures, tell_scale
from retention.reporting.language.voice import Voice, load_texts
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.strict import Text


@pytest.mark.parametrize("group", ["model", "scaler", "encoder", "features"])
def test_every_choice_of_the_search_has_a_name(group: str, project: Path) -> None:
    files = [*(project / "conf" / group).glob("*.yaml"), *(project / "conf" / "shop").glob(f"*/{group}.yaml")]
    keys = {key for file in files for key in yaml.safe_load(file.read_text("utf-8"))}
    texts = "family" if group == "model" else "step"
    assert {key for key in keys if f"model.{texts}.{key}" not in load_texts()} == set()


def test_nobody_acts_on_a_month_that_is_past_and_money_has_its_unit(settings: Settings) -> None:
    for name, column in settings.tables.columns.items():
        if column.series:
            said = settings.reason[name]
            assert not (column.series.months_ago and said.actionable), name
            assert column.series.measure != "revenue" or column.unit.en in said.says.en, name


def test_every_calibration_has_a_name() -> None:
    assert {key for key in get_args(CalibrationMethod) if f"model.calibration.{key}" not in load_texts()} == {"none"}


def test_a_new_file_is_shown_by_its_key(sources: Sources, russian: Voice) -> None:
    plain = {"scaler": "none", "encoder": "none", "features": "none"}
    for steps, said in (({"encoder": "my_encoder"}, "my_encoder"), ({}, "как есть")):
        assert describe_steps(sources.best.model_copy(update=plain | steps), russian) == said


def test_the_reason_for_the_winner_is_told_in_the_language(sources: Sources, russian: Voice) -> None:
    first = sources.best.candidates[0].model_copy(
        update={"trial": 1, "model": "knn", "roc_auc": 0.905, "kilobytes": 12}
    )
    best = sources.best.model_copy(update={"trial": 1, "candidates": (first,), "price": 0.005})
    assert "ближайшие соседи: лучшая средняя ROC-AUC 0,9050" in tell_choice(best, russian)
    larger = first.model_copy(update={"trial": 7, "model": "tree", "roc_auc": 0.91, "kilobytes": 1234})
    said = tell_choice(best.model_copy(update={"candidates": (first, larger)}), russian)
    assert "проще лучшего, испытания 7 (дерево решений, 1\u00a0234 кБ), и уступает ему 0,0050" in said
    assert "0." not in said


def test_failed_trials_are_told_by_family(sources: Sources, english: Voice) -> None:
    assert tell_failures(sources.best, english) == ""
    failures = (FamilyFailures(model="svc", failed=2, trials=9, first="ValueError: no"),)
    said = tell_failures(sources.best.model_copy(update={"failures": failures}), english)
    assert said.endswith(": 2 of 9 trials could not be fitted, the first by ValueError: no.")


def test_what_a_search_was_spared_is_told(sources: Sources, english: Voice) -> None:
    assert tell_scale(sources.best, english) == ""
    scale = Scale(training=75000, searched=10000, left_out=(TooSlow(model="svc", at_most=6000),))
    said = tell_scale(sources.best.model_copy(update={"scale": scale}), english)
    assert "saw 10,000 of 75,000 training rows" in said
    assert said.endswith(", too slow on all 75,000 training rows; its limit is 6,000.")


def test_numbers_in_findings_are_written_as_the_language_does(sources: Sources, russian: Voice, english: Voice) -> None:
    message = Text(ru="«5.5 шт» больше 72837 (квантиль 0.99)", en="“5.5 pcs” above 72837 (quantile 0.99)")
    finding = sources.quality.findings[0].model_copy(update={"message": message})
    quality = sources.quality.model_copy(update={"findings": (finding,)})
    for voice, said in (
        (russian, "«5.5 шт» больше 72\u00a0837 (квантиль 0,99)"),
        (english, "“5.5 pcs” above 72,837 (quantile 0.99)"),
    ):
        table = tabulate_findings(quality, voice)
        assert table.rows[0][0] == said
