"""What happens to a file's bytes: encodings, transfers, line ends, other formats."""

import gzip
import random
from collections.abc import Callable

from .sheets import Kind, Sheet, Spoilt

_HTML = "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"


def _whole(change: Callable[[str], str | bytes]) -> Callable[[Sheet, random.Random], Spoilt]:
    return lambda sheet, _: Spoilt(change(sheet.write()))


def _encoded(*names: str) -> Callable[[Sheet, random.Random], Spoilt]:
    return lambda sheet, rng: Spoilt(sheet.write().encode(rng.choice(names)))


def _one_cell_in_another_encoding(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines, at = [line.encode() for line in sheet.lines()], rng.randrange(len(sheet.rows))
    where = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:where] + "данные".encode(rng.choice(["cp1251", "koi8-r", "cp866"])) + lines[at][where:]
    return Spoilt(b"".join(line + sheet.end.encode() for line in lines), (at + 1,))


def _twice_encoded(sheet: Sheet, rng: random.Random) -> Spoilt:
    text, at = sheet.write(), rng.randrange(2)
    seen = text.encode().decode("latin-1") if at else text.encode().decode("cp1251", errors="replace")
    return Spoilt(seen)


def _zero_byte(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    at = rng.randrange(len(content) + 1)
    return Spoilt(content[:at] + b"\0" * rng.choice([1, 1, 500]) + content[at:], (content.count(b"\n", 0, at) + 1,))


def _cut_anywhere(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    return Spoilt(content[: rng.randrange(len(content))])


def _cut_at_a_line(sheet: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(sheet.write(sheet.rows[: rng.randrange(1, len(sheet.rows))]))


def _begun_late(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    return Spoilt(content[rng.randrange(1, len(content)) :])


def _hole(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    start, length = rng.randrange(len(content)), rng.choice([2, 20, 300])
    return Spoilt(content[:start] + content[start + length :])


def _flip(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = bytearray(sheet.write().encode())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return Spoilt(bytes(content))


def _lost(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    at = rng.randrange(len(content))
    return Spoilt(content[:at] + content[at + 1 :])


def _added(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    at = rng.randrange(len(content) + 1)
    return Spoilt(content[:at] + bytes([rng.randrange(256)]) + content[at:])


def _ends(*ends: str) -> Callable[[Sheet, random.Random], Spoilt]:
    return lambda sheet, rng: Spoilt("".join(line + rng.choice(ends) for line in sheet.lines()))


def _odd_line_end(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines, at = sheet.lines(), rng.randrange(1, len(sheet.rows) - 1)
    ends = [sheet.end] * len(lines)
    ends[at] = rng.choice(["\u2028", "\x85", "\x0b", "\x1e", "", " ", "\\n"])
    return Spoilt("".join(line + end for line, end in zip(lines, ends, strict=True)), (at + 1, at + 2))


def _blank_lines(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines = sheet.lines()
    for _ in range(rng.choice([1, 3, 40])):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(["", "", " ", "\t"]))
    return Spoilt(sheet.join(lines))


def _trailing(sheet: Sheet, rng: random.Random) -> Spoilt:
    more = rng.choice([" ", "\t", "  ", "\xa0", "\u200b"])
    return Spoilt(sheet.join([line + more * (rng.random() < 0.5) for line in sheet.lines()]))


def _after_the_end(sheet: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(sheet.write() + rng.choice(["\x1a", "\x04", "\ufeff", " ", "\x1a\r\n", "\u200b\r\n"]))


def _marks(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines = sheet.lines()
    lines[rng.choice([0, rng.randrange(len(lines))])] += ""
    return Spoilt("\ufeff" * rng.choice([1, 2, 3]) + sheet.join(lines))


def _mark_within(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines, at = sheet.lines(), rng.randrange(1, len(sheet.rows))
    return Spoilt(sheet.join([*lines[:at], "\ufeff" + lines[at], *lines[at + 1 :]]))


def _other_format(sheet: Sheet, rng: random.Random) -> Spoilt:
    content = sheet.write().encode()
    magic = [
        b"PK\x03\x04\x14\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        b"%PDF-1.7\n",
        b"PAR1",
        b"SQLite format 3\0",
        b"\x28\xb5\x2f\xfd",
    ]
    made = [
        gzip.compress(content),
        _HTML.encode(),
        b'[{"id": 1}]\n',
        b"",
        b"\n \r\n",
        *(start + content for start in magic),
    ]
    return Spoilt(rng.choice(made))


def _noise(_: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(rng.randbytes(rng.choice([1, 10, 1000, 100_000])))


def _long_line(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines, at = sheet.lines(), rng.randrange(len(sheet.rows))
    lines[at] += rng.choice(["x", ",", ";", '"', "я"]) * rng.choice([200_000, 2_000_000])
    return Spoilt(sheet.join(lines))


def _file_gone(sheet: Sheet, rng: random.Random) -> Spoilt:
    stem, _, ending = sheet.name.partition(".")
    other = rng.choice(
        [sheet.name.upper(), f"{stem} (1).{ending}", f"{sheet.name}.txt", f"{sheet.name} ", f".{sheet.name}"]
    )
    return Spoilt(None, others={other: sheet.write()})


KINDS = [
    Kind("bytes", "a byte order mark, or several", _marks),
    Kind("bytes", "a byte order mark before a row", _mark_within),
    Kind(
        "bytes",
        "UTF-16 or UTF-32, with a mark or without",
        _encoded("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"),
    ),
    Kind("bytes", "another Cyrillic encoding", _encoded("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")),
    Kind("bytes", "a cell in another encoding", _one_cell_in_another_encoding),
    Kind("bytes", "encoded twice", _twice_encoded),
    Kind("bytes", "zero bytes", _zero_byte),
    Kind("bytes", "cut off anywhere", _cut_anywhere),
    Kind("bytes", "cut off at a line's end", _cut_at_a_line),
    Kind("bytes", "the beginning missing", _begun_late),
    Kind("bytes", "a piece missing within", _hole, unknowable=True),
    Kind("bytes", "a bit flipped", _flip, unknowable=True),
    Kind("bytes", "a byte lost", _lost, unknowable=True),
    Kind("bytes", "a byte added", _added, unknowable=True),
    Kind("bytes", "line ends of Unix", _ends("\n")),
    Kind("bytes", "line ends of old Macs", _ends("\r")),
    Kind("bytes", "line ends mixed", _ends("\n", "\r\n", "\r")),
    Kind("bytes", "line ends doubled", _ends("\r\r\n", "\n\n", "\n\r")),
    Kind("bytes", "a line end that is none", _odd_line_end),
    Kind("bytes", "no last line end", _whole(lambda text: text.rstrip("\r\n"))),
    Kind("bytes", "blank lines", _blank_lines),
    Kind("bytes", "blanks at the ends of lines", _trailing),
    Kind("bytes", "characters after the end", _after_the_end),
    Kind("bytes", "another format, or nothing", _other_format),
    Kind("bytes", "noise", _noise),
    Kind("bytes", "an endless line", _long_line),
    Kind("bytes", "another name of the file", _file_gone),
]
