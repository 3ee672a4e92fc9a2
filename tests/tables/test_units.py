"""Units drawn whole, against counting by hand."""

import numpy as np
import pytest

from retention.tables.months.rows import draw_units

UNITS = np.random.default_rng(1).integers(0, 300, 1000)


@pytest.mark.parametrize("at_most", [1, 100, 999])
def test_units_are_drawn_whole_up_to_the_number_and_a_larger_number_adds_to_them(at_most: int) -> None:
    drawn = draw_units(UNITS, at_most, 7)
    chosen = set(UNITS[drawn].tolist())
    assert drawn.tolist() == [unit in chosen for unit in UNITS.tolist()]
    largest = max(UNITS.tolist().count(unit) for unit in chosen)
    assert at_most <= drawn.sum() < at_most + largest
    assert not (drawn & ~draw_units(UNITS, at_most + 100, 7)).any()


def test_few_rows_are_all_drawn_and_seeds_differ() -> None:
    assert draw_units(UNITS, 1000, 7).all()
    assert draw_units(UNITS, None, 7).all()
    assert (draw_units(UNITS, 100, 7) != draw_units(UNITS, 100, 7, 1)).any()


def test_each_unit_is_as_likely_as_another() -> None:
    times = sum(draw_units(np.arange(40), 10, seed).astype(int) for seed in range(400))
    assert abs(times - 100).max() < 5 * np.sqrt(400 * 0.25 * 0.75)
