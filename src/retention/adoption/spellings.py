"""Texts that a person reads as one, and names that code can use."""

import re
from collections.abc import Iterable, Mapping

from retention.adoption.lexicon import read_words, words_of
from retention.tables.columns import ID, PROFIT, TARGET
from retention.tables.mending import clean, fold
from retention.tables.settings import RESERVED

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


def merge_spellings(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return each value with the spellings that are taken for slips of it, frequent values first.

    Spellings that differ only in case, blanks or ё are one value. A rare one is a slip of a frequent one (twenty times
    or more) if a letter or two make the difference, and no digit.
    """
    merged: dict[str, dict[str, int]] = {}
    forms = {text: re.sub(r"\s*([-–—/,;:()])\s*", r"\1", fold(text).replace("ё", "е")) for text in counts}
    right_of: dict[str, str] = {}
    for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        form = forms[text]
        frequent = (known for known in merged if counts[known] >= _FREQUENT * count and _is_slip(form, forms[known]))
        right = right_of.get(form) or next(frequent, text)
        right_of.setdefault(form, right)
        if right == text:
            merged[text] = {}
        else:
            merged[right][text] = count
    return merged


def _is_slip(one: str, other: str) -> bool:
    """Tell whether a letter or two make the difference, and neither a digit nor a word of denial."""
    allowed = 1 if len(other) < 12 else 2
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > allowed:
        return False
    short, long = sorted((one, other), key=len)
    is_denied = long.endswith(short) and re.fullmatch(read_words().denials, long[: -len(short)])
    same_digits = re.findall(r"\d+", one) == re.findall(r"\d+", other)
    return same_digits and not is_denied and count_edits(one, other) <= allowed
