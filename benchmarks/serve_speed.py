"""How fast the champion answers over HTTP: `retention serve` beside `mlflow models serve` of the same model.

Every request asks about a customer of its own. Both servers run one after the other on this machine, with the client
beside them; what counts is the ratio. `python benchmarks/serve_speed.py --project .` needs a published model.
"""

import argparse
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pandas as pd

from retention.files import read_artifact
from retention.tables.roles import ColumnRoles

PATIENCE = 180  # seconds that a server may take to come up


@dataclass(frozen=True)
class Speed:
    """Median and 95th percentile in milliseconds, requests a second."""

    p50: float
    p95: float
    throughput: float


def main() -> None:
    """Measure both servers and print a line each, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    asked = parser.parse_args()
    bodies = make_bodies(asked.project / "artifacts")
    found = {}
    for name in ("mlflow models serve", "retention serve"):
        with serving(name, asked.project) as port:
            for clients in (1, 50):
                found[name, clients] = speed = measure(port, bodies, clients, asked.seconds)
                print(
                    f"{name:<20} {clients:>3} at once: p50 {speed.p50:7.1f} ms, p95 {speed.p95:7.1f} ms, "
                    f"{speed.throughput:6.1f} requests a second",
                    flush=True,
                )
    for clients in (1, 50):
        ours, theirs = found["retention serve", clients], found["mlflow models serve", clients]
        print(f"{clients} at once: {ours.throughput / theirs.throughput:.1f} times as many requests a second")


def make_bodies(artifacts: Path) -> Iterator[bytes]:
    """Return requests without end, no two alike."""
    roles = read_artifact(artifacts / "columns.json", ColumnRoles)
    customers = pd.read_parquet(artifacts / "customers.parquet")
    rows = json.loads(customers[list(roles.names)].to_json(orient="records"))
    column = roles.numeric[0]
    for number in itertools.count():
        row = rows[number % len(rows)]
        changed = row[column] + 0.001 * (number // len(rows))
        yield json.dumps({"dataframe_records": [{**row, column: changed}]}).encode()


@contextmanager
def serving(name: str, project: Path) -> Iterator[int]:
    """Run a server of the project's champion; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    place = ["--port", str(port)]
    if name.startswith("retention"):
        command = [sys.executable, "-m", "retention", "serve", *place]
    else:
        more = ["--model-uri", "models:/retention@champion", "--env-manager", "local", "--workers", "1"]
        command = [sys.executable, "-m", "mlflow", "models", "serve", *more, *place]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": "sqlite:///mlruns/mlflow.db"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=project, env=environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
    try:
        end = time.monotonic() + PATIENCE
        while not _is_up(port):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} did not come up.")
            time.sleep(0.5)
        yield port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _is_up(port: int) -> bool:
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except OSError:
        return False


def measure(port: int, bodies: Iterator[bytes], clients: int, seconds: float) -> Speed:
    """Ask with so many clients, each waiting for its answer before it asks again."""
    drawn = list(itertools.islice(bodies, 20_000))
    turns = iter(drawn)
    end = time.monotonic() + seconds

    def ask(_: int) -> list[float]:
        took = []
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end:
            began = time.monotonic()
            connection.request("POST", "/invocations", next(turns), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"The server answered {answer.status}.")
            took.append(1000 * (time.monotonic() - began))
        return took

    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        took = np.concatenate(list(pool.map(ask, range(clients))))
    p50, p95 = np.percentile(took, [50, 95])
    return Speed(float(p50), float(p95), len(took) / (time.monotonic() - began))


if __name__ == "__main__":
    main()
