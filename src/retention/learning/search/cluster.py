"""Fits of choices on folds on the workers of a Dask cluster: the same scores as in processes of one machine."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

from threadpoolctl import threadpool_limits

from retention import learning
from retention.errors import UserError
from retention.learning.search.fitting import Evaluate, FoldEvaluator, FoldScore, Task

PATIENCE = 20  # seconds to wait for the scheduler, and for its first worker
KERNEL = "OPENBLAS_CORETYPE"  # decides the last bits (`pin_kernels`)
DECISIVE = ("numpy", "scipy", "pandas", "scikit-learn")


@contextmanager
def open_cluster(evaluator: FoldEvaluator, scheduler: str) -> Iterator[Evaluate]:
    """Yield a function that evaluates tasks on a cluster and returns the scores in the tasks' order.

    The customers and folds go to every worker once. What a lost worker had not finished is done by another.

    Parameters
    ----------
    evaluator : FoldEvaluator
    scheduler : str
        The address of the Dask scheduler, ``tcp://host:8786``.

    Raises
    ------
    UserError
        If Dask is not installed, the scheduler or its workers cannot be reached, or a worker computes otherwise than
        this machine does. From the function: if the scheduler is lost, or worker after worker dies of a task.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker
    except ImportError:
        raise UserError("runtime.scheduler needs Dask: install retention with its extra `cluster`.") from None
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError) as error:  # a wait that ends is an OSError too; an address may be none
        told = " ".join(str(error).split()).rstrip(".")
        raise UserError(
            f"runtime.scheduler: {scheduler} cannot be used ({told}): start `dask scheduler` and `dask worker`, or set "
            "it to null."
        ) from None
    with client:
        _check_workers(client.run(_describe_ground))
        shared = client.scatter(evaluator, broadcast=True)

        def evaluate(tasks: Sequence[Task]) -> list[FoldScore]:
            try:
                return list(client.gather(client.map(_evaluate_with, tasks, evaluator=shared, pure=False)))
            except (KilledWorker, CancelledError) as error:
                raise UserError(
                    f"The cluster at {scheduler} lost a task of the search ({type(error).__name__}), as happens when "
                    "its workers run out of memory: run it again; finished batches are kept."
                ) from None

        yield evaluate


def _describe_ground() -> dict[str, str]:
    """Return what must be equal where the same bits are to come out."""
    found = [find_spec(one.name) for one in walk_packages(learning.__path__, f"{learning.__name__}.")]
    code = sorted(spec.origin for spec in found if spec is not None and spec.origin is not None)
    ground = {"Python": sys.version.split()[0], KERNEL: os.environ.get(KERNEL, "none")}
    ground["retention"] = hashlib.sha256(b"".join(Path(file).read_bytes() for file in code)).hexdigest()[:12]
    return ground | {name: version(name) for name in DECISIVE}


def _check_workers(grounds: dict[str, dict[str, str]]) -> None:
    ours = _describe_ground()
    for worker, theirs in grounds.items():
        if other := [f"{name} {theirs[name]} (here {ours[name]})" for name in ours if theirs[name] != ours[name]]:
            raise UserError(
                f"The worker {worker} may compute other bits: it has {', '.join(other)}. Start workers from the same "
                f"commit and requirements.lock, with {KERNEL}={ours[KERNEL]} in their environment."
            )


def _evaluate_with(task: Task, evaluator: FoldEvaluator) -> FoldScore:
    with threadpool_limits(1):
        return evaluator(task)
