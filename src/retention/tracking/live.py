"""Trials in MLflow while the search runs: shown by a process of its own, so that the search neither waits nor fails.

MLflow takes seconds to import and may take long to answer. The search only hands finished batches over; what is not
shown in time, or not at all, the stage ``publish`` adds.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

Rows = Sequence[Mapping[str, Any]]
Show = Callable[[Rows], None]


@contextmanager
def open_live_trials(
    uri: str,
    mlruns: Path,
    experiment: str,
    study: str,
    *,
    timeout_seconds: float,
    warn: Callable[[str], None],
) -> Iterator[Show]:
    """Yield a function that shows a finished batch of trials under the run of its search.

    Neither it nor the end of the block raises or waits longer than `timeout_seconds`; `warn` is called at most once.

    Parameters
    ----------
    uri, experiment : str
        The store, as `find_store` gives it, and the experiment in it.
    mlruns : Path
        The folder of the local store.
    study : str
        The digest of the search.
    timeout_seconds : float
        How long the end of the block waits for what is not shown yet.
    warn : callable
        Takes one sentence for the user.

    Yields
    ------
    callable
        Takes the rows of a batch, as in ``trials.parquet``, each with ``seconds`` if known.
    """
    header = {"uri": uri, "mlruns": str(mlruns), "experiment": experiment, "study": study, "timeout": timeout_seconds}
    process = subprocess.Popen(
        [sys.executable, "-m", "retention.tracking.live_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    feeder = threading.Thread(target=_feed, args=(process.stdin, lines), daemon=True)
    feeder.start()
    lines.put(json.dumps(header))
    try:
        yield lambda rows: lines.put(json.dumps([dict(row) for row in rows], default=_plain))
    finally:
        lines.put(None)
        reason = _finish(process, feeder, timeout_seconds)
        if reason:
            warn(f"The search goes on, but its trials are not shown live: {reason}")


def _feed(stdin: IO[bytes], lines: "queue.SimpleQueue[str | None]") -> None:
    """Hand lines over until there are no more; a process that has given up takes none."""
    with suppress(BrokenPipeError), stdin:
        while (line := lines.get()) is not None:
            stdin.write(line.encode() + b"\n")
            stdin.flush()


def _finish(process: "subprocess.Popen[bytes]", feeder: threading.Thread, timeout_seconds: float) -> str:
    """Wait for the process; return why it gave up, or nothing if it did its work or was only too slow."""
    try:
        failed = process.wait(timeout_seconds) != 0
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
        failed = False
    feeder.join()
    assert process.stdout is not None
    with process.stdout as stdout:
        said = stdout.read().decode()
    return (said or "MLflow failed; `retention publish` tells how.") if failed else ""


def _plain(value: Any) -> Any:
    """Return a number of numpy or pandas as Python's own; what is missing as null."""
    return value.item() if hasattr(value, "item") else None
