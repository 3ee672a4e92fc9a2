"""How a file writes its numbers: decimal mark, marks between thousands, signs of currency and percent."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from retention.adoption.lexicon import read_words


@dataclass(frozen=True)
class Numerals:
    """How numbers are written: the decimal mark, and what parts thousands (empty for nothing)."""

    decimal: str
    thousands: str = ""

    def parse(self, cell: str) -> float:
        """Return the number in a cell; NaN if it holds none."""
        bare = cell if cell[:1].isdigit() and cell[-1:].isdigit() else take_sign(cell)[0].replace("−", "-")
        if not _pattern(self).fullmatch(bare):
            return math.nan
        return float((bare.replace(self.thousands, "") if self.thousands else bare).replace(self.decimal, "."))


@cache
def _pattern(style: Numerals) -> re.Pattern[str]:
    mark, part = re.escape(style.decimal), re.escape(style.thousands)
    whole = rf"(?:\d{{1,3}}(?:{part}\d{{3}})+|\d+)" if part else r"\d+"
    return re.compile(rf"[+-]?(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?", re.ASCII)


STYLES = tuple(Numerals(*style) for style in (".", ",", ". ", ", ", ".,", ",.", ".'"))
"""Ways of writing numbers, the plainest first."""


def take_sign(cell: str) -> tuple[str, str]:
    """Return a cell without the sign of currency or percent before or behind its number, and that sign."""
    signs = read_words().signs
    found = re.fullmatch(rf"([+-]?)({signs})?\s*([^a-zа-я]*?)\s*({signs})?", cell, re.IGNORECASE)
    return (found[1] + found[3], found[2] or found[4] or "") if found and re.search(r"\d", found[3]) else (cell, "")


def choose_numerals(columns: Sequence[Iterable[str]], separator: str) -> Numerals:
    """Return the way of writing that makes numbers of most columns; of equals, the plainest.

    The columns are given by their different texts; the separator of the file is no decimal mark.
    """
    known = {*read_words().no_value, *read_words().perhaps_no_value, *read_words().no_number}
    texts = [[text for text in column if text not in known][:1000] for column in columns]

    def fit(style: Numerals) -> float:
        shares = [sum(not math.isnan(style.parse(text)) for text in column) / len(column) for column in texts if column]
        return round(sum(share for share in shares if share > 0.5), 6)

    return max((style for style in STYLES if style.decimal != separator), key=fit)
