"""A verb in a process of its own, forked from one that has imported what it needs: the import takes seconds."""

import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from retention.paths import Paths

# What a forked process does; as text, since it knows nothing of the modules of the tests.
COMMAND = """
import os, sys
os.setsid()
os.environ.clear()
os.environ.update(environment)
os.chdir(folder)
for number, name in ((1, "said"), (2, "errors")):
    os.dup2(os.open(os.path.join(written, name), os.O_WRONLY | os.O_CREAT), number)
sys.argv = ["retention", *words]
from retention.__main__ import main
main()
"""
PRELOADED = ["pytest", "mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store", "retention.cli", "optuna"]
PRELOADED += ["retention.stages.publish", "retention.tracking.describe.pictures"]


class Verb:
    """A verb at work on a project.

    Parameters
    ----------
    paths : Paths
        The project; its root is the process's folder.
    *words : str
        The verb and its arguments.
    preload : sequence of str
        More to be imported before; without effect once a first verb was at work.
    **environment : str
        Added to that of the tests.
    """

    def __init__(self, paths: Paths, *words: str, preload: Sequence[str] = (), **environment: str) -> None:
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload([*PRELOADED, *preload])
        self._written = Path(tempfile.mkdtemp())
        known = {"folder": str(paths.root), "written": str(self._written), "words": words}
        known["environment"] = os.environ | environment
        self._process = forks.Process(target=exec, args=(COMMAND, known))
        self._process.start()

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return not self._process.is_alive()

    def kill(self) -> bool:
        """Kill it and what it has started; return whether it was still at work."""
        with suppress(ProcessLookupError):  # it has no group of its own yet, or is over
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.kill()
        self._join()
        return self._process.exitcode == -signal.SIGKILL

    def finish(self, codes: tuple[int, ...] = (0,)) -> tuple[str, str]:
        """Wait for its end, with one of some exit codes; return what it said, and what of errors."""
        said, errors = self._join()
        assert self._process.exitcode in codes, errors
        return said, errors

    def _join(self) -> tuple[str, str]:
        self._process.join()
        files = [self._written / name for name in ("said", "errors")]
        said, errors = (file.read_text() if file.exists() else "" for file in files)
        shutil.rmtree(self._written)
        return said, errors
