"""One pass over a file's bytes: what must be known before it is parsed."""

from dataclasses import dataclass
from pathlib import Path

from retention.errors import UserError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What a file's bytes say.

    Parameters
    ----------
    head : bytes
        Its beginning, at most 1 MB.
    lines : int
        How many lines it has, a last one without an end included.
    quoted : bool
        Whether there is a quotation mark.
    zero_row : int or None
        The 1-based line with the first zero byte.
    """

    head: bytes
    lines: int
    quoted: bool
    zero_row: int | None


def scan_file(path: Path) -> Scan:
    """Look through a file without keeping it.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    ends, quoted, zero_row, head, last = 0, False, None, b"", b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if zero_row is None and (at := chunk.find(b"\0")) >= 0:
                    zero_row = ends + chunk.count(b"\n", 0, at) + 1
                ends += chunk.count(b"\n")
                quoted = quoted or b'"' in chunk
                head, last = head or chunk, chunk[-1:]
    except OSError as error:
        raise UserError(f"{path.name} cannot be read ({error.strerror}): check the file and its rights.") from None
    return Scan(head, ends + (last != b"\n"), quoted, zero_row)
