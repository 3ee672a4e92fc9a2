"""What a person reads the same: blanks, invisible characters, case and ё of headers and labels, ``215348.0`` as an id.

Digits are those of ASCII. What could mean two things (``215.348`` as an id, ``5 108.0`` as a number) is not mended.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Kind = Literal["integer", "text", "label", "number"]  # what the cells of a column are
EXAMPLES = 10

# Soft hyphens, zero-width characters, direction marks, byte order marks; then all that separates words.
_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_BLANK = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD = f"[^{_INVISIBLE}{_BLANK}]+"


@dataclass(frozen=True)
class Mended:
    """What was read otherwise than it is written, in a column or in its header, or may have been written rounded."""

    code: str  # of the finding
    column: str  # the canonical column
    repaired: str  # the first cell, or the header, as it was read
    value: str  # the same as it is written
    places: tuple[int, ...] = ()  # the first rows, counted from 0; none for a header
    count: int = 1  # how many cells


def clean(text: str) -> str:
    """Return `text` without invisible characters and outer blanks, with one space for any blanks within."""
    return re.sub(f"[{_BLANK}]+", " ", re.sub(f"[{_INVISIBLE}]+", "", text)).strip(" ")


def fold(text: str) -> str:
    """Return what headers or labels that a person reads as one have in common."""
    return unicodedata.normalize("NFC", clean(text).casefold()).replace("ё", "е")


def words_of(header: str) -> str:
    """Return a header as words in small letters: ``IsActive_now`` is ``is active now``."""
    parted = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", clean(header))
    return re.sub(r"[\W_]+", " ", fold(parted)).strip()


def show(text: str, most: int = 60) -> str:
    """Return the beginning of `text` with the numbers of characters that cannot be seen, such as ``<U+00A0>``."""
    if len(text) > most:
        text = text[:most] + "…"
    return "".join(letter if letter.isprintable() else f"<U+{ord(letter):04X}>" for letter in text)


def tidy(cell: str, kind: Kind) -> str:
    """Return a cell without what a person does not see; of a whole number also without ``.0`` and split thousands."""
    cell = clean(cell)
    if kind == "integer" and re.fullmatch(r"-?([0-9]+|[0-9]{1,3}( [0-9]{3})+)([.,]0{1,2})?", cell):
        return re.split("[.,]", cell.replace(" ", ""))[0]
    return cell


def bare_number(cell: str, decimal: str, thousands: str, signs: Collection[str]) -> str:
    """Return a number without the declared signs beside it and marks between its thousands; other cells as they are."""
    if not (thousands or signs):
        return cell
    marks = "|".join(re.escape(sign) for sign in signs) or "$^"
    found = re.fullmatch(rf"([+-]?)(?:{marks})? ?(.*?) ?(?:{marks})?", clean(cell))
    bare = found[1] + found[2] if found else cell
    mark, part = re.escape(decimal), re.escape(thousands)
    if thousands and re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{part}[0-9]{{3}})+(?:{mark}[0-9]*)?", bare):
        bare = bare.replace(thousands, "")
    return bare if is_readable(bare, "number", decimal) else cell


def is_readable(cell: str, kind: Kind, decimal: str) -> bool:
    """Tell whether a tidy cell is of its kind; a number may be infinite, a whole one has 64 bits."""
    written = re.fullmatch(_pattern(kind, decimal), cell) is not None
    return written and (kind != "integer" or -(2**63) <= int(cell) < 2**63)


def _pattern(kind: Kind, decimal: str) -> str:
    """Return the regular expression, in Python and in Arrow, of a tidy cell."""
    if kind == "integer":
        return "-?[0-9]{1,19}"
    if kind == "number":
        mark = re.escape(decimal)
        return rf"[+-]?(?:(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity|nan))"
    return f"{_WORD}(?: {_WORD})*"


def mend_cells(
    cells: pa.ChunkedArray, column: str, kind: Kind, decimal: str, empty: Collection[str]
) -> tuple[pa.Array, list[Mended]]:
    """Return a column in its type, and what was mended to read it; ArrowInvalid if a cell cannot be read even so.

    The cells are as they are written, of the kind ``integer``, ``text`` or ``number``; `empty` is what stands where
    there is no value.
    """
    read = cells.combine_chunks()
    if kind == "number":
        read = pc.utf8_trim(read, " \t")  # as the parser does
    pattern = f"^(?:{_pattern(kind, decimal)})$"
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(read, pattern)), False)
    mended: list[Mended] = []
    if pc.any(odd).as_py():
        read, mended = _mend(read, odd, column, kind, empty)
        if pc.all(pc.match_substring_regex(read, pattern)).as_py() is False:
            raise pa.ArrowInvalid(f"{column} is not of the kind {kind}")
    if kind == "number":
        read = pc.replace_substring(read, decimal, ".")
    return pc.cast(read, {"integer": pa.int64(), "number": pa.float64()}.get(kind, pa.string())), mended


def _mend(
    cells: pa.Array, odd: pa.Array, column: str, kind: Kind, empty: Collection[str]
) -> tuple[pa.Array, list[Mended]]:
    """Return the cells with the odd ones made tidy (or empty), and what was mended."""
    written = cells.filter(odd).dictionary_encode()
    tidied = [tidy(cell, kind) for cell in written.dictionary.to_pylist()]
    made = [None if cell in empty or not cell else cell for cell in tidied]
    repaired = pa.array(made, pa.string()).take(written.indices)
    places = np.flatnonzero(odd.to_numpy(zero_copy_only=False))[pc.is_valid(repaired).to_numpy(zero_copy_only=False)]
    read = pc.replace_with_mask(cells, odd, repaired)
    return read, _note("repaired_cell", column, cells, read, places)


def find_rounded(cells: pa.ChunkedArray, column: str) -> list[Mended]:
    """Find the numbers such as ``5.11E+03``, in which a spreadsheet loses digits, among numbers as they are written."""
    found = pc.fill_null(pc.match_substring_regex(cells, "[0-9][eE][+]"), False).combine_chunks()
    return _note("rounded_number", column, cells, cells, np.flatnonzero(found.to_numpy(zero_copy_only=False)))


def _note(
    code: str, column: str, cells: pa.Array | pa.ChunkedArray, read: pa.Array, places: NDArray[np.int64]
) -> list[Mended]:
    """Return what is to be said of the cells at these places, if there are any."""
    if not len(places):
        return []
    first, shown = int(places[0]), tuple(places[:EXAMPLES].tolist())
    return [Mended(code, column, read[first].as_py(), cells[first].as_py(), shown, len(places))]


def empty_blanks(labels: pa.ChunkedArray, empty: Collection[str]) -> pa.ChunkedArray:
    """Return a column of labels with empty cells for those that show nothing or, but for blanks, one of `empty`."""
    written = [text for text in pc.unique(labels).to_pylist() if text is not None]
    blank = [text for text in written if not clean(text) or clean(text) in empty]
    if not blank:
        return labels
    texts = labels.cast(pa.string())
    return pc.if_else(pc.is_in(texts, pa.array(blank)), None, texts).dictionary_encode()
