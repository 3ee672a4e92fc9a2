"""Errors whose message is written for the person who made the mistake."""

import difflib
import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

_FULL, _REFUSED = "free some space", "make its folder one that you may write to"
_IN_THE_WAY = "move what is in its place"
_ADVICE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _REFUSED,
    errno.EPERM: _REFUSED,
    errno.EROFS: _REFUSED,
    errno.EEXIST: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.ENOENT: "make it (`dvc repro` makes what belongs in artifacts/)",
}


class UserError(Exception):
    """A mistake in the input or the settings; the command line prints its sentence and no stack trace.

    The message is one sentence that says what is wrong, where (file, column, row or key) and what to do.
    """

    exit_code: ClassVar[int] = 1


class NothingLearntError(UserError):
    """There are exports to check, but no labels to learn from yet: no mistake, so the exit code is its own."""

    exit_code: ClassVar[int] = 3


def one_line(said: object) -> str:
    """Return what an error of a library says, or any text, on one line."""
    return " ".join(str(said).split())


def name_nearest(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """Return ``" (the nearest is …)"`` with the known word nearest to `word`, or what is `meant` by it, if any is."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.0)
    return f' (the nearest is "{(meant or {}).get(near[0], near[0])}")' if near else ""


def describe_fault(error: OSError, path: Path | None = None) -> str:
    """Return what the system refused as a sentence with what to do.

    `path` is the file that was to be written; without it, it is the one that the system names.
    """
    reason = os.strerror(error.errno) if error.errno else one_line(error)
    if error.errno in (errno.EEXIST, errno.ENOTDIR):  # the system names what stands in the way, not what was wanted
        path = None
    what = path or error.filename2 or error.filename or "A file"
    done = "cannot be written" if path else "cannot be read or written"
    return f"{what} {done} ({reason}): {_ADVICE.get(error.errno or 0, 'mend that')} and run it again."
