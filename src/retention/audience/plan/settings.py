"""The section ``plan``: money, limits, control group, threshold, and when a figure is too thin to show."""

from typing import Annotated

from pydantic import Field

from retention.audience.declared import Status
from retention.campaigns.settings import HoldoutSettings
from retention.strict import Strict, Text


class LossShare(Strict):
    """Which share of a customer's profit is lost when the activity drops."""

    value: float = Field(gt=0, le=1)  # 1 would mean that a customer whose activity drops brings nothing any more
    status: Status  # whether the figure was measured
    source: Text  # where it comes from


class Unit(Strict):
    """What costs are counted in."""

    unit: Text  # the unit of every cost, of the budget and, where the exports have it, of ``monthly_profit``


class Money(Unit):
    """How a probability becomes money."""

    horizon_months: float = Field(gt=0, le=60)  # how long the drop that the model predicts lasts
    loss_share: LossShare  # how much of the profit is lost meanwhile

    @property
    def lost_months(self) -> float:
        """Return how many months' profit is lost with a customer whose activity drops."""
        return self.horizon_months * self.loss_share.value


class ThresholdSettings(Strict):
    """The threshold on the probability."""

    value: float | None = Field(None, ge=0, le=1)
    """The user's own: nobody below it is contacted. Without it the plan is bound by money only, and the threshold that
    money suggests is reported beside it."""
    steps: int = Field(ge=10, le=1000)  # between 0 and 1, of those that it is chosen from
    resamples: int = Field(ge=50, le=10_000)  # bootstrap samples for its interval


class SolverSettings(Strict):
    """How hard the plan is looked for."""

    iterations: int = Field(ge=10, le=10_000)  # of the Lagrangian dual, at most
    exact_pairs: int = Field(ge=0)
    """So many undecided pairs of customer and offer are left to the mixed-integer solver at most."""
    exact_nodes: int = Field(ge=1)  # its limit of nodes (never a time limit: the result must not depend on the machine)
    offer_sets: int = Field(ge=1)  # so many choices of the offers that are sent at all are looked at, at most


class PlanSettings(Strict):
    """The section ``plan``."""

    budget: float | None = Field(None, ge=0)  # what the campaign may cost; none means no limit
    segment_caps: dict[str, Annotated[int, Field(ge=0)]]  # at most so many members of a segment are contacted
    money: Money
    holdout: HoldoutSettings
    threshold: ThresholdSettings
    solver: SolverSettings
    least_customers: int = Field(ge=1)
    """An offer goes to so many at least, or to nobody."""
    minimum_support: int = Field(ge=2)  # below it a figure is replaced by "too few"
    confidence: float = Field(gt=0.5, lt=1)  # of all intervals

    def within(self, left: float | None) -> "PlanSettings":
        """Return the same with what is `left` of a year's budget as a second limit."""
        limits = [limit for limit in (self.budget, left) if limit is not None]
        return self.model_copy(update={"budget": min(limits, default=None)})
