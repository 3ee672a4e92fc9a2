"""What became of a polluted shop: refused, counted, equal to the truth, told, not to be known, or silently wrong."""

import re
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd

from retention.errors import UserError
from retention.tables.customers import CustomerTable, read_customers
from retention.tables.quality import Quality
from retention.tables.settings import TableSettings

from .sheets import Customers, Kind, Spoilt, read_plainly

GOOD = ("refused", "counted", "equal", "told", "unknowable")
BAD = ("silent", "vague", "traceback", "hang")
SECONDS = 20
"""A read that takes longer hangs."""
REMEDY = r": (?:mend|export|set|rename|leave|take|check|list|end|put|name)\b.*\.$"
_SUSPICIONS = (
    "implausible_scale",
    "implausible_number",
    "constant_column",
    "rounded_number",
    "shifted_column",
    "shifted_ids",
    "sorted_column",
    "edge_gap",
)
Wrong = tuple[str, str, object, object]
"""Customer, column, what was read and what is true."""


class Hang(BaseException):
    """A read took too long; no ``except Exception`` stops it."""


@dataclass(frozen=True)
class Clean:
    """A shop before its pollution: the bytes of its files, what is true, and what the reader makes of it."""

    declared: Mapping[str, Any]
    settings: TableSettings
    files: Mapping[str, bytes]
    truth: Customers
    kept: frozenset[str]
    quality: Quality


def make_clean(folder: Path, declared: Mapping[str, Any], backend: str) -> Clean:
    """Read the clean shop in `folder`."""
    settings = TableSettings.model_validate(declared)
    files = {export["file"]: (folder / export["file"]).read_bytes() for export in declared["exports"].values()}
    table = read_customers(folder, settings, backend)
    kept = frozenset(table.frame["customer_id"].astype(str))
    return Clean(declared, settings, files, read_plainly(files, declared), kept, table.quality)


def judge(kind: Kind, name: str, spoilt: Spoilt, clean: Clean, backend: str) -> tuple[str, str]:
    """Return the outcome, one of `GOOD` or `BAD`, and what was said.

    Parameters
    ----------
    kind : Kind
        Whether the outcome may be that nobody can know.
    name : str
        The polluted file.
    spoilt : Spoilt
        The pollution.
    clean : Clean
        The shop before.
    backend : str
        The reader's backend.
    """
    changed = {name: spoilt.content, **spoilt.others}
    files = dict(clean.files)
    for other, content in changed.items():
        files.pop(other, None)
        if content is not None:
            files[other] = content if isinstance(content, bytes) else content.encode()
    with tempfile.TemporaryDirectory() as place:
        for other, content in files.items():
            (Path(place) / other).write_bytes(content)
        try:
            with _no_longer_than(SECONDS):
                table = read_customers(Path(place), clean.settings, backend)
        except UserError as error:
            return _judge_refusal(str(error), spoilt, [*changed, *clean.files])
        except Hang:
            return "hang", f"more than {SECONDS} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, a person would see a traceback
            return "traceback", f"{type(error).__name__}: {error}"
    return _judge_table(kind, table, clean, files)


def _judge_refusal(sentence: str, spoilt: Spoilt, names: list[str]) -> tuple[str, str]:
    named = any(name in sentence for name in names) or sentence.startswith("None of the ")
    lined = not spoilt.lines or any(f", row {line}" in sentence for line in spoilt.lines)
    headed = spoilt.column is None or f'"{spoilt.column}"' in sentence
    whole = "\n" not in sentence and len(sentence) < 400 and re.search(REMEDY, sentence) is not None
    if sentence.startswith("None of the ") or "so there is nothing to learn" in sentence:  # about every customer
        lined = headed = True
    return "refused" if named and lined and headed and whole else "vague", sentence


def _judge_table(kind: Kind, table: CustomerTable, clean: Clean, files: Mapping[str, bytes]) -> tuple[str, str]:
    frame = table.frame.assign(customer_id=table.frame["customer_id"].astype(str)).set_index("customer_id")
    wrong = list(_find_wrong(frame, clean.truth))
    unsaid = clean.kept - set(frame.index) - set(table.quarantine["customer_id"])
    if unsaid:
        return "silent", f"lost without a word: {sorted(unsaid)[:3]}"
    if not wrong:
        return ("equal", "") if table.quality == clean.quality else ("counted", _say(table.quality, clean.quality))
    told = {(item.file, item.column) for item in table.quality.findings if item.code in _SUSPICIONS}
    if all(
        any((file, about) in told for about in (column, None, "customer_id")) for column, file in _origins(wrong, clean)
    ):
        return "told", _say(table.quality, clean.quality)
    if kind.unknowable and not list(_find_wrong(frame, _say_plainly(files, clean))):
        return "unknowable", ""
    return "silent", f"{wrong[:3]}; {_say(table.quality, clean.quality)}"


def _origins(wrong: list[Wrong], clean: Clean) -> set[tuple[str, str]]:
    """Return the wrong columns with the files that they come from."""
    exports = clean.declared["exports"].values()
    home = {column: one["file"] for one in exports for column in (one.get("months") or one["headers"])}
    return {(column, home.get(column, "")) for _, column, _, _ in wrong}


def _say_plainly(files: Mapping[str, bytes], clean: Clean) -> Customers:
    try:
        return read_plainly(files, clean.declared)
    except (ValueError, KeyError):
        return {}


def _find_wrong(frame: pd.DataFrame, truth: Customers) -> Iterator[Wrong]:
    """Yield customer, column, what was read and what is true of each cell that is not true."""
    names = [name for name in frame.columns if name != "unit"]
    for row in frame[names].reset_index().to_dict("records"):
        identifier = row.pop("customer_id")
        own = truth.get(identifier)
        if own is None:
            yield identifier, "", "a customer", None
            continue
        for column, value in row.items():
            if value != own[column]:
                yield identifier, column, value, own[column]


def _say(after: Quality, before: Quality) -> str:
    new = [item for item in after.findings if item not in before.findings]
    return "; ".join(f"{item.file} {item.column}: {item.message.en} {item.count} {item.handling}" for item in new[:4])


@contextmanager
def _no_longer_than(seconds: int) -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
