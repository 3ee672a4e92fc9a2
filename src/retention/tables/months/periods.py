"""Months: how they are written, where their exports lie under ``data/``, and what each is there for."""

import re
from collections.abc import Iterable
from pathlib import Path

from retention.errors import UserError, name_nearest
from retention.strict import Strict

MONTH_FORM = "[0-9]{4}-(0[1-9]|1[0-2])"  # how a month is written, as a regular expression
OUTCOMES = "outcomes.csv"  # in a month's folder: labels that came after its exports
CAMPAIGNS, HISTORY = "campaigns", "history"  # folders beside those of the months


class Periods(Strict):
    """``periods.json``; a month is written as ``2026-06``, and empty if the shop has one undated month."""

    acted_on: str  # whose customers get a plan: the last month, or the one set by ``as_of``
    learnt: tuple[str, ...]  # the months whose labels have matured, in order
    waiting: tuple[str, ...]  # those between: their labels are not known yet

    def tell_learnt(self) -> str:
        """Return the first and the last month that are learnt from, as ``2026-03..2026-06``; empty if undated."""
        return "..".join(dict.fromkeys(self.learnt[place] for place in (0, -1)))


def check_month(month: str | None) -> str:
    """Return a month that is written rightly, an empty text for none; what is written otherwise is a `UserError`."""
    if month and not re.fullmatch(MONTH_FORM, month):
        raise UserError(f"{month} is no month: write year and month, as --month 2026-09.")
    return month or ""


def count_months(month: str) -> int:
    """Return the number of a month that is written as ``2026-06``, so that the next one has the next number."""
    return int(month[:4]) * 12 + int(month[5:7])


def move_month(month: str, by: int) -> str:
    """Return the month that comes `by` months after `month`, as ``2026-06``."""
    year, number = divmod(count_months(month) + by - 1, 12)
    return f"{year:04}-{number + 1:02}"


def list_dated(data: Path) -> list[str]:
    """Return the months that have a folder, in order."""
    folders = data.iterdir() if data.is_dir() else ()
    return sorted(path.name for path in folders if path.is_dir() and re.fullmatch(MONTH_FORM, path.name))


def list_months(data: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Return the months of the shop, in order; an empty text is the one undated month.

    Raises
    ------
    UserError
        If exports, by the names `files`, lie both in folders of months and beside them.
    """
    months = list_dated(data)
    if months and any((data / file).exists() for file in files):
        raise UserError(
            f"{data.name}/ has exports without a month beside those of {', '.join(months)}: move them into a folder of "
            f"their month, such as {data.name}/{months[-1]}."
        )
    return tuple(months) or ("",)


def choose_acted_on(months: tuple[str, ...], as_of: str | None, data: Path) -> str:
    """Return the month that is acted on: `as_of`, or the last one; one without exports is a `UserError`."""
    if as_of is None or as_of in months:
        return as_of or months[-1]
    if months == ("",):
        raise UserError(f"as_of is {as_of}, but the exports in {data.name}/ have no month: leave as_of empty.")
    raise UserError(f"as_of is {as_of}, but {data.name}/ has no such month{name_nearest(as_of, months)}.")
