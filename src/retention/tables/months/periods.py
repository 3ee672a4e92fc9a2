"""Which months are learnt from, which wait for their labels, and which one is acted on."""

import re

from retention.errors import UserError
from retention.strict import Strict

MONTH_FORM = "[0-9]{4}-(0[1-9]|1[0-2])"
"""How a month is written, as a regular expression."""


class Periods(Strict):
    """``periods.json``; a month is written as ``2026-06``, and empty if the shop has one undated month."""

    acted_on: str
    """Whose customers get a plan: the last month, or the one set by ``as_of``."""
    learnt: tuple[str, ...]
    """The months whose labels have matured, in order."""
    waiting: tuple[str, ...]
    """Those between: their labels are not known yet."""

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
