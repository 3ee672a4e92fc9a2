"""The store and the ledger in it, opened as the settings say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from retention.paths import Paths
from retention.settings import Settings
from retention.tracking.models.ledger import EXPERIMENT
from retention.tracking.store.backend import find_store
from retention.tracking.store.store import Store, open_experiment, open_store


@contextmanager
def opened(settings: Settings, paths: Paths) -> Iterator[tuple[Store, Store]]:
    """Open the store and the ledger in it, for this process alone."""
    tracking = settings.tracking
    uri = find_store(tracking.backend, paths.mlruns, os.environ)
    with open_store(uri, paths.mlruns, tracking.experiment, timeout_seconds=tracking.timeout_seconds) as store:
        yield store, open_experiment(store, uri, paths.mlruns, EXPERIMENT)
