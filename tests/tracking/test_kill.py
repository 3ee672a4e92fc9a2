"""`publish` killed at any moment, and twice at once: complete afterwards, and nothing twice."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retention.paths import Paths

from ..forked import Verb

Make = Callable[..., Paths]
Look = Callable[[Paths], dict[str, Any]]
KILLS = 7


@pytest.fixture(scope="module")
def whole(
    make: Make, publish: Callable[..., str], look: Look, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a publishing that nothing disturbs gives."""
    paths = make(tmp_path_factory.mktemp("whole"), n_trials=20)
    publish(paths)
    return look(paths)


def _kill_when(process: Verb, reached: Callable[[], bool]) -> bool:
    """Kill the process as soon as something is reached; return whether it was still at work."""
    while not (process.is_over or reached()):
        time.sleep(0.002)
    return process.kill()


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "fresh"), [(1, True), (2, False)], ids=["no store", "an empty store"])
def test_killed_again_and_again_at_random_moments(
    make: Make, publish: Callable[..., str], look: Look, whole: dict[str, Any], tmp_path: Path, seed: int, fresh: bool
) -> None:
    paths = make(tmp_path / "project", n_trials=20, fresh=fresh)
    draw = random.Random(seed)
    killed = 0
    for _ in range(KILLS):
        process = Verb(paths, "publish")
        # Bytes written are a clock that a busy machine does not bend.
        grown = _size(paths) + draw.randint(1, draw.choice([5_000, 60_000, 400_000]))
        killed += _kill_when(process, lambda grown=grown: _size(paths) > grown)
    assert killed
    publish(paths)
    assert look(paths) == whole
    assert paths.receipt.exists()


def _size(paths: Paths) -> int:
    found = 0
    for path in paths.mlruns.rglob("*"):
        try:
            found += path.stat().st_size
        except FileNotFoundError:
            continue
    return found


@pytest.mark.slow
def test_killed_between_the_run_and_the_model(
    make: Make, publish: Callable[..., str], look: Look, whole: dict[str, Any], tmp_path: Path
) -> None:
    paths = make(tmp_path / "project", n_trials=20)
    models = paths.mlruns / "artifacts" / "retention" / "models"
    assert _kill_when(Verb(paths, "publish"), models.exists)
    publish(paths)
    assert look(paths) == whole


@pytest.mark.slow
def test_two_at_once_add_what_one_adds(make: Make, look: Look, whole: dict[str, Any], tmp_path: Path) -> None:
    paths = make(tmp_path / "project", n_trials=20, fresh=True)
    other = Paths(tmp_path / "other", paths.home)
    shutil.copytree(paths.root, other.root)
    both = [Verb(paths, "publish"), Verb(other, "publish", DVC_ROOT=str(paths.root))]
    for process in both:
        process.finish()
    assert look(paths) == whole
    assert paths.receipt.read_bytes() == other.receipt.read_bytes()
