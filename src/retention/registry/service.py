"""Puts the champion behind HTTP by MLflow's own server, and runs servers until they are told to end."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from retention.paths import Paths
from retention.registry.champion import fetch_champion
from retention.settings import Settings
from retention.tables.columns import FEATURES
from retention.tables.schema import TableSettings
from retention.tracking.serving import write_service


def prepare_service(settings: Settings, paths: Paths) -> tuple[int, Path]:
    """Write the champion, once its file is checked, as a folder to serve; return its version and the folder.

    Raises
    ------
    UserError
        If there is no champion, or its file is not the one that was registered. Nothing of it has run then.
    """
    champion = fetch_champion(settings, paths)
    folder = paths.serving
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_service(folder, champion.content, champion.trusted, describe_columns(settings.tables))
    return champion.version.number, folder / "model"


def describe_columns(tables: TableSettings) -> dict[str, dict[str, Any]]:
    """Return what is valid in each column that the model takes, in its order."""
    described: dict[str, dict[str, Any]] = {}
    for name in FEATURES:
        column = tables.columns[name]
        keys = list(column.values)
        described[name] = {"categories": keys} if keys else {"low": column.low, "high": column.high}
    return described


def build_command(folder: Path, port: int) -> list[str]:
    """Return the command that serves the folder on this machine."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(folder)]
    return [*command, "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def build_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the server's environment: MLflow looks for uvicorn on the PATH, and is to report to nobody."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"
    return {**environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}


def run_apart(command: list[str], environment: dict[str, str]) -> int:
    """Run a server in a session of its own until it ends, or until this process is told to: Ctrl-C is ours alone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.wait(1)
            os.killpg(server.pid, signal.SIGKILL)
