"""Errors whose message is written for the person who made the mistake."""

import errno
import os

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY}


class UserError(Exception):
    """A mistake in the input or the settings; the command line prints its sentence and no stack trace.

    The message is one sentence that says what is wrong, where (file, column, row or key) and what to do.
    """


def describe_disk_fault(error: OSError) -> str:
    """Return the sentence for a disk that is full or forbidden, or for a thing in the way of a file; else nothing."""
    place = error.filename2 or error.filename or "the disk"
    said = os.strerror(error.errno or 0)  # Arrow adds words of its own
    if error.errno in _FULL:
        return f"{place} cannot be written ({said}): free some space and run the same command again."
    if error.errno in _FORBIDDEN:
        return f"{place} cannot be used ({said}): give yourself the right to read and write it and its folder."
    if error.errno in _IN_THE_WAY:
        return f"{place} is in the way ({said}): move it away and run the same command again."
    return ""
