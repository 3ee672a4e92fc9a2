"""A link of the chain from exports to registry, what was found of it, and where a file first differs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from retention.errors import UserError, one_line
from retention.tables.columns import ID

_SHOWN = 60  # characters of a value


class UnprovenError(Exception):
    """What a link would be checked against is not here; it proves nothing either way."""


@dataclass(frozen=True)
class Link:
    """A link and what was found."""

    name: str
    verdict: Literal["holds", "broken", "unproven"]
    what: str


def check_link(name: str, check: Callable[[], str]) -> Link:
    """Return what a check says: a sentence if the link holds, a `UserError` if it is broken.

    Forged files make checks fail in ways that nobody foresaw: such a link is broken too, and the next ones are checked.
    """
    try:
        return Link(name, "holds", check())
    except UnprovenError as error:
        return Link(name, "unproven", str(error))
    except UserError as error:
        return Link(name, "broken", str(error))
    except Exception as error:  # noqa: BLE001 -- a zip that is cut, an object of another class, whatever it is
        told = f"a file of it is not what the project writes ({type(error).__name__}: {one_line(error)})"
        return Link(name, "broken", told)


def need(*files: Path) -> None:
    """Raise `UnprovenError` if one of the files is not here."""
    if missing := [file.name for file in files if not file.exists()]:
        raise UnprovenError(
            f"{', '.join(missing)} is not here: `dvc pull` or `dvc checkout` brings it where it is kept"
        )


def find_difference(right: Path, found: Path) -> str:
    """Return where `found` first differs from `right`, both files or both folders; nothing if the bytes are equal."""
    if right.is_dir():
        names = sorted({path.relative_to(base) for base in (right, found) for path in base.rglob("*")})
        files = [name for name in names if not ((right / name).is_dir() and (found / name).is_dir())]
        return next(filter(None, (find_difference(right / name, found / name) for name in files)), "")
    if not (right.exists() and found.exists()):
        return f"{found.name} is {'missing' if right.exists() else 'no part of it'}"
    if right.read_bytes() == found.read_bytes():
        return ""
    compare = {".json": _compare_json, ".parquet": _compare_tables, ".csv": _compare_tables, ".html": _compare_pages}
    try:
        told = compare[right.suffix](right, found) if right.suffix in compare else ""
    except (ValueError, OSError):  # it is not even of that kind
        told = "cannot be read"
    return f"{found.name} {told or 'has other bytes'}"


def _compare_json(right: Path, found: Path) -> str:
    return _walk(json.loads(right.read_bytes()), json.loads(found.read_bytes()), "")


def _walk(right: Any, found: Any, key: str) -> str:
    if isinstance(right, list) and isinstance(found, list):
        right, found = dict(enumerate(right)), dict(enumerate(found))
    if not (isinstance(right, dict) and isinstance(found, dict)):
        return "" if right == found else _tell(key, found, right)
    inner = (_walk(right.get(name), found.get(name), f"{key}.{name}".lstrip(".")) for name in right | found)
    return next(filter(None, inner), "")


def _tell(where: object, found: object, right: object) -> str:
    shown = (one_line(one) for one in (found, right))
    said, made = (one if len(one) <= _SHOWN else f"{one[:_SHOWN]}…" for one in shown)
    return f"has {where}: {said}, where {made} is right"


def _read_table(path: Path) -> pd.DataFrame:
    if path.suffix != ".csv":
        return pd.read_parquet(path)
    header = path.read_bytes().partition(b"\n")[0]  # names are of letters, digits and _
    return pd.read_csv(path, dtype="str", keep_default_na=False, sep=";" if b";" in header else ",")


def _compare_tables(right: Path, found: Path) -> str:
    made, there = (_read_table(path) for path in (right, found))
    if list(made.columns) != list(there.columns):
        return _tell("the columns", ", ".join(there.columns), ", ".join(made.columns))
    same = min(len(made), len(there))
    differs = made.head(same).astype("str").to_numpy() != there.head(same).astype("str").to_numpy()
    if not differs.any():
        return "" if len(made) == len(there) else _tell("rows", len(there), len(made))
    row, place = (int(one[0]) for one in differs.nonzero())
    where = f"{there.columns[place]} in row {row + 1}"
    who = f" of customer {there[ID].iloc[row]}" if ID in there and there.columns[place] != ID else ""
    return _tell(where + who, there.iloc[row, place], made.iloc[row, place])


class _Texts(HTMLParser):
    """The texts of a page one after another, those of scripts and styles too."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_data(self, data: str) -> None:
        if told := one_line(data):
            self.texts.append(told)


def _compare_pages(right: Path, found: Path) -> str:
    pairs = zip_longest(_Texts(right).texts, _Texts(found).texts, fillvalue="nothing")
    made, there = next(((made, there) for made, there in pairs if made != there), ("", ""))
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(made, there, strict=False))))
    start = max(0, same - _SHOWN // 3)
    return _tell("the text", there[start:], made[start:]) if made or there else ""
