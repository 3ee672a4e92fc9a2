"""What is kept of a month under ``data/history/``, and what is told of it in ``history.json`` and ``since.json``."""

from typing import Literal

from retention.estimate import Estimate
from retention.learning.model.choice import Choice
from retention.strict import Strict, Text
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH, PROBABILITY

FIGURES, CUSTOMERS = "figures.json", "customers.parquet"  # the files of a month

_SAID = {PROBABILITY: ColumnSchema("number", "What was said of the customer then.")}
_SEGMENT = {"<segment>": ColumnSchema("flag", "Whether the customer belonged to it, by the rules of that month.")}
SAID = TableSchema(
    rows="a customer whom the month acted on, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer."), **_SAID},
    more=_SEGMENT,
)
EARLIER = TableSchema(
    rows="a customer in a month before the one acted on, as it was recorded, month after month",
    columns={MONTH: ColumnSchema("text", "The month."), **SAID.columns},
    more=_SEGMENT,
)


class SegmentFigures(Strict):
    """A segment in a month."""

    key: str  # as in the settings, or of a found one
    name: Text  # for people
    customers: int  # its members
    mean_probability: float | None  # their mean; None where they are too few
    profit_at_risk: float | None
    """Over the horizon; None, as the mean, where they were too few, and without money in the exports."""


class BandFigures(Strict):
    """The customers whose probability lies between two bounds."""

    low: float  # from here on
    high: float  # below this; the last band holds its upper end
    customers: int  # how many they are


class PlanFigures(Strict):
    """What the plan came to: `PlanMetrics`, which the search, whose recorded winner stands here, must not depend on."""

    contacts: int  # customers to be contacted
    spent: float  # what that was to cost
    net_profit: float  # as expected then, in the unit of profit; without profit, customers kept


class Foreseen(Strict):
    """What the watch expected before the labels were known."""

    verdict: Literal["fine", "look", "retrain", "cannot_tell"]  # on the month
    reasons: tuple[Text, ...]  # why, what matters most first
    blind: Text  # what nobody can see before the labels are known
    roc_auc: float | None  # None where nothing could be told
    seen_low: float | None  # the lower end of what the labels of these customers would show
    seen_high: float | None  # its upper end


class MonthFigures(Strict):
    """``figures.json``: what was said of a month when it was acted on; fields that come later have a default."""

    month: str  # as ``2026-06``; empty for the one undated month, which is never recorded
    customers: int  # how many the month acted on
    expected_declines: float  # the sum of their probabilities
    horizon_months: float  # how long a drop lasts
    loss_share: float = 1.0
    """Which share of a decliner's profit is lost; 1 in months that were recorded before it was set."""
    profit_at_risk: float | None  # that share, over the horizon; None without money in the exports
    segments: tuple[SegmentFigures, ...]  # by priority
    bands: tuple[BandFigures, ...]  # from the least risk to the most
    plan: PlanFigures  # what the plan came to
    watch: Foreseen | None  # what the watch expected; None where nobody watched
    model: str  # the sha256 of the model file that planned, by which `retention models` knows it
    choice: Choice  # what the model was made by, so that it can be fitted again

    @property
    def risk_a_month(self) -> float | None:
        """The monthly profit of those expected to decline, whatever share of it is lost for however long."""
        whole = self.horizon_months * self.loss_share
        return None if self.profit_at_risk is None else self.profit_at_risk / whole


class History(Strict):
    """``history.json``: the months before the one acted on, as they were recorded."""

    months: tuple[MonthFigures, ...]  # in order


class Reused(Strict):
    """``reused.json``: the winner that takes the place of a search."""

    choice: Choice | None  # that of the last recorded month; None if there is none, or a search is wanted


class Move(Strict):
    """Who entered and left a group since the month before: `now` = `then` + `entered` − `left` + `came` − `gone`."""

    then: int  # in the group the month before
    now: int  # in the group this month
    entered: int  # customers of both months, who were not in it
    left: int  # customers of both months, who are not in it any more
    came: int  # customers in it of whom the month before knew nothing
    gone: int  # customers who were in it then and are no customers now

    @property
    def net(self) -> int:
        """By how much the group has grown."""
        return self.now - self.then


class SegmentMove(Move):
    """A segment of both months; its rules may have other bounds in each."""

    key: str  # the segment's
    name: Text  # for people


class BandMove(Move):
    """A band of risk, by today's bounds in both months."""

    low: float  # from here on
    high: float  # below this; the last band holds its upper end


class Moves(Strict):
    """Who moved since the month before."""

    month: str  # the month before: the last one that was recorded
    all: Move  # of all customers; nobody entered or left
    segments: tuple[SegmentMove, ...]  # who entered and left each segment of both months
    bands: tuple[BandMove, ...]  # and each band of risk
    appeared: tuple[Text, ...]  # segments of this month only
    vanished: tuple[Text, ...]  # segments of the month before only


class Happened(Strict):
    """What was said of a month, and what its labels show now that they have matured."""

    month: str  # of which it was said
    customers: int
    """Those of whom something was said, whose label is known and whom no campaign contacted."""
    expected: float  # declines
    declined: int  # those who did
    excess: Estimate
    """By how much these exceed those expected, with the interval by customers."""
    share: float  # of declines among all, those left alone standing for the contacted, as in `roc_auc`
    roc_auc: Estimate | None  # how well those probabilities ordered the customers; None if too few, or all of one kind
    foreseen: Foreseen | None  # what the watch expected then

    @property
    def seen(self) -> Estimate | None:
        """As what ROC-AUC the watch expected the labels to show; None where it could not tell."""
        said = self.foreseen
        if said is None or said.roc_auc is None or said.seen_low is None or said.seen_high is None:
            return None
        return Estimate(value=said.roc_auc, low=said.seen_low, high=said.seen_high)


class Since(Strict):
    """``since.json``."""

    now: MonthFigures  # the month acted on
    then: MonthFigures | None  # the month before; None if none was recorded
    moves: Moves | None  # who moved since; None likewise
    happened: tuple[Happened, ...]  # months of the history whose labels have matured, in order
