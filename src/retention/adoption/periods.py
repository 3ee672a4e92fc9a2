"""Months as people write them: dates, names of months, "this month" and "the month before"."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from retention.adoption.lexicon import count_edits, read_words
from retention.tables.mending import words_of
from retention.tables.months.dates import NAMES, find_order, read_month, split_header
from retention.tables.settings import DateOrder

Way = Literal["date", "ago", "month", "number", "text"]
"""A month of a year, so many months ago, a month of any year, a bare number, no month that is known; the surest first.
"""


@dataclass(frozen=True)
class Period:
    """A month as it is told."""

    way: Way
    rank: int  # later months have higher ranks (of months without a year: 1 to 12)
    sure: bool = True  # whether it is written as it should be, without a slip


@dataclass(frozen=True)
class Months:
    """Months in order, the latest first."""

    spellings: list[list[str]]  # how each month is spelled; a right spelling before its slips
    back: tuple[int, ...]  # how many months ago each is, as far as they tell; else its place
    way: Way = "text"
    sure: bool = False  # whether the order is sure
    slips: frozenset[str] = frozenset()  # spellings that are not as they should be
    dates: DateOrder | None = None  # if all are dates
    header: str = ""  # of the column that tells the month, where one does

    @property
    def is_log(self) -> bool:
        """Whether it holds days, so that a customer may have several rows a month or none."""
        return self.way == "date" and sum(map(len, self.spellings)) > len(self.spellings)


def read_period(text: str, month_first: bool = False) -> Period | None:
    """Return the month that `text` tells, if it tells one.

    It is told for example as ``2026-05``, ``31.05.2026``, ``май 2026``, ``May``, ``текущий_месяц``, ``3 months ago``;
    with `month_first` 05/06/2026 is the sixth of May.
    """
    month, words = read_month(text, month_first), words_of(text)
    return Period("date", month) if month else _read_name(words) or _read_relative(words)


def _read_name(words: str) -> Period | None:
    named = (Period("month", at) for at, name in enumerate(NAMES, 1) if re.fullmatch(name, words))
    return next(named, None)


def _read_relative(words: str) -> Period | None:
    counted = re.fullmatch(r"(\d{1,2}) (?:months?|мес[а-я]*) (?:ago|назад|before)|[mt] (\d{1,2})", words)
    if counted or words == "t":
        return Period("ago", -int(counted[1] or counted[2]) if counted else 0)
    bare = _without_month(words)
    known = [(word, ago) for ago, several in enumerate(read_words().ago) for word in several]
    may_slip = len(bare) >= 6 and not re.search(r"\d", bare)
    near = [(word, ago) for word, ago in known if bare == word or (may_slip and len(word) >= 6)]
    edits, ago = min(((count_edits(bare, word), ago) for word, ago in near), default=(9, 0))
    if edits <= 2:
        return Period("ago", -ago, sure=not edits)
    numbered = re.fullmatch(r"(?:m|period|период|месяц|month|мес) ?(\d{1,2})", words)
    return Period("number", int(numbered[1])) if numbered else None


def _without_month(words: str) -> str:
    return " ".join(re.sub(rf"\b(?:{read_words().beside_months})\b", " ", words).split())


def find_date_order(texts: Collection[str]) -> DateOrder | None:
    """Return which number of 05/06/2026 is the day, if all texts are dates: the first one unless only the other fits.

    Where both fit, a month is the number that makes another month of every text.
    """
    months: dict[bool, set[int | None]] = {}
    for first in (False, True):
        if texts and all(read_month(text, first) for text in texts):
            months[first] = {read_month(text, first) for text in texts}
    if True in months and (False not in months or len(months[False]) < len(months[True]) == len(texts)):
        return "month_first"
    return "day_first" if months else None


def read_periods(texts: Collection[str]) -> dict[str, Period] | None:
    """Return the month of each text, if all tell months in the same way."""
    month_first = find_date_order(texts) == "month_first"
    told: dict[str, Period] = {}
    for text in texts:
        period = read_period(text, month_first)
        if period is None or period.way != next(iter(told.values()), period).way:
            return None
        told[text] = period
    return told or None


def order_periods(periods: Mapping[str, Period]) -> Months:
    """Return the months of some texts, counted back as they say or else from the latest one.

    Months without a year begin after the longest stretch of absent ones; with all twelve, January counts as the first.
    """
    ranks = sorted({period.rank for period in periods.values()})
    way = next(iter(periods.values())).way
    sure = way in ("date", "ago")
    if way == "month":
        longest, start = max(((ranks[at] - ranks[at - 1] - 1) % 12, -at) for at in range(len(ranks)))
        sure = longest > 0
        ranks = ranks[-start:] + ranks[:-start]
    latest = 0 if way == "ago" else ranks[-1]
    back = {rank: (latest - rank) % 12 if way == "month" else latest - rank for rank in reversed(ranks)}
    by_sureness = sorted(periods, key=lambda text: not periods[text].sure)
    spellings = [[text for text in by_sureness if periods[text].rank == rank] for rank in back]
    slips = frozenset(text for text, period in periods.items() if not period.sure)
    return Months(spellings, tuple(back.values()), way, sure, slips, find_date_order(periods))


def find_wide(headers: Iterable[str]) -> dict[str, Months]:
    """Return the measures whose months stand in columns side by side, such as ``spend_2026_05``, ``spend_2026_06``.

    The headers are of columns of numbers. Returned is by what the headers have in common their months, each spelled by
    its header; measures of one month are left out. Headers that are nothing but dates have "" in common.
    """
    headers, found = list(headers), dict[tuple[str, Way], dict[str, Period]]()
    read = partial(_read_sure, month_first=find_order(headers) == "month_first")
    for header in headers:
        if parted := split_header(header, read):
            stem, period = parted
            stem = _without_month(stem) if period.way == "ago" else stem
            found.setdefault((stem, period.way), {})[header] = period
    return {
        stem: order_periods(months)
        for (stem, way), months in found.items()
        if (stem or way == "date") and len({period.rank for period in months.values()}) == len(months) > 1
    }


def _read_sure(text: str, month_first: bool) -> Period | None:
    period = read_period(text, month_first)
    return period if period and period.sure else None
