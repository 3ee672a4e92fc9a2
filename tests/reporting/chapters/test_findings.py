"""Verdicts on what the studies said, recomputed from the artifacts."""

import pandas as pd
import pytest

from retention.errors import UserError
from retention.paths import Paths
from retention.reporting.chapters.studies import tabulate_findings
from retention.reporting.language.voice import Voice
from retention.reporting.settings import Finding
from retention.reporting.sources import Sources


def verdict(sources: Sources, voice: Voice, **finding: object) -> tuple[str, str]:
    one = Finding.model_validate({"study": "B", "text": {"ru": "находка", "en": "finding"}, **finding})
    row = tabulate_findings([one], sources, voice).rows[0]
    return str(row[3]), next(key for key in ("holds", "fails", "open") if row[4] == voice.say(f"studies.verdict.{key}"))


def test_a_share_holds_where_its_interval_covers_theirs(small_run: Paths, sources: Sources, english: Voice) -> None:
    shop = pd.read_parquet(small_run.customers).set_index("customer_id")
    chance = pd.read_parquet(small_run.probabilities).set_index("customer_id")["decline_probability"]
    share = float(((shop["promo_share"] >= 0.25) & (chance.loc[shop.index] >= 0.5)).mean())
    least = {"promo_share": 0.25, "decline_probability": 0.5}
    ours, held = verdict(sources, english, check="share", at_least=least, value=share)
    assert (ours.startswith(f"{share:.0%}".replace("%", " %")) or ours.startswith(f"{share:.0%}")) and held == "holds"
    assert verdict(sources, english, check="share", at_least=least, value=share + 0.3)[1] == "fails"


def test_leading_columns_are_counted(sources: Sources, english: Voice) -> None:
    order = [item.column for item in sources.explanation.importance]
    assert verdict(sources, english, check="leading", columns=order[:3][::-1])[1] == "holds"
    assert verdict(sources, english, check="leading", columns=order[2:5])[0].startswith("1 of 3 the same; ours: ")
    assert verdict(sources, english, check="leading", columns=[*order[:2], order[-1]])[1] == "open"
    assert verdict(sources, english, check="leading", columns=order[-3:])[1] == "fails"


@pytest.mark.parametrize(
    ("finding", "word"),
    [
        ({"check": "share", "at_least": {"promo_shar": 0.25}}, r"column promo_shar,.*nearest is \"promo_share\""),
        ({"check": "auc", "recipe": "study_x"}, "recipe study_x,"),
    ],
)
def test_a_name_that_is_not_there_is_one_sentence(
    sources: Sources, english: Voice, finding: dict[str, object], word: str
) -> None:
    with pytest.raises(UserError, match=f"report.studies names the {word}"):
        verdict(sources, english, **finding)
