"""Dates of cells and of headers: the month that each tells, and which column of a later export stands for which."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar, get_args

from retention.tables.mending import clean, words_of
from retention.tables.settings import DateOrder, Export

T = TypeVar("T")
NAMES = (  # of the months, in small letters
    "янв(?:ар[ьяе])?|jan(?:uary)?",
    "фев(?:рал[ьяе])?|feb(?:ruary)?",
    "мар(?:т[ае]?)?|mar(?:ch)?",
    "апр(?:ел[ьяе])?|apr(?:il)?",
    "ма[йяе]|may",
    "июн[ьяе]?|june?",
    "июл[ьяе]?|july?",
    "авг(?:уст[ае]?)?|aug(?:ust)?",
    "сент?(?:ябр[ьяе])?|sept?(?:ember)?",
    "окт(?:ябр[ьяе])?|oct(?:ober)?",
    "ноя(?:б(?:р[ьяе])?)?|nov(?:ember)?",
    "дек(?:абр[ьяе])?|dec(?:ember)?",
)
_DATES = (
    re.compile(r"(?P<y>(?:19|20)[0-9]{2})[-./ _](?P<m>[0-9]{1,2})(?:[-./ _][0-9]{1,2})?"),
    re.compile(r"(?P<y>20[0-9]{2})(?P<m>0[1-9]|1[0-2])(?:[0-3][0-9])?"),
    re.compile(r"(?P<m>[0-9]{1,2})[-./ _](?P<y>(?:19|20)[0-9]{2})"),
    re.compile(r"(?P<d>[0-9]{1,2})([-./ _])(?P<m>[0-9]{1,2})\2(?P<y>(?:19|20)[0-9]{2}|(?<=[-./])[0-9]{2})"),
)
_NAME = rf"(?P<name>{'|'.join(NAMES)})"
_NAMED = (  # of words
    re.compile(rf"(?:(?P<d>[0-9]{{1,2}}) )?{_NAME} (?P<y>(?:20)?[0-9]{{2}})(?: г| год| года)?"),
    re.compile(rf"{_NAME} (?P<d>[0-9]{{1,2}}) (?P<y>20[0-9]{{2}})"),
    re.compile(rf"(?P<y>(?:20)?[0-9]{{2}}) {_NAME}"),
)


def read_month(text: str, month_first: bool) -> int | None:
    """Return the number of the month of a date, counted from the year 0; None if it is no date.

    It is written for example as ``2026-05-31``, ``2026-05``, ``202605``, ``31.05.2026``, ``05.2026``, ``31 мая 2026``,
    ``May-26``; a time may follow. With `month_first` 05/06/2026 is the sixth of May.
    """
    bare = re.sub(r"[T ][0-9]{1,2}:[0-9].*$", "", clean(text))
    forms = [(form, bare) for form in _DATES] + [(form, words_of(bare)) for form in _NAMED]
    found = next((match for form, written in forms if (match := form.fullmatch(written))), None)
    parts = found.groupdict() if found else {}
    if name := parts.get("name"):
        parts["m"] = str(next(at for at, one in enumerate(NAMES, 1) if re.fullmatch(one, name)))
    elif month_first and parts.get("d"):
        parts["d"], parts["m"] = parts["m"], parts["d"]
    year, month, day = (int(parts.get(part) or 1) for part in ("y", "m", "d"))
    if not found or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return (year + 2000 * (year < 100)) * 12 + month


def split_header(header: str, read: Callable[[str], T | None]) -> tuple[str, T] | None:
    """Return the words of a header beside those of which `read` makes something, up to three and the last, and that."""
    words = words_of(header).split()
    for size in (3, 2, 1):
        for at in reversed(range(len(words) - size + 1)):
            if (found := read(" ".join(words[at : at + size]))) is not None:
                return " ".join(words[:at] + words[at + size :]), found
    return None


def read_series(headers: Iterable[str], month_first: bool) -> dict[str, dict[int, str]]:
    """Return by what they measure the headers that tell a month; none of what has two headers of one month."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for header in headers:
        if parted := split_header(header, partial(read_month, month_first=month_first)):
            found[parted[0]].append((parted[1], header))
    return {stem: dict(months) for stem, months in found.items() if len(dict(months)) == len(months)}


def find_order(headers: Sequence[str]) -> DateOrder | None:
    """Return which number of a date is the day in headers that tell months: the first unless the other tells more."""
    orders: tuple[DateOrder, ...] = get_args(DateOrder)
    told = {order: sum(map(len, read_series(headers, order == "month_first").values())) for order in orders}
    best = max(orders, key=lambda order: told[order])
    return best if told[best] else None


def follow_dates(export: Export, header: Iterable[str]) -> Mapping[str, str]:
    """Return the declared headers of an export, those that tell a date as a file with this header has them.

    Columns of dates are counted back from the latest one of what they measure, in the settings as in the file.
    """
    if export.months or not export.dates:
        return export.headers
    given, declared = (read_series(texts, export.dates == "month_first") for texts in (header, export.headers.values()))
    moved: dict[str, str] = {}
    for stem, months in declared.items():
        there = given.get(stem, {})
        later = max(there, default=0) - max(months)
        if all(month + later in there for month in months):
            moved |= {text: there[month + later] for month, text in months.items()}
    return {column: moved.get(text, text) for column, text in export.headers.items()}
