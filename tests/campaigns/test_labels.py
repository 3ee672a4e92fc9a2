"""What treated customers' labels teach, by hand; `tests/proofs/test_treated.py` compares the ways on the simulator."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retention.campaigns.labels import correct_labels, count_for, teach
from retention.campaigns.ledger import Entry
from retention.tables.months.rows import TAUGHT, take_taught

from .conftest import plan_rows


@pytest.fixture
def learnt(entry: Entry) -> pd.DataFrame:
    """The campaign's customers in its month and in the next, and one whom it had not planned."""
    ids = [*entry.assigned["customer_id"].astype(int), 7]
    months = [pd.DataFrame({"month": month, "customer_id": ids, "declined": 0}) for month in ("2026-01", "2026-02")]
    return pd.concat(months, ignore_index=True)


def test_those_left_alone_stand_for_all_who_were_planned(entry: Entry, learnt: pd.DataFrame) -> None:
    held = (entry.assigned["arm"] == "held").to_numpy()
    counts = count_for(learnt, [entry])
    assert counts[:60].tolist() == np.where(held, 6, 0).tolist()
    assert set(counts[60:]) == {1}
    assert set(count_for(learnt, [])) == set(count_for(learnt.assign(month=""), [entry])) == {1}


@pytest.mark.parametrize("effect", [0.3, -0.2])
def test_corrected_labels_are_those_of_customers_left_alone(entry: Entry, effect: float) -> None:
    rng, n = np.random.default_rng(1), 40_000
    planned = plan_rows(n).astype({"customer_id": str}).assign(month="2026-01")
    entry = replace(entry, assigned=planned)
    sent, risk = (planned["arm"] == "contacted").to_numpy(), planned["decline_probability"].to_numpy()
    seen = (rng.random(n) < np.where(sent, risk * (1 - effect), risk)).astype(int)
    learnt = planned[["month", "customer_id"]].assign(declined=seen)
    label = correct_labels(learnt, [entry], {"letter": effect, "discount": effect})
    assert (label[~sent] == seen[~sent]).all()
    for group in (sent & (risk < 0.4), sent & (risk > 0.6)):
        error = np.sqrt((risk[group] * (1 - risk[group])).sum()) / group.sum()
        assert abs(label[group].mean() - risk[group].mean()) < 4 * error
        assert abs(seen[group].mean() - risk[group].mean()) > 10 * error, "as they are they tell another risk"
    changed = label != seen
    assert set(seen[changed]) == {0 if effect > 0 else 1}, "an offer that helps makes nobody decline"
    assert (correct_labels(learnt, [entry], {}) == seen).all(), "of an offer without an effect nothing is corrected"


def test_a_label_is_drawn_the_same_whoever_else_is_there(entry: Entry, learnt: pd.DataFrame) -> None:
    effects = {"letter": 0.6, "discount": 0.6}
    whole = pd.Series(correct_labels(learnt, [entry], effects), learnt.index)
    part = learnt.sample(30, random_state=0)
    assert (correct_labels(part, [entry], effects) == whole[part.index]).all()
    assert 0 < whole.sum() < 50


def test_each_way_teaches_its_own(entry: Entry, learnt: pd.DataFrame) -> None:
    effects = {"letter": 0.6, "discount": 0.6}
    tables = {way: teach(learnt, [entry], effects, way) for way in ("corrected", "left_out", "as_seen")}
    assert {way: TAUGHT.find_problem(table) for way, table in tables.items()} == dict.fromkeys(tables, "")
    sums = {way: (table["declined"].sum() > 0, table["times"].sum()) for way, table in tables.items()}
    assert sums == {"corrected": (True, 122), "left_out": (False, 122), "as_seen": (False, 122)}
    taken = take_taught(learnt, tables["left_out"])
    assert taken["customer_id"].value_counts().max() == 7, "six times in the campaign's month, once in the next"
    assert len(take_taught(learnt, tables["as_seen"])) == len(learnt)
