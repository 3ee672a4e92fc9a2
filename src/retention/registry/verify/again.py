"""Stages run again: one beside the artifacts it read, or all of them in a clean copy of the repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from retention.errors import UserError
from retention.paths import Paths
from retention.registry.verify.chain import Pipeline
from retention.registry.verify.link import UnprovenError, find_difference, need
from retention.settings import Settings
from retention.stages import measure, plan, predict, prepare, report, split, validate
from retention.tracking.provenance import ask_git

QUICK = {one.__name__.rpartition(".")[2]: one for one in (validate, prepare, measure, split, predict, plan, report)}
"""The stages that take seconds."""
_FOREIGN = ("DVC_ROOT", "DVC_EXP_NAME", "MLFLOW_TRACKING_URI", "GIT_DIR", "GIT_WORK_TREE")


@contextmanager
def repeating(name: str, settings: Settings, pipeline: Pipeline) -> Iterator[Paths]:
    """Run a quick stage on the artifacts that are here; yield the paths of a folder that holds what it made."""
    declared = pipeline.declared[name]
    need(*(pipeline.root / path for path in declared.deps if not path.startswith("src/")))
    with TemporaryDirectory() as made:
        paths = Paths(Path(made), Path(made))
        paths.artifacts.mkdir()
        for one in (pipeline.root / "data", *(pipeline.root / "artifacts").iterdir()):
            place = one.relative_to(pipeline.root)
            if place.as_posix() not in declared.made and one.exists():
                (paths.root / place).symlink_to(one.resolve())
        QUICK[name].run(settings, paths)
        yield paths


def check_again(settings: Settings, pipeline: Pipeline, *names: str) -> str:
    """Run quick stages again and compare what they write, byte by byte."""
    for name in names:
        with repeating(name, settings, pipeline) as paths:
            compare_outputs(name, pipeline, paths.root)
    return f"{', '.join(names)} run again: equal bytes"


def compare_outputs(name: str, pipeline: Pipeline, made: Path) -> None:
    """Raise if an output of a stage is not what was made of it in another folder."""
    for path in pipeline.declared[name].made:
        if told := find_difference(made / path, pipeline.root / path):
            raise UserError(f"stage {name} gives something else: {told}")


def replay(pipeline: Pipeline) -> str:
    """Run all stages but publish in a clean folder and compare what they write, byte by byte."""
    with replaying(pipeline) as clean:
        names = [name for name in pipeline.declared if name != "publish"]
        for name in names:
            compare_outputs(name, pipeline, clean)
    return f"{len(names)} stages run again in a clean clone of the commit: every output has equal bytes"


@contextmanager
def replaying(pipeline: Pipeline) -> Iterator[Path]:
    """Clone the commit, run all its stages on the settings and exports that are here, and yield the clone."""
    if not ask_git(pipeline.root, "rev-parse", "HEAD"):
        raise UnprovenError("there is no git commit here to clone")
    need(pipeline.root / "data")
    with TemporaryDirectory() as folder:
        clean = Path(folder) / "clean"
        _run(["git", "clone", "--quiet", str(pipeline.root), str(clean)], pipeline.root)
        for name in ("params.yaml", "data.dvc"):
            shutil.copyfile(pipeline.root / name, clean / name)
        shutil.copytree(pipeline.root / "data", clean / "data")
        (clean / "dvc.lock").unlink(missing_ok=True)  # nothing that is recorded there counts
        _run([sys.executable, "-m", "dvc", "repro", "--quiet", "report"], clean)
        yield clean


def _run(words: list[str], folder: Path) -> None:
    """Run a command with the code of `folder`; whatever the environment names elsewhere is left alone."""
    environment = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    environment |= {"PATH": os.pathsep.join(places), "PYTHONPATH": str(folder / "src")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UserError(f"`{' '.join(words[-3:])}` fails in a clean clone: {said[-1] if said else done.returncode}")
