"""Five of the hundred kills of ``docs/proofs/kills.md``, of verbs that no other test kills."""

from pathlib import Path

import pytest

from retention.paths import Paths

from .kills import Shop


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_torn_doubled_or_left_over(
    project: Path, small_run: Paths, tmp_path: Path
) -> None:
    shop = Shop(small_run, tmp_path / "shop", project / "dvc.yaml")
    assert shop.kill(["evaluate", "explain", "report", "score", "launch"], 5, seed=1).total() == 5
