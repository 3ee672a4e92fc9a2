"""One verdict, and why."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.watch.conftest import ROLES, SETTINGS, Draw

from retention.tables.columns import ID, PROBABILITY, PROFIT, TARGET
from retention.watch.summary import Watch
from retention.watch.watch import Month, watch


def judge(learnt: pd.DataFrame, current: pd.DataFrame, **settings: Any) -> Watch:
    return watch(learnt, Month(current, 3), ROLES, {"visits": 1.0}, SETTINGS.model_copy(update=settings), seed=1)


def test_a_month_like_those_before_is_fine(draw: Draw) -> None:
    found = judge(draw(1, 1200), draw(2, 400, first=1000))
    assert found.verdict == "fine" and len(found.reasons) == 2 and found.returning == 0.5
    assert found.quality and found.quality.at_risk
    expected = found.quality.decline_rate.value * 400 * 5 * 3
    assert found.quality.at_risk.value == pytest.approx(expected, rel=0.01)  # everyone brings the same


def test_other_customers_are_looked_at(draw: Draw) -> None:
    learnt, current = draw(1, 1200), draw(2, 400, first=5000)
    found = judge(learnt, current.assign(age=current["age"] + 6))
    assert found.verdict == "look"
    assert [column.column for column in found.columns if column.shifted] == ["age"]
    assert "Columns that have changed: 1 of 4." in [reason.en for reason in found.reasons]


def test_a_model_that_is_going_to_fail_is_retrained(draw: Draw) -> None:
    found = judge(draw(1, 1200), draw(2, 400, first=5000, spread=0.6))
    assert found.verdict == "retrain" and found.reasons[0].en.startswith("ROC-AUC is going to fall")
    assert judge(draw(1, 1200), draw(2, 400, first=5000, spread=0.6), margin=0.4).verdict == "look"


def test_it_says_when_it_cannot_tell(draw: Draw) -> None:
    learnt, current = draw(1, 1200), draw(2, 400, first=5000)
    few = judge(learnt, current[:99])
    assert few.verdict == "cannot_tell" and few.quality is None and "1,200 learnt from and 99" in few.reasons[0].en
    nothing = judge(learnt.assign(**{PROBABILITY: np.nan}), current)
    alike = judge(learnt.assign(**{TARGET: 0}), current)
    assert nothing.verdict == alike.verdict == "cannot_tell" and nothing.reasons != alike.reasons


def test_the_same_seed_gives_the_same_and_money_is_not_needed(draw: Draw) -> None:
    learnt, current = draw(1, 1200), draw(2, 400, first=5000)
    assert judge(learnt, current) == judge(learnt, current)
    poor = judge(learnt.drop(columns=PROFIT), current.drop(columns=PROFIT))
    assert poor.quality and poor.quality.at_risk is None


def test_of_many_rows_so_many_are_compared_and_the_money_is_of_all(draw: Draw) -> None:
    learnt, current = draw(1, 6000), draw(2, 4000, first=9000)
    whole, part = judge(learnt, current), judge(learnt, current, rows=2000)
    assert part.customers == 4000 and part.verdict == "fine"
    assert whole.quality and part.quality and whole.quality.at_risk and part.quality.at_risk
    assert part.quality.at_risk.value == pytest.approx(whole.quality.at_risk.value, rel=0.1)


def test_what_is_empty_or_new_is_compared_as_well(draw: Draw) -> None:
    learnt, current = draw(1, 1200), draw(2, 400, first=5000)
    found = judge(learnt, current.assign(age=np.nan, city="abroad"))
    assert found.verdict == "look"
    assert {column.column for column in found.columns if column.shifted} == {"age", "city"}
    assert judge(learnt, current.assign(**{ID: [f"c{n}" for n in range(400)]})).returning == 0
