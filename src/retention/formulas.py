"""Cells of text that no spreadsheet takes for formulas."""

import re

# A spreadsheet takes a cell that starts with one of these as a formula; some split cells at ; or tab too.
_FORMULA = re.compile(r"(^|[;|])(\s*)(?=[=+\-@＝＋－＠])")
_MADE_SAFE = re.compile(r"(^|[;|])(\s*)'(?=[=+\-@＝＋－＠])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def make_safe(text: str) -> str:
    """Return `text` so that no spreadsheet takes it, or a part of it, for a formula.

    An apostrophe is put before a leading = + - @ (also full-width), and before one that follows a semicolon or
    a bar, where a spreadsheet may begin a new cell; control characters, tabs and line ends become spaces.
    """
    return _FORMULA.sub(r"\1\2'", _CONTROL.sub(" ", text))


def undo_safe(text: str) -> str:
    """Return what `make_safe` made safe, so that ids such as ``+7900…`` are found again; blanks stay blanks."""
    return _MADE_SAFE.sub(r"\1\2", text)
