"""The words and the beginnings that adopting knows: ``words.yaml`` and ``starters.yaml``."""

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import JsonValue

from retention.strict import Strict
from retention.tables.mending import clean, fold


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
    months: tuple[str, ...]
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


def words_of(header: str) -> str:
    """Return a header as words in small letters: ``IsActive_now`` is ``is active now``."""
    parted = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", clean(header))
    return re.sub(r"[\W_]+", " ", fold(parted).replace("ё", "е")).strip()


def has_hint(text: str, *hints: str) -> bool:
    """Tell whether a header or a value speaks of any of these."""
    return any(re.search(rf"\b(?:{read_words().hints[hint]})\b", words_of(text)) for hint in hints)
