"""Where the exports of each month lie under ``data/``."""

import re
from collections.abc import Iterable
from pathlib import Path

from retention.errors import UserError, name_nearest
from retention.tables.months.periods import MONTH_FORM
from retention.tables.settings import Export

OUTCOMES = "outcomes.csv"
"""In a month's folder: labels that came after its exports."""
CAMPAIGNS, HISTORY = "campaigns", "history"
"""Folders beside those of the months."""


def list_dated(data: Path) -> list[str]:
    """Return the months that have a folder, in order."""
    folders = data.iterdir() if data.is_dir() else ()
    return sorted(path.name for path in folders if path.is_dir() and re.fullmatch(MONTH_FORM, path.name))


def is_flat(data: Path, exports: Iterable[Export]) -> bool:
    """Tell whether exports lie beside the folders of the months: those of an undated month."""
    return any((data / export.file).exists() for export in exports)


def list_months(data: Path, exports: Iterable[Export]) -> tuple[str, ...]:
    """Return the months of the shop, in order; an empty text is the one undated month.

    Raises
    ------
    UserError
        If exports lie both in folders of months and beside them.
    """
    months = list_dated(data)
    if months and is_flat(data, exports):
        raise UserError(
            f"{data.name}/ has exports without a month beside those of {', '.join(months)}: move them into a folder of "
            f"their month, such as {data.name}/{months[-1]}."
        )
    return tuple(months) or ("",)


def choose_acted_on(months: tuple[str, ...], as_of: str | None, data: Path) -> str:
    """Return the month that is acted on: `as_of`, or the last one.

    Raises
    ------
    UserError
        If there are no exports of that month.
    """
    if as_of is None or as_of in months:
        return as_of or months[-1]
    if months == ("",):
        raise UserError(f"as_of is {as_of}, but the exports in {data.name}/ have no month: leave as_of empty.")
    raise UserError(f"as_of is {as_of}, but {data.name}/ has no such month{name_nearest(as_of, months)}.")
