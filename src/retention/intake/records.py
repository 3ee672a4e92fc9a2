"""Keeps what was said of a month under ``data/history/``, once."""

import shutil
from pathlib import Path

from retention.intake.versioning import changing_data
from retention.paths import Paths
from retention.tables.months.periods import HISTORY


def record_month(made: Path, month: str, paths: Paths) -> bool | None:
    """Record a month, and let DVC version it; a month that is recorded already stays as it was said first.

    `made` holds what is kept, and nothing else. Returned is whether it was recorded; None if it was already, with other
    content, which stays.

    Raises
    ------
    UserError
        If ``data/`` is not whole, or DVC refuses; all is then as before.
    """
    place = paths.data / HISTORY / month
    if place.is_dir():
        held, new = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in (place, made))
        return False if held == new else None
    with changing_data(paths) as data:
        shutil.copytree(made, data / HISTORY / month)
    return True
