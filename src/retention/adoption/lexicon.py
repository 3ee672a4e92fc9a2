"""The words and the beginnings that adopting knows; texts that a person reads as one, and names that code can use."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import JsonValue

from retention.strict import Strict
from retention.tables.columns import ID, PROFIT, TARGET
from retention.tables.mending import clean, fold, words_of
from retention.tables.settings import RESERVED


class Words(Strict):
    """``words.yaml``: what is a list is compared, what is a text is a regular expression."""

    no_value: tuple[str, ...]
    perhaps_no_value: tuple[str, ...]
    no_number: tuple[str, ...]
    totals: str
    signs: str
    denials: str
    yes_no: tuple[tuple[frozenset[str], frozenset[str]], ...]
    scales: tuple[tuple[frozenset[str], ...], ...]
    up_to: str
    beyond: str
    or_more: str
    beside_months: str
    ago: tuple[tuple[str, ...], ...]
    hints: dict[str, str]


class Starters(Strict):
    """``starters.yaml``: sections of the settings as plain data."""

    segments: dict[str, dict[str, JsonValue]]
    offers: dict[str, dict[str, JsonValue]]
    handling: dict[str, JsonValue]


def _load(name: str) -> Any:
    return yaml.safe_load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def read_words() -> Words:
    """Return the words."""
    return Words.model_validate(_load("words.yaml"))


def read_starters() -> Starters:
    """Return the beginnings."""
    return Starters.model_validate(_load("starters.yaml"))


def has_hint(text: str, *hints: str) -> bool:
    """Tell whether a header or a value speaks of any of these."""
    return any(re.search(rf"\b(?:{read_words().hints[hint]})\b", words_of(text)) for hint in hints)


_LETTERS = {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya", "х": "kh"}
_LATIN = str.maketrans("абвгдеёзийклмнопрстуфыэіґє", "abvgdeeziyklmnoprstufyeige") | str.maketrans(_LETTERS)
_LONGEST_NAME, _FREQUENT = 40, 20


def make_name(text: str, taken: Iterable[str], spare: str) -> str:
    """Return `text` in Latin letters and snake_case, as none of `taken`; `spare` goes before what begins otherwise."""
    words = re.sub(r"[^a-z0-9]+", "_", words_of(text).translate(_LATIN)).strip("_")
    name = words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME + 1].rpartition("_")[0] or words[:40]
    name = name if name[:1].isalpha() else f"{spare}_{name}".strip("_")
    known, number, unique = {*taken, *RESERVED, ID, TARGET, PROFIT}, 2, name
    while unique in known:
        unique, number = f"{name}_{number}", number + 1
    return unique


def make_title(header: str) -> str:
    """Return a header as a person would write it: no underscores or braces, a capital first."""
    title = clean(header.translate(str.maketrans("_{}", " ()")))
    title = title.lower() if title.isupper() and len(title) > 3 else title
    return title[:1].upper() + title[1:]


def count_edits(one: str, other: str) -> int:
    """Return how many letters must be inserted, taken away or changed to make `other` of `one` (Levenshtein, 1966)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        above, row = row, [at]
        for place, item in enumerate(other):
            row.append(min(row[place] + 1, above[place + 1] + 1, above[place] + (letter != item)))
    return row[-1]


@dataclass(frozen=True)
class Value:
    """A value of a category: its right spellings, its slips with their counts, and how many cells hold it."""

    spellings: tuple[str, ...]
    slips: Mapping[str, int]
    count: int


def join_values(values: Sequence[Value]) -> Value:
    """Return several values as one."""
    slips = {slip: count for value in values for slip, count in value.slips.items()}
    spellings = tuple(text for value in values for text in value.spellings)
    return Value(spellings, slips, sum(value.count for value in values))


def merge_spellings(counts: Mapping[str, int]) -> dict[str, Value]:
    """Return each value by its right spelling, with the spellings that are taken for slips of it, frequent ones first.

    Spellings that differ only in case, blanks or ё are one value. A rare one is a slip of a frequent one (twenty times
    or more) if a letter or two make the difference, and no digit.
    """
    merged: dict[str, dict[str, int]] = {}
    forms = {text: re.sub(r"\s*([-–—/,;:()])\s*", r"\1", fold(text)) for text in counts}
    right_of: dict[str, str] = {}
    for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        form = forms[text]
        frequent = (known for known in merged if counts[known] >= _FREQUENT * count and _is_slip(form, forms[known]))
        right = right_of[form] = right_of.get(form) or next(frequent, text)
        slips = merged.setdefault(right, {})
        if right != text:
            slips[text] = count
    return {right: Value((right,), slips, counts[right] + sum(slips.values())) for right, slips in merged.items()}


def _is_slip(one: str, other: str) -> bool:
    """Tell whether a letter or two make the difference, and neither a digit nor a word of denial."""
    allowed = 1 if len(other) < 12 else 2
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > allowed:
        return False
    short, long = sorted((one, other), key=len)
    is_denied = long.endswith(short) and re.fullmatch(read_words().denials, long[: -len(short)])
    same_digits = re.findall(r"\d+", one) == re.findall(r"\d+", other)
    return same_digits and not is_denied and count_edits(one, other) <= allowed
