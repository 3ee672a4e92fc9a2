"""``since.json``: the month acted on beside those before it, and what became of what was said of them."""

from typing import Literal

from retention.estimate import Estimate
from retention.history.figures import Foreseen, MonthFigures
from retention.strict import Strict, Text

Agreement = Literal["as_expected", "more", "fewer"]


class Move(Strict):
    """Who entered and left a group since the month before: `now` = `then` + `entered` − `left` + `came` − `gone`."""

    then: int
    now: int
    entered: int
    left: int
    """Customers of both months, who are in the group now and were not, or the other way round."""
    came: int
    gone: int
    """Customers in it now of whom the month before knew nothing, and those in it then who are no customers now."""

    @property
    def net(self) -> int:
        """By how much the group has grown."""
        return self.now - self.then


class SegmentMove(Move):
    """A segment of both months; its rules may have other bounds in each."""

    key: str
    name: Text


class BandMove(Move):
    """A band of risk, by today's bounds in both months."""

    low: float
    high: float


class Moves(Strict):
    """Who moved since the month before."""

    month: str
    """The month before: the last one that was recorded."""
    all: Move
    """Of all customers; nobody entered or left."""
    segments: tuple[SegmentMove, ...]
    bands: tuple[BandMove, ...]
    appeared: tuple[Text, ...]
    vanished: tuple[Text, ...]
    """Segments of only one of the months."""


class Happened(Strict):
    """What was said of a month, and what its labels show now that they have matured."""

    month: str
    customers: int
    """Those of whom something was said and whose label is known."""
    unknown: int
    """Those whose label is not."""
    expected: float
    declined: int
    excess: Estimate
    """Declines, and by how much they exceed what was expected, with the interval by customers."""
    agreement: Agreement
    """Whether that interval holds 0."""
    roc_auc: Estimate | None
    """How well those probabilities ordered the customers; None if too few, or all of one kind."""
    foreseen: Foreseen | None
    """What the watch expected then."""


class Since(Strict):
    """``since.json``."""

    now: MonthFigures
    then: MonthFigures | None
    moves: Moves | None
    """The month before, and who moved; None if no month before was recorded."""
    happened: tuple[Happened, ...]
    """Months of the history whose labels have matured, in order."""
