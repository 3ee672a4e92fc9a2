"""A real scheduler with worker processes: the scores of one process, one of its workers killed in the middle."""

import os
import signal
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from distributed import Client, LocalCluster

from retention.errors import UserError
from retention.learning.folds import repeated_folds
from retention.learning.model.space import Space
from retention.learning.search import cluster
from retention.learning.search.cluster import open_cluster
from retention.learning.search.fitting import FoldEvaluator, open_workers
from retention.learning.search.trial import propose

from ..conftest import Table

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default::ResourceWarning")]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running


def test_a_cluster_that_loses_a_worker_gives_what_one_process_gives(
    scheduler: LocalCluster, table: Table, space: Space
) -> None:
    evaluator = FoldEvaluator(*table[:2], repeated_folds(*table[1:], 3, range(1), 1), space)
    tasks = [(choice, fold) for choice in propose(space, [], 40, 1, seed=2, startup=40) for fold in range(3)]
    with open_workers(evaluator, 1) as evaluate:
        alone = [(score.roc_auc, score.failure) for score in evaluate(tasks)]
    with Client(scheduler) as client, open_cluster(evaluator, scheduler.scheduler_address) as evaluate:
        victim, killed = next(iter(client.run(os.getpid).values())), threading.Event()
        threading.Timer(0.2, lambda: (os.kill(victim, signal.SIGKILL), killed.set())).start()
        together = [(score.roc_auc, score.failure) for score in evaluate(tasks)]
        assert killed.is_set()
    np.testing.assert_equal(together, alone)


def test_a_worker_of_other_versions_is_refused(
    scheduler: LocalCluster, table: Table, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = FoldEvaluator(*table[:2], repeated_folds(*table[1:], 3, range(1), 1), space)
    monkeypatch.setenv(cluster.KERNEL, "another")  # here, not in the workers, which run already
    with (
        pytest.raises(UserError, match=rf"may compute other bits.*{cluster.KERNEL}.*\(here another\)"),
        open_cluster(evaluator, scheduler.scheduler_address),
    ):
        pass


def test_an_address_without_a_scheduler_is_one_sentence(
    table: Table, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    evaluator = FoldEvaluator(*table[:2], repeated_folds(*table[1:], 3, range(1), 1), space)
    for address in ("tcp://127.0.0.1:9", "nowhere"):
        with (
            pytest.raises(UserError, match=r"cannot be used .*: start `dask scheduler`"),
            open_cluster(evaluator, address),
        ):
            pass
