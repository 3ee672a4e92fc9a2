"""Segments, one offer and reasons of an adopted shop: a beginning that a marketer goes on from."""

from collections.abc import Sequence

from pydantic import JsonValue

from retention.adoption.lexicon import read_starters
from retention.adoption.roles import Adopted

Section = dict[str, JsonValue]
_MOST_CATEGORIES, _SHORT = 3, 28


def build_segments(columns: Sequence[Adopted]) -> Section:
    """Return segments by risk, by money and by favourite category, as far as the shop has them."""
    by_role = {column.role: column for column in columns}
    segments: Section = {}
    for key, starter in read_starters().segments.items():
        needs = starter.pop("needs", None)
        if needs == "favourite_category" and needs in by_role:
            values = sorted(by_role[needs].found.spelled.items(), key=lambda item: -item[1].count)
            for at, (value, found) in enumerate(values[:_MOST_CATEGORIES]):
                where: JsonValue = [{"column": by_role[needs].name, "equals": value}]
                named = {part: _fill(said, found.spellings[0]) for part, said in starter.items()}
                segments[f"{key}_{value}"] = {**named, "where": where, "priority": 30 + at}
        elif needs is None or needs in by_role:
            segments[key] = {**starter}
    return segments


def _fill(said: JsonValue, category: str) -> JsonValue:
    if not isinstance(said, dict):
        return said
    return {language: str(text).replace("{category}", category) for language, text in said.items()}


def build_offers(columns: Sequence[Adopted], cost: float) -> Section:
    """Return one offer as an example, for those at risk; `cost` is what a contact costs, in the unit of money."""
    valuable = ["valuable_decliners"] if any(column.role == "money" for column in columns) else []
    segments: JsonValue = ["likely_decliners", *valuable]
    return {
        key: {**offer, "segments": segments, "cost": {"fixed": cost}} for key, offer in read_starters().offers.items()
    }


def build_reasons(columns: Sequence[Adopted]) -> Section:
    """Return how a customer's value in each feature is said."""
    return {column.name: _word(column) for column in columns if column.role != "money"}


def _word(column: Adopted) -> Section:
    ru, en = (title if title[1:2].isupper() else title[:1].lower() + title[1:] for title in column.title)
    said: Section = {"says": {"ru": f"{ru} — {{value}}", "en": f"{en}: {{value}}"}}
    if column.found.high == 1.0:
        said["percent"] = True
    elif column.found.decimals:
        said["decimals"] = column.found.decimals
    return said | {"short": {"ru": _cut(ru), "en": _cut(en)}, "actionable": column.found.kind == "number"}


def _cut(title: str) -> str:
    return title if len(title) <= _SHORT else title[: _SHORT - 1].rstrip(" ,.") + "…"
