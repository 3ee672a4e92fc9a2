"""The model card in both languages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import measure_groups
from retention.paths import Paths
from retention.settings import read_settings
from retention.stages.publish import read_summaries
from retention.strict import Language, Text
from retention.tables.months.periods import Periods
from retention.tracking.describe.pipeline_run import CARDS, render_card
from retention.tracking.provenance import Provenance

NAME = Text(ru="Все", en="All")


@pytest.mark.parametrize(("language", "expected"), [("ru", ["Для чего", "слишком мало"]), ("en", ["for", "too few"])])
def test_the_card_tells_purpose_data_quality_groups_and_limits(
    small_run: Paths, language: Language, expected: list[str]
) -> None:
    content = replace(read_summaries(read_settings(small_run.params), small_run), sha256="f" * 64)
    members = pd.DataFrame({"all": np.ones(40, dtype=bool), "few": np.arange(40) < 3})
    bootstrap = Bootstrap(np.arange(40), 100, 0.95, 0)
    measured_groups = measure_groups(np.array([0, 1] * 20), np.full(40, 0.25), members, "segment", bootstrap)
    groups = [(NAME, one) for one in measured_groups]
    told = render_card(content, Provenance("d" * 32, None, None, None), groups, language)
    brier = content.evaluation.test.brier
    assert brier
    measured = [
        f"brier | {brier.value:.4f} | {brier.low:.4f} | {brier.high:.4f} |",
        f"| roc_auc | {content.evaluation.test.roc_auc.value:.4f}",
    ]
    for said in (*expected, *measured, "d" * 32, "f" * 64, "`revenue_current`", "| 40 | 0.500 (", "| 0.250 |"):
        assert said in told
    assert f"\n{len(pd.read_parquet(small_run.customers))} " in told  # customers who are left
    assert set(CARDS) == {"ru", "en"}


@pytest.mark.parametrize(
    ("language", "dated", "undated"),
    [("ru", "за 2026-03..2026-04", "за один месяц"), ("en", "in 2026-03..2026-04", "in one month")],
)
def test_the_card_names_the_months_that_were_learnt_from(
    small_run: Paths, language: Language, dated: str, undated: str
) -> None:
    content = replace(read_summaries(read_settings(small_run.params), small_run), sha256="f" * 64)
    months = Periods(acted_on="2026-07", learnt=("2026-03", "2026-04"), waiting=("2026-05", "2026-06"))
    for periods, said, other in [
        (months, dated, undated),
        (Periods(acted_on="", learnt=("",), waiting=()), undated, dated),
    ]:
        told = render_card(replace(content, periods=periods), Provenance("d" * 32, None, None, None), [], language)
        assert said in told and other not in told and "dated: " not in told
