"""Fits of choices on folds, side by side in worker processes whose number never changes a result."""

import multiprocessing
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from retention.errors import UserError
from retention.learning.folds import Fold
from retention.learning.model.choice import Choice
from retention.learning.model.pipeline import compute_output
from retention.learning.model.space import Space, build_model, build_pipeline_of

CACHE_BYTES = 256 * 2**20  # a worker's share for transformed folds


@dataclass(frozen=True)
class FoldScore:
    """The outcome of one fit: its ROC-AUC (NaN if it failed), why it failed, and its time, which only informs."""

    roc_auc: float
    failure: str
    seconds: float


Task = tuple[Choice, int]  # the choice, and the number of the fold
Evaluate = Callable[[Sequence[Task]], list[FoldScore]]
Parts = tuple[NDArray[np.float64], NDArray[np.float64]]  # training and validation columns, ready for a model


@dataclass
class FoldEvaluator:
    """Scores a choice on one of the folds; transformed folds are kept, since many choices share their steps."""

    frame: pd.DataFrame
    target: NDArray[np.int64]
    folds: Sequence[Fold]
    space: Space
    _ready: dict[tuple[str, str, str, int], Parts] = field(default_factory=dict)

    def __call__(self, task: Task) -> FoldScore:
        """Fit and score; an error of the model becomes the failure of this fold, not of the search."""
        began = time.perf_counter()
        try:
            score, failure = self._score(*task), ""
        except Exception as error:  # noqa: BLE001 - any model may fail in any way, and the reason is recorded
            score, failure = float("nan"), describe_failure(error)
        return FoldScore(score, failure, time.perf_counter() - began)

    def _score(self, choice: Choice, fold: int) -> float:
        train, valid = self.folds[fold]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one of thousands of fits; the winner's own refit shows its warnings
            columns, held_out = self._transform(choice, fold)
            model = build_model(choice, self.space).fit(columns, self.target[train])
            output = compute_output(model, held_out)
        if not np.isfinite(output).all():
            raise ValueError("the model's output is not finite")
        return float(roc_auc_score(self.target[valid], output))

    def _transform(self, choice: Choice, fold: int) -> Parts:
        key = (choice.scaler, choice.encoder, choice.features, fold)
        if key not in self._ready:
            train, valid = self.folds[fold]
            steps = build_pipeline_of(choice, self.space)[:-1]
            columns = steps.fit_transform(self.frame.iloc[train], self.target[train])
            held = sum(part.nbytes for parts in self._ready.values() for part in parts)
            while self._ready and held + 2 * columns.nbytes > CACHE_BYTES:
                held -= sum(part.nbytes for part in self._ready.pop(next(iter(self._ready))))  # the oldest
            self._ready[key] = columns, steps.transform(self.frame.iloc[valid])
        return self._ready[key]


def describe_failure(error: Exception) -> str:
    """Return an error as one line without memory addresses, the same on every machine."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return re.sub(r"0x[0-9a-fA-F]+", "0x…", text)[:500]


@contextmanager
def open_workers(evaluator: FoldEvaluator, workers: int) -> Iterator[Evaluate]:
    """Yield a function that evaluates tasks in `workers` processes and returns the scores in the tasks' order.

    One worker means this process. Numerical libraries are held to one thread everywhere. From the function comes a
    UserError if a worker process dies (as one does when memory runs out).
    """
    if workers == 1:
        with threadpool_limits(1):
            yield lambda tasks: [evaluator(task) for task in tasks]
        return
    # A fork of this process would inherit threads and locks; a server that has imported everything is forked instead.
    _start_server_of_workers()
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, context, _begin_worker, (evaluator,)) as pool:

        def evaluate(tasks: Sequence[Task]) -> list[FoldScore]:
            try:
                return list(pool.map(_evaluate_in_worker, tasks))
            except BrokenProcessPool:
                raise UserError(
                    "A worker of the search died, as happens when memory runs out: run it again with fewer "
                    "runtime.workers; finished batches are kept."
                ) from None

        try:
            yield evaluate
        finally:
            pool.shutdown(cancel_futures=True)


def _start_server_of_workers() -> None:
    """Start what the workers are forked from, with Ctrl-C blocked and nowhere to print to, which they inherit.

    They end with this process, whatever they are doing, and what a fit has to say of an error is in its score.
    """
    forkserver.set_forkserver_preload([__name__])
    resource_tracker.ensure_running()  # would unblock Ctrl-C if it were started by `forkserver`
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    errors = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        forkserver.ensure_running()
    finally:
        os.dup2(errors, 2)
        os.close(errors)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_worker: list[FoldEvaluator] = []  # what a worker process holds between tasks


def _begin_worker(evaluator: FoldEvaluator) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threadpool_limits(1)
    _worker.append(evaluator)


def _end_with_parent() -> None:
    """End this process when its parent is gone: a killed search leaves nothing running."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _evaluate_in_worker(task: Task) -> FoldScore:
    return _worker[0](task)
