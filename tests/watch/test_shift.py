"""Two samples with customers in common: sides laid out by hand, and tests that chance alone does not set off."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp
from tests.watch.conftest import ROLES, Draw

from retention.tables.columns import ID, PROBABILITY, UNIT
from retention.watch.shift import (
    Sides,
    choose_rows,
    classify_sides,
    compare_columns,
    compute_p_value,
    lay_out,
    link_customers,
)


def test_rows_are_linked_by_id_and_by_unit() -> None:
    learnt = pd.DataFrame({ID: [1, 1, 2, 3], UNIT: [0, 0, 1, 1]})  # 2 and 3 are twins
    current = pd.DataFrame({ID: [3, 4, 5, 6], UNIT: [0, 1, 1, 2]})  # 4 and 5 are twins now, of nobody before
    linked = link_customers(learnt, current)
    groups = [set(np.flatnonzero(linked == number)) for number in np.unique(linked)]
    assert sorted(map(sorted, groups)) == [[0, 1], [2, 3, 4], [5, 6], [7]]


def test_what_customers_add_makes_up_the_difference_of_the_sides() -> None:
    now, customer = np.array([False, False, False, True, True]), np.array([0, 0, 1, 0, 2])
    values = np.array([[1.0], [2.0], [6.0], [10.0], [20.0]])
    parts = Sides(now, customer, {}).sway(values)
    assert parts.ravel() == pytest.approx([10 / 2 - 3 / 3, -6 / 3, 20 / 2])
    assert parts.sum() == pytest.approx(15 - 3)


def test_cells_become_ranks_and_indicators(draw: Draw) -> None:
    learnt, current = draw(1, 300), draw(2, 100, first=1000)
    learnt.loc[0, "city"] = "rare"
    blocks = lay_out(learnt, current, ROLES, link_customers(learnt, current)).blocks
    assert {name: block.shape[1] for name, block in blocks.items()} == {
        "visits": 3,
        "age": 4,  # and whether it is empty
        "city": 3,  # east, west, and the rare ones together
        "level": 3,
        PROBABILITY: 3,
    }
    both = pd.concat([learnt["visits"], current["visits"]])
    assert np.corrcoef(blocks["visits"][:, 0], both.rank())[0, 1] == pytest.approx(1)
    assert all(np.allclose(block.mean(axis=0), 0) for block in blocks.values())


def test_one_value_is_tested_as_by_students_test() -> None:
    parts = np.random.default_rng(1).normal(0.2, 1, (40, 1))
    assert compute_p_value(parts) == pytest.approx(ttest_1samp(parts.ravel(), 0).pvalue)
    assert compute_p_value(np.column_stack([parts, 2 * parts])) == pytest.approx(compute_p_value(parts))
    assert compute_p_value(np.zeros((40, 2))) == 1.0


def move(draw: Draw, learnt: pd.DataFrame, by: float, seed: int) -> pd.DataFrame:
    """Return four in ten of the customers a month later, much as they were, and some new ones."""
    stay, new = learnt[: int(0.4 * len(learnt))], draw(1000 + seed, len(learnt) // 10, first=10_000)
    current = pd.concat([stay, new], ignore_index=True)
    current["visits"] += np.random.default_rng(seed).normal(by, 0.1, len(current))
    return current.assign(**{UNIT: np.arange(len(current))})


def test_customers_who_return_set_off_no_alarm_and_are_seen_to_move(draw: Draw) -> None:
    found: dict[float, list[tuple[float, float]]] = {0.0: [], 0.8: []}
    for seed in range(40):
        for by, values in found.items():
            learnt = draw(seed, 400)
            current = move(draw, learnt, by, seed)
            sides = lay_out(learnt, current, ROLES, link_customers(learnt, current)).only(ROLES.names)
            values.append(
                (classify_sides(sides, 200, seed).p_value, compute_p_value(sides.sway(sides.blocks["visits"])))
            )
    stable, moved = np.array(found[0.0]), np.array(found[0.8])
    assert (stable <= 0.05).mean(axis=0) == pytest.approx(0.05, abs=0.1)
    assert np.abs(stable.mean(axis=0) - 0.5).max() < 0.15
    assert (moved <= 0.05).mean(axis=0).min() > 0.9


def test_no_customer_is_judged_by_what_they_taught(draw: Draw) -> None:
    found = [(draw(seed, 150), draw(100 + seed, 150, first=1000)) for seed in range(20)]
    told = [classify_sides(lay_out(*sides, ROLES, link_customers(*sides)), 1, 0).roc_auc for sides in found]
    assert np.mean(told) == pytest.approx(0.5, abs=0.03)


def test_a_classifier_tells_apart_what_is_apart(draw: Draw) -> None:
    learnt, current = draw(1, 600), draw(2, 300, first=1000, visits=20.0)
    shift = classify_sides(lay_out(learnt, current, ROLES, link_customers(learnt, current)), 200, 0)
    assert shift.roc_auc > 0.99 and shift.p_value == pytest.approx(1 / 201)


def test_columns_come_by_weight_with_what_has_changed(draw: Draw) -> None:
    learnt, current = draw(1, 600), draw(2, 300, first=1000, visits=3.0)
    current["city"] = np.where(np.arange(300) < 270, "east", "west")
    current.loc[current.index[:150], "age"] = np.nan
    sides = lay_out(learnt, current, ROLES, link_customers(learnt, current))
    columns = compare_columns(learnt, current, sides, ROLES, {"city": 0.5, "level": 0.3, "visits": 0.2}, 0.01)
    assert [(one.column, one.shifted) for one in columns] == [
        ("city", True),
        ("level", False),
        ("visits", True),
        ("age", True),
    ]
    city, level, visits, _ = columns
    assert city.key == "east" and city.now == 0.9 and city.then == (learnt["city"] == "east").mean()
    assert visits.effect == pytest.approx(3 / learnt["visits"].std(), abs=0.15)
    assert level.then == pytest.approx(learnt["level"].map({"low": 0, "middle": 1, "high": 2}).mean())


def test_so_many_rows_are_chosen_by_whole_customers() -> None:
    customer = np.repeat(np.arange(3000), 3)
    chosen = choose_rows(customer, 6000, 2000, seed=1)
    assert chosen[:6000].sum() == pytest.approx(2000, rel=0.1)
    assert set(np.bincount(customer[chosen])) <= {0, 3}
    assert choose_rows(customer, 6000, 20_000, seed=1).all()


def test_few_rows_learnt_from_are_all_kept_beside_a_large_month() -> None:
    customer = np.arange(20_000) % 19_900  # 100 rows learnt from, of customers who have a row in the month
    chosen = choose_rows(customer, 100, 2000, seed=1)
    assert chosen[:100].all()
    assert chosen[100:].sum() == pytest.approx(2000, rel=0.1)
