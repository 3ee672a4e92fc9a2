"""The section ``plan``: money, limits, control group, threshold, and when a figure is too thin to show."""

from pydantic import Field

from retention.audience.offers.offer import Status
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

    value: float = Field(0.5, gt=0, le=1)
    status: Status = "assumed"
    source: Text


class Money(Strict):
    """How a probability becomes money.

    Parameters
    ----------
    unit : Text
        The unit of ``monthly_profit``, of every cost and of the budget.
    horizon_months : float
        How long the drop that the model predicts lasts.
    loss_share : LossShare
    """

    unit: Text
    horizon_months: float = Field(3, gt=0, le=60)
    loss_share: LossShare


class HoldoutSettings(Strict):
    """The control group.

    Parameters
    ----------
    share : float
        Of the customers whom the plan would contact.
    power, significance : float
        What the smallest detectable effect is computed for (two-sided).
    """

    share: float = Field(0.1, ge=0, le=0.5)
    power: float = Field(0.8, gt=0, lt=1)
    significance: float = Field(0.05, gt=0, lt=1)


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
    steps: int = Field(100, ge=10, le=1000)
    resamples: int = Field(300, ge=50, le=10_000)


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

    iterations: int = Field(400, ge=10, le=10_000)
    exact_pairs: int = Field(1500, ge=0)
    exact_nodes: int = Field(500, ge=1)


class PlanSettings(Strict):
    """The section ``plan``.

    Parameters
    ----------
    budget : float, optional
        What the campaign may cost; none means no limit.
    segment_caps : dict of str to int
        At most so many members of a segment are contacted.
    minimum_support : int
        Below it a figure is replaced by "too few".
    confidence : float
        Of all intervals.
    """

    budget: float | None = Field(None, ge=0)
    segment_caps: dict[str, int] = Field(default_factory=dict)
    money: Money
    holdout: HoldoutSettings = HoldoutSettings()
    threshold: ThresholdSettings = ThresholdSettings()
    solver: SolverSettings = SolverSettings()
    minimum_support: int = Field(30, ge=2)
    confidence: float = Field(0.95, gt=0.5, lt=1)
