"""Work on a Dask cluster: the same results, in the same order, as in processes of one machine."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

from retention.errors import UserError, one_line
from retention.learning.search.fitting import Evaluate, FoldEvaluator, FoldScore, Task

if TYPE_CHECKING:
    from distributed import Client, Future

Given = TypeVar("Given")
Shared = TypeVar("Shared")
Made = TypeVar("Made")

PATIENCE = 20  # seconds to wait for the scheduler, and for its first worker
KERNEL = "OPENBLAS_CORETYPE"  # decides the last bits (`pin_kernels`)
DECISIVE = ("numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "xgboost")  # the last two where they are installed


@contextmanager
def open_cluster(evaluator: FoldEvaluator, scheduler: str) -> Iterator[Evaluate]:
    """Yield a function that evaluates tasks on a cluster and returns the scores in the tasks' order.

    The customers and folds go to every worker once. See `connect` and `work_on`.
    """
    with connect(scheduler) as client:
        shared = client.scatter(evaluator, broadcast=True)
        yield lambda tasks: work_on(client, _evaluate_with, tasks, shared)


@contextmanager
def connect(scheduler: str) -> Iterator["Client"]:
    """Yield a connection with a cluster all of whose workers compute as this machine does.

    Parameters
    ----------
    scheduler : str
        The address of the Dask scheduler, ``tcp://host:8786``.

    Raises
    ------
    UserError
        If Dask is not installed, the scheduler or its workers cannot be reached, or a worker computes otherwise.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UserError("runtime.scheduler needs Dask: install retention with its extra `cluster`.") from None
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError) as error:  # a wait that ends is an OSError too; an address may be none
        told = one_line(error).rstrip(".")
        raise UserError(
            f"runtime.scheduler: {scheduler} cannot be used ({told}): start `dask scheduler` and `dask worker`, or set "
            "it to null."
        ) from None
    with client:
        _check_workers(client.run(_describe_ground))
        yield client


def work_on(
    client: "Client", work: Callable[[Given, Shared], Made], tasks: Iterable[Given], shared: "Future | Shared"
) -> list[Made]:
    """Return what `work` makes of each task and what they share, in the order of the tasks.

    What a lost worker had not finished is done by another. `shared` may lie on the workers already.

    Raises
    ------
    UserError
        If the scheduler is lost, or worker after worker dies of a task.
    """
    from distributed import CancelledError, KilledWorker

    try:
        return list(client.gather([client.submit(work, task, shared, pure=False) for task in tasks]))
    except (KilledWorker, CancelledError) as error:
        raise UserError(
            f"The cluster at {client.scheduler.address} lost a task ({type(error).__name__}), as happens when its "
            "workers run out of memory: run it again; finished batches of a search are kept."
        ) from None


def _describe_ground() -> dict[str, str]:
    """Return what must be equal where the same bits are to come out."""
    code = sorted(Path(str(files("retention"))).rglob("*.py"))
    ground = {"Python": sys.version.split()[0], KERNEL: os.environ.get(KERNEL, "none")}
    ground["retention"] = hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest()[:12]
    installed = {name: next((one.version for one in distributions(name=name)), "none") for name in DECISIVE}
    return ground | installed


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
