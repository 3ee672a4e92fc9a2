"""The campaign as it is told, ``plan.json``, and the few figures that plans are compared by, ``plan_metrics.json``."""

from typing import Literal

from retention.audience.offers.settings import Cost, Effect, Status
from retention.audience.plan.baselines import SimplePlan
from retention.audience.plan.campaign import Replanned
from retention.audience.plan.problem import Method
from retention.audience.plan.settings import Money, Unit
from retention.campaigns.design import Design
from retention.estimate import Estimate
from retention.strict import Strict, Text

Limit = Literal["budget", "capacity", "cap"]
Input = Literal["effects", "loss_share", "horizon", "costs", "redemption"]


class Total(Strict):
    """What contacting some customers comes to.

    Parameters
    ----------
    spent : float
        In the unit of costs.
    expected_net_profit : float
        In the unit of ``monthly_profit``, less what is spent; without profit, customers kept.
    """

    contacts: int
    spent: float
    expected_net_profit: float


class OfferSummary(Strict):
    """An offer in the plan.

    Parameters
    ----------
    parameter : Text or None
        The name of what is filled into the message for each customer.
    segments : tuple of str
        Whom it is meant for; empty means everyone.
    effect : Effect
        A relative reduction of the probability; `planned_difference` is the absolute one.
    formula : Cost
        What contacting one customer costs.
    planned_difference : float or None
        By how much the offer is thought to lower the mean probability of those who get it; None where nobody does.
    too_few : bool
        Whether it is not sent since too few would get it.
    break_even_effect : float or None
        The effect at which it earns just what it costs.
    eligible, held_out, customers : int
        Who may get it, who would but is left alone as a control, and who gets it.
    cost, expected_value : float
        Of those who get it.
    """

    key: str
    name: Text
    message: Text
    parameter: Text | None
    segments: tuple[str, ...]
    channel: str
    capacity: int | None
    cooldown_days: int
    effect: Effect
    formula: Cost
    planned_difference: float | None
    too_few: bool
    break_even_effect: float | None
    eligible: int
    held_out: int
    customers: int
    cost: float
    expected_value: float


class SegmentPlan(Total):
    """What the plan does in a segment.

    Parameters
    ----------
    cap : int or None
        At most so many of its members are contacted.
    offers : dict of str to int
        How many get each offer.
    """

    key: str
    cap: int | None
    offers: dict[str, int]


class LimitPrice(Strict):
    """What one more unit of a limit is worth: a price of the dual, by which the bound can be proved again.

    Parameters
    ----------
    of : str
        Of a capacity the offer, of a cap the segment.
    price : str
        As `write_price` writes it.
    """

    limit: Limit
    of: str
    price: str


class HoldoutSummary(Strict):
    """The control group.

    Parameters
    ----------
    share : float
        Of the customers who may get an offer: so many are drawn before the plan is made.
    drawn, customers : int
        How many were, and those of them whom the plan would contact.
    detectable_difference, detectable_effect : float or None
        The smallest difference of decline rates, and the smallest effect, that the comparison would find.
    planned_difference, planned_effect : float or None
        What the offers are assumed to do on average: a difference of the rates is absolute, an effect relative.
    forgone_net_profit : float
        The price of the control group: what a plan within the same limits would bring more if nobody were drawn.
    design : Design
        How the share was found.
    """

    share: float
    drawn: int
    customers: int
    power: float
    significance: float
    detectable_difference: float | None
    detectable_effect: float | None
    planned_difference: float | None
    planned_effect: float | None
    forgone_net_profit: float
    design: Design


class ThresholdPoint(Strict):
    """A point of the curve of profit against threshold."""

    threshold: float
    profit: float
    low: float
    high: float
    contacts: int


class ThresholdSummary(Strict):
    """The threshold on the probability.

    Parameters
    ----------
    value : float or None
        In use, or suggested.
    suggested : Estimate or None
        Where profit is highest.
    customers : int
        Training customers who could be contacted, whom the curve is of.
    """

    value: float | None
    set_by: Literal["money", "user"]
    suggested: Estimate | None
    customers: int
    curve: tuple[ThresholdPoint, ...]


class PlanSummary(Total):
    """The campaign: ``plan.json``.

    Parameters
    ----------
    launched : bool
        Whether it was sent already: it is then the plan of the ledger, whatever would be planned today.
    contacts, spent, expected_net_profit
        Of the customers who are contacted.
    marginal_value_of_budget : float
        What one more unit of it would bring.
    bound, gap : float
        No plan of the offers that are sent is worth more, and how far this one may be from the best. As net profit,
        simple rules and other effects, they are of all customers but those drawn for the control group.
    least_customers : int
        An offer that fewer would get is not sent.
    prices : tuple of LimitPrice
        Of every limit, 0 where there is none.
    effects : {"assumed", "measured"}
        Measured only if neither the effect of an offer in use nor the share of profit that is lost is assumed.
    assumed : tuple of str
        What all figures of money rest on and nobody has measured.
    money : Money or Unit
        What every sum rests on: the horizon and the share of the profit that is lost. Without profit there is the unit
        of costs alone: `expected_net_profit`, `bound` and the like count customers.
    consenting : int or None
        None if the exports do not say who may be contacted: then everyone may be.
    offers : tuple of OfferSummary
        Without any there is no campaign, and ``offers.csv`` lists all customers by what is at stake.
    sensitivity : tuple of Replanned
        If all effects were other ones.
    """

    launched: bool
    budget: float | None
    marginal_value_of_budget: float
    bound: float
    gap: float
    prices: tuple[LimitPrice, ...]
    least_customers: int
    method: Method
    effects: Status
    assumed: tuple[Input, ...]
    money: Money | Unit
    customers: int
    consenting: int | None
    eligible: int
    offers: tuple[OfferSummary, ...]
    segments: tuple[SegmentPlan, ...]
    baselines: tuple[SimplePlan, ...]
    sensitivity: tuple[Replanned, ...]
    holdout: HoldoutSummary
    threshold: ThresholdSummary


class PlanMetrics(Strict):
    """What plans are compared by, side by side on a terminal: ``plan_metrics.json``.

    Parameters
    ----------
    net_profit : float
        Expected of the campaign.
    contacts : int
    spent : float
    """

    net_profit: float
    contacts: int
    spent: float


def summarise_metrics(plan: PlanSummary) -> PlanMetrics:
    """Return the figures that plans are compared by."""
    return PlanMetrics(net_profit=plan.expected_net_profit, contacts=plan.contacts, spent=plan.spent)
