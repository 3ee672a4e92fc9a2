"""Which months are learnt from, which wait for their labels, and which one is acted on."""

from retention.strict import Strict


class Periods(Strict):
    """``periods.json``; a month is written as ``2026-06``, and empty if the shop has one undated month."""

    acted_on: str
    """Whose customers get a plan: the last month, or the one set by ``as_of``."""
    learnt: tuple[str, ...]
    """The months whose labels have matured, in order."""
    waiting: tuple[str, ...]
    """Those between: their labels are not known yet."""
