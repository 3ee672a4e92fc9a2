"""Twin groups against comparing every pair of rows."""

import narwhals as nw
import numpy as np
import pytest

from retention.tables.exclusions import find_twin_groups


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_groups_are_those_of_comparing_all_pairs(backend: str) -> None:
    rng = np.random.default_rng(3)
    plain = {"a": rng.integers(0, 3, 60) / 7, "b": rng.integers(0, 3, 60) * 1.0, "c": rng.choice(["x", "y"], 60)}
    rows = list(zip(*(values.tolist() for values in plain.values()), strict=True))
    expected = [list(dict.fromkeys(rows)).index(row) for row in rows]
    frame = nw.from_dict({name: values.tolist() for name, values in plain.items()}, backend=backend)
    assert find_twin_groups(frame.to_pandas()).tolist() == expected
    assert max(expected) < 18
