"""Errors whose message is written for the person who made the mistake."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake in the input or the settings; the command line prints its sentence and no stack trace.

    The message is one sentence that says what is wrong, where (file, column, row or key) and what to do.
    """


def name_nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" (the nearest is …)"`` with the known word nearest to `word`; nothing if none is known."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.0)
    return f' (the nearest is "{near[0]}")' if near else ""
