"""A hundred kills at random moments, over all stages, `score` and `launch`

A shop of 400 customers that is finished and published. Each verb in turn runs in a process of its own and is killed
(`kill -9`, with what it has started) at a moment drawn from its usual duration; half the time what it writes was taken
away before. Then every file is whole, as it was or as it is to be. The verb runs again, and the folder holds the same
files with the same bytes as if nothing had been, no other file, and MLflow's store as many runs, versions, aliases,
figures and files as before.
"""

from pathlib import Path

import pytest

from retention.paths import Paths

from ..whole.killed.kills import VERBS, Shop

pytestmark = [pytest.mark.slow, pytest.mark.proof]
KILLS, SEED = 100, 15


def test_a_hundred_kills(project: Path, small_run: Paths, tmp_path: Path, proof: list[str]) -> None:
    killed = Shop(small_run, tmp_path / "shop", project / "dvc.yaml").kill(VERBS, KILLS, SEED)
    assert set(killed) == set(VERBS)
    proof += ["| verb | kills |", "|---|---|", *(f"| {verb} | {killed[verb]} |" for verb in VERBS)]
    proof += [
        f"| all | {killed.total()} |",
        "",
        "After each: no torn file; run again: equal bytes, nothing twice, nothing left over.",
    ]
