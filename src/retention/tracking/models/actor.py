"""Who acts: a name for the ledger."""

import os
import subprocess


def name_actor() -> str:
    """Return who acts: ``RETENTION_ACTOR``, or git's user name."""
    if actor := os.environ.get("RETENTION_ACTOR", "").strip():
        return actor
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return "unknown"
    return done.stdout.strip() or "unknown"
