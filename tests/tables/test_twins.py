"""Twin groups against comparing every pair of rows."""

import narwhals as nw
import numpy as np
import pytest

from retention.tables import twins
from retention.tables.twins import find_twin_groups


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("colliding", [False, True])
def test_groups_are_those_of_comparing_all_pairs(
    monkeypatch: pytest.MonkeyPatch, backend: str, colliding: bool
) -> None:
    if colliding:  # the shortcut finds every row alike: the comparison by columns must do it alone
        monkeypatch.setattr(twins, "_sign", lambda frame, _: np.zeros(frame.shape[0]))
    rng = np.random.default_rng(3)
    plain = {"a": rng.integers(0, 3, 60) / 7, "b": rng.integers(0, 3, 60) * 1.0, "c": rng.choice(["x", "y"], 60)}
    rows = list(zip(*(values.tolist() for values in plain.values()), strict=True))
    expected = [list(dict.fromkeys(rows)).index(row) for row in rows]
    frame = nw.from_dict({name: values.tolist() for name, values in plain.items()}, backend=backend)
    assert find_twin_groups(frame, ["a", "b", "c"]).tolist() == expected
    assert max(expected) < 18
