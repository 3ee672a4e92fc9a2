"""Another program's server, run beside this process and ended with it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress


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
