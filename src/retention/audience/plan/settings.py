"""The section ``plan``: money, limits, control group, threshold, and when a figure is too thin to show."""

from pydantic import Field

from retention.audience.offers.settings import Status
from retention.campaigns.settings import HoldoutSettings
from retention.strict import Strict, Text


class LossShare(Strict):
    """Which share of a customer's profit is lost when the activity drops.

    Parameters
    ----------
    value : float
        1 would mean that a customer whose activity drops brings nothing any more.
    status : {"assumed", "measured"}
    source : Text
        Where the figure comes from.
    """

    value: float = Field(gt=0, le=1)
    status: Status
    source: Text


class Unit(Strict):
    """What costs are counted in.

    Parameters
    ----------
    unit : Text
        The unit of every cost, of the budget and, where the exports have it, of ``monthly_profit``.
    """

    unit: Text


class Money(Unit):
    """How a probability becomes money.

    Parameters
    ----------
    horizon_months : float
        How long the drop that the model predicts lasts.
    loss_share : LossShare
    """

    horizon_months: float = Field(gt=0, le=60)
    loss_share: LossShare

    @property
    def lost_months(self) -> float:
        """Return how many months' profit is lost with a customer whose activity drops."""
        return self.horizon_months * self.loss_share.value


class ThresholdSettings(Strict):
    """The threshold on the probability.

    Parameters
    ----------
    value : float, optional
        The user's own: nobody below it is contacted. Without it the plan is bound by money only, and the
        threshold that money suggests is reported beside it.
    steps : int
        Points of the curve between 0 and 1.
    resamples : int
        Bootstrap samples for its interval.
    """

    value: float | None = Field(None, ge=0, le=1)
    steps: int = Field(ge=10, le=1000)
    resamples: int = Field(ge=50, le=10_000)


class SolverSettings(Strict):
    """How hard the plan is looked for.

    Parameters
    ----------
    iterations : int
        Of the Lagrangian dual, at most.
    exact_pairs : int
        So many undecided pairs of customer and offer are left to the mixed-integer solver at most.
    exact_nodes : int
        Its limit of nodes (never a time limit: the result must not depend on the machine).
    """

    iterations: int = Field(ge=10, le=10_000)
    exact_pairs: int = Field(ge=0)
    exact_nodes: int = Field(ge=1)


class PlanSettings(Strict):
    """The section ``plan``.

    Parameters
    ----------
    budget : float, optional
        What the campaign may cost; none means no limit.
    segment_caps : dict of str to int
        At most so many members of a segment are contacted.
    least_customers : int
        An offer that fewer would get is not sent.
    minimum_support : int
        Below it a figure is replaced by "too few".
    confidence : float
        Of all intervals.
    """

    budget: float | None = Field(None, ge=0)
    segment_caps: dict[str, int]
    money: Money
    holdout: HoldoutSettings
    threshold: ThresholdSettings
    solver: SolverSettings
    least_customers: int = Field(ge=1)
    minimum_support: int = Field(ge=2)
    confidence: float = Field(gt=0.5, lt=1)

    def within(self, left: float | None) -> "PlanSettings":
        """Return the same with what is `left` of a year's budget as a second limit."""
        limits = [limit for limit in (self.budget, left) if limit is not None]
        return self.model_copy(update={"budget": min(limits, default=None)})
