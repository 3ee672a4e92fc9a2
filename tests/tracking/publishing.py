"""`retention publish` in a process of its own, forked from one that has imported mlflow: the import takes seconds."""

import multiprocessing
import os
import shutil
import signal
import tempfile
from pathlib import Path

from retention.paths import Paths

# What a forked process does; as text, since it knows nothing of the modules of the tests.
COMMAND = """
import os, sys
os.environ.clear()
os.environ.update(environment)
os.chdir(folder)
for number, name in ((1, "said"), (2, "errors")):
    os.dup2(os.open(os.path.join(written, name), os.O_WRONLY | os.O_CREAT), number)
sys.argv = ["retention", "publish"]
from retention.__main__ import main
main()
"""
PRELOADED = ["pytest", "mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store", "retention.cli"]
PRELOADED += [
    "retention.stages.publish",
    "retention.tracking.describe.pictures",
    "retention.tracking.describe.pictures",
    "optuna",
]


class Publishing:
    """A process that publishes a project.

    Parameters
    ----------
    paths : Paths
        The project; its root is the process's folder.
    **environment : str
        Added to that of the tests.
    """

    def __init__(self, paths: Paths, **environment: str) -> None:
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(PRELOADED)
        self._written = Path(tempfile.mkdtemp())
        known = {"folder": str(paths.root), "written": str(self._written), "environment": os.environ | environment}
        self._process = forks.Process(target=exec, args=(COMMAND, known))
        self._process.start()

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return not self._process.is_alive()

    def kill(self) -> bool:
        """Kill it; return whether it was still at work."""
        self._process.kill()
        self._join()
        return self._process.exitcode == -signal.SIGKILL

    def finish(self) -> tuple[str, str]:
        """Wait for its end, which must be a good one; return what it said, and what of errors."""
        said, errors = self._join()
        assert self._process.exitcode == 0, errors
        return said, errors

    def _join(self) -> tuple[str, str]:
        self._process.join()
        files = [self._written / name for name in ("said", "errors")]
        said, errors = (file.read_text() if file.exists() else "" for file in files)
        shutil.rmtree(self._written)
        return said, errors
