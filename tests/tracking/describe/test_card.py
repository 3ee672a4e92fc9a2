"""The model card in both languages."""

import numpy as np
import pandas as pd
import pytest

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.groups import measure_groups
from retention.strict import Language, Text
from retention.tracking.describe.card import FILES, render_card
from retention.tracking.describe.pipeline_run import Summaries
from retention.tracking.describe.provenance import Provenance

NAME = Text(ru="Все", en="All")


@pytest.mark.parametrize(("language", "expected"), [("ru", ["Для чего", "слишком мало"]), ("en", ["for", "too few"])])
def test_the_card_tells_purpose_data_quality_groups_and_limits(language: Language, expected: list[str]) -> None:
    best = {
        "model": "svc",
        "scaler": "none",
        "encoder": "onehot",
        "features": "none",
        "n_trials": 9,
        "params": {"C": 2},
    }
    measure = {"value": 0.91234, "low": 0.8, "high": 0.95}
    quality = {"customers": {"read": 50, "kept": 48, "excluded": 1, "quarantined": 1}}
    content = Summaries(best, {"test": {"roc_auc": measure, "support": {"customers": 20}}}, quality, {}, {})
    bootstrap = Bootstrap(np.arange(40), 100, 0.95, 0)
    members = pd.DataFrame({"all": np.ones(40, dtype=bool), "few": np.arange(40) < 3})
    groups = [
        (NAME, one) for one in measure_groups(np.array([0, 1] * 20), np.full(40, 0.25), members, "segment", bootstrap)
    ]
    told = render_card(content, ["a", "b"], Provenance("d" * 32, None, None, None), "f" * 64, groups, language)
    for said in (*expected, "C=2", "d" * 32, "f" * 64, "`a`, `b`", "0.9123 | 0.8000", "| 40 | 0.500 (", "| 0.250 |"):
        assert said in told
    assert set(FILES) == {"ru", "en"}
