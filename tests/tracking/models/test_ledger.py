"""The line of champions: what a rollback returns to."""

import pytest

from retention.tracking.models.ledger import Move, find_former


def _moves(*told: tuple[str, int | None, int]) -> list[Move]:
    return [Move("retention", action, former, to, "", "", "") for action, former, to in told]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "champion", "former"),
    [
        ([], 1, None),
        ([("promotion", 1, 2)], 2, 1),
        ([("promotion", 1, 2), ("forced", 2, 3)], 3, 2),
        ([("promotion", 1, 2), ("forced", 2, 3), ("rollback", 3, 2)], 2, 1),
        ([("promotion", 1, 2), ("forced", 2, 3), ("rollback", 3, 2), ("rollback", 2, 1)], 1, None),
        ([("promotion", 1, 2), ("rollback", 2, 1), ("promotion", 1, 3)], 3, 1),
        ([("promotion", None, 1)], 1, None),
        ([("promotion", 1, 2)], 7, 2),  # moved by hand in the UI: back to what the ledger knows
        ([("promotion", 1, 2), ("rollback", 7, 2)], 2, 1),
    ],
)
def test_each_rollback_takes_back_one_move(told: list[tuple[str, int | None, int]], champion: int, former: int) -> None:
    assert find_former(_moves(*told), champion) == former
