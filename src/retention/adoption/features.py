"""What a column holds: its kind, its values or its range, or why it is left out."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

import pandas as pd

from retention.adoption.files import Numerals, take_sign
from retention.adoption.lexicon import Value, has_hint, join_values, make_name, merge_spellings, read_words
from retention.adoption.periods import read_periods
from retention.tables.mending import fold
from retention.tables.roles import FeatureKind

OTHER = "other"  # the key of rare values that are one
_MOST_VALUES, _RARE = 12, 0.01  # with more values than this, those rarer than the share are one
_MOST_TEXTS = 1000
_MOST_CODES, _LEAST_PHONE = 12, 1e5


@dataclass(frozen=True)
class Found:
    """What a column holds."""

    header: str
    kind: FeatureKind | None  # None if it is left out
    evidence: tuple[str, ...]  # why, for the reader of the settings
    confirm: bool = False  # whether a person should look at it
    empty: int = 0  # cells without a value
    spelled: Mapping[str, Value] = field(default_factory=dict)  # by key, where the kind is no number
    low: float | None = None
    high: float | None = None  # the range that is possible
    typical: float | None = None  # the median size of the numbers that are not zero
    whole: bool = False
    decimals: int = 0
    signs: tuple[str, ...] = ()  # of currency or percent, as they stand beside the numbers
    blanks: tuple[str, ...] = ()  # what stands for no value here


def describe_column(header: str, cells: pd.Series, numerals: Numerals) -> Found:
    """Return what the column `header` holds.

    A cell without a value is empty; `numerals` is how the file writes numbers.
    """
    counts = Counter(cells)
    empty = counts.pop("", 0)
    if len(counts) < 2 or empty > 0.95 * len(cells):
        only = f' but "{next(iter(counts))}"' if len(counts) == 1 else ""
        return Found(header, None, (f"holds nothing{only} in {empty or len(cells)} of {len(cells)} rows",))
    found = _describe_aside(header, counts, numerals) or _describe_numbers(header, counts, numerals)
    found = found or _describe_category(header, counts)
    if found.kind == "category" and _is_code(header, [text for text in counts if text not in found.blanks]):
        found = replace(found, evidence=(*found.evidence, "whole numbers read as codes"), confirm=True)
    return replace(found, empty=empty + sum(counts[text] for text in found.blanks))


def _is_code(header: str, texts: Collection[str]) -> bool:
    """Tell whether whole numbers are codes: with leading zeros, or few under a header that ends or begins as a code."""
    return any(re.fullmatch(r"0\d+", text) for text in texts) or (
        has_hint(header, "code") and len(texts) <= _MOST_CODES and all(text.isdigit() for text in texts)
    )


def _describe_aside(header: str, counts: Counter[str], numerals: Numerals) -> Found | None:
    """Return why a column of persons, dates or numbers of rows is left out; None if it is none of these."""
    sample, rows = list(counts)[:500], counts.total()
    hinted = has_hint(header, "person")
    shape = r"\+?\d[\d ()-]{8,}\d" if hinted else r"(?=.*[+( ])\+?\d[\d ()-]{8,}\d"
    phones = sum(bool(re.fullmatch(shape, text)) for text in sample)
    mails = sum("@" in text for text in sample)
    read = [numerals.parse(text) for text in sample]
    ordinary = sum(abs(number) < _LEAST_PHONE or number % 1 > 0 for number in read)  # measures, and no one's numbers
    personal = hinted and len(counts) > max(20, 0.1 * rows) and ordinary <= 0.5 * len(sample)
    if max(mails, phones) > 0.8 * len(sample) or personal:
        return Found(header, None, ("personal data (a name, an address or a telephone) # confirm",))
    dates = [text for text in sample if re.search(r"\d[-./]\d|^\d{8}$", text)]
    if len(dates) > 0.95 * len(sample) and read_periods(dates):
        return Found(header, None, (f"dates ({dates[0]}, …): export the days since then instead # confirm",))
    if len(counts) == rows > 20 and all(re.fullmatch(r"\d{1,15}", text) for text in counts):
        numbers = [int(text) for text in counts]
        if max(numbers) - min(numbers) + 1 == rows:
            return Found(header, None, ("numbers the rows, as an id does",))
    return None


def _describe_numbers(header: str, counts: Counter[str], numerals: Numerals) -> Found | None:
    """Return the range of a column of numbers; None if it holds texts, codes or two values."""
    read = {text: numerals.parse(text) for text in counts}
    numbers = {text: number for text, number in read.items() if not math.isnan(number)}
    blanks = tuple(text for text in counts if text not in numbers)
    known = {*read_words().perhaps_no_value, *read_words().no_number}
    strays = sum(counts[text] for text in blanks if text not in known)
    if len(numbers) < 3 or len(blanks) > 5 or strays > 0.02 * counts.total():
        return None
    whole = all(number == round(number) for number in numbers.values())
    if whole and _is_code(header, numbers):
        return None
    least, most = min(numbers.values()), max(numbers.values())
    signs = tuple(dict.fromkeys(sign for text in numbers if (sign := take_sign(text)[1])))
    percent = ("%" in signs or has_hint(header, "percent") or "%" in header) and most <= 100
    high = None if least < 0 else 1.0 if most <= 1 and not whole else 100.0 if percent else None
    parts = [text.rpartition(numerals.decimal)[2] for text in numbers if numerals.decimal in text]
    sizes = [abs(number) for text, number in numbers.items() if number for _ in range(counts[text])]
    steps = whole and len(numbers) <= 5
    evidence = [f"{least:g} … {most:g}", *(f'"{text}" is read as no value ({counts[text]})' for text in blanks)]
    evidence += ["few whole numbers: they may be steps (`ordered`) or a `category`"] if steps else []
    codes = whole and has_hint(header, "code")
    evidence += ["many whole numbers, though the header speaks of a code"] if codes else []
    evidence += [f"none is above {high:g}, so `high` is that"] if high else []
    return Found(
        header,
        "number",
        tuple(evidence),
        bool(strays or steps or codes or high),
        low=None if least < 0 else 0.0,
        high=high,
        typical=float(f"{median(sizes):.3g}") if sizes else None,
        whole=whole,
        decimals=0 if whole else min(2, max(map(len, parts), default=0)),
        signs=signs,
        blanks=blanks,
    )


def _describe_category(header: str, counts: Counter[str]) -> Found:
    blanks = () if key_yes_no(counts) else tuple(text for text in counts if text in read_words().perhaps_no_value)
    if len(counts) > min(_MOST_TEXTS, max(20, 0.2 * counts.total())):
        many = f"{len(counts)} different texts in {counts.total()} rows: free text or a second id"
        return Found(header, None, (many,))
    merged = merge_spellings({text: count for text, count in counts.items() if text not in blanks})
    rows = sum(value.count for value in merged.values())
    rare = [text for text in merged if merged[text].count < _RARE * rows] if len(merged) > _MOST_VALUES else []
    if len(merged) < 2 or sum(merged[text].count for text in rare) > 0.8 * rows:
        return Found(header, None, (f"too few values ({len(merged)}), or nearly all of them rare",))
    keyed, order = key_yes_no(merged), find_order(merged)
    kind: FeatureKind = "boolean" if keyed else "ordered" if order else "category"
    rare = rare if kind == "category" and len(rare) > 1 else []
    for text in order or merged:
        if text not in rare and text not in keyed.values():
            keyed[make_name(text, (*keyed, OTHER), "value")] = text
    values = {key: merged[text] for key, text in keyed.items()}
    if rare:
        values[OTHER] = join_values([merged[text] for text in rare])
    slipped = [f'"{slip}" ({n}) as "{right}"' for right, one in merged.items() for slip, n in one.slips.items()]
    evidence = [f'"{text}" is read as no value' for text in blanks]
    evidence += [f"slips are read: {', '.join(slipped)}"] if slipped else []
    evidence += ["from low to high as the values mean"] if order else []
    evidence += [f"{len(rare)} values, each in less than {_RARE:.0%} of the rows, are `{OTHER}`"] if rare else []
    return Found(header, kind, tuple(evidence), bool(slipped or order or rare), spelled=values, blanks=blanks)


def key_yes_no(values: Iterable[str]) -> dict[str, str]:
    """Return two values by the keys yes and no; nothing if they are not that."""
    texts = list(values)
    for yes, no in read_words().yes_no:
        by_key = {"yes" if fold(text) in yes else "no": text for text in texts if fold(text) in yes | no}
        if len(texts) == len(by_key) == 2:
            return {key: by_key[key] for key in ("yes", "no")}
    return {}


def find_order(values: Iterable[str]) -> list[str] | None:
    """Return the values from low to high, if they are three or more steps of one scale or ranges of numbers."""
    texts = list(values)
    if len(texts) < 3:
        return None
    for scale in read_words().scales:
        steps = {text: at for text in texts for at, words in enumerate(scale) if words & {fold(text), _stem(text)}}
        if len(set(steps.values())) == len(steps) == len(texts):
            return sorted(texts, key=lambda text: steps[text])
    return _order_ranges(texts)


def _stem(text: str) -> str:
    return re.sub(r"(ий|ый|ой|ая|яя|ое|ее|ие|ые|о|а)$", "", fold(text))


def _order_ranges(texts: list[str]) -> list[str] | None:
    words = read_words()
    pattern = re.compile(
        rf"(?:(?P<to>{words.up_to})|(?P<from>{words.beyond}))?\s*(?P<low>\d+(?:[.,]\d+)?)"
        rf"\s*(?P<high>(?:[-–—]|to|до|по)\s*\d+(?:[.,]\d+)?)?\s*(?P<more>{words.or_more})?\s*[^\d]{{0,12}}"
    )
    found = {text: match for text in texts if (match := pattern.fullmatch(fold(text)))}
    lows = {text: float(match["low"].replace(",", ".")) - 0.5 * bool(match["to"]) for text, match in found.items()}
    ranged = sum(any(match[part] for part in ("to", "from", "high", "more")) for match in found.values())
    if ranged < len(texts) - 1 or len(set(lows.values())) < len(texts):
        return None
    return sorted(texts, key=lambda text: lows[text])
