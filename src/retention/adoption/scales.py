"""Values whose order everybody knows: yes and no, low to high, ranges of numbers."""

import re
from collections.abc import Iterable

from retention.adoption.lexicon import read_words
from retention.tables.mending import fold


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
    return re.sub(r"(ий|ый|ой|ая|яя|ое|ее|ие|ые|о|а)$", "", fold(text).replace("ё", "е"))


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
