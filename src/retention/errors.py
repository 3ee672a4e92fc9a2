"""Errors whose message is written for the person who made the mistake."""


class UserError(Exception):
    """A mistake in the input or the settings; the command line prints its sentence and no stack trace.

    The message is one sentence that says what is wrong, where (file, column, row or key) and what to do.
    """
