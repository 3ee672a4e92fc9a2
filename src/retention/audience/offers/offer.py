"""One offer of the section ``offer``: what it is, who may get it, what it costs and what it is thought to do."""

from string import Formatter
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from retention.audience.offers.parameter import Parameter
from retention.audience.segments.segment import Condition
from retention.strict import Strict, Text

CHANNELS = {"message": Text(ru="сообщение", en="message"), "site": Text(ru="на сайте", en="on the site")}
Status = Literal["assumed", "partly_measured", "measured"]


class Cost(Strict):
    """What contacting one customer costs, in the unit of ``monthly_profit``.

    Parameters
    ----------
    fixed : float
        For every customer who is contacted.
    profit_share : float
        As a share of the customer's monthly profit: a discount costs more with a customer who buys more.
    standing : bool
        Whether that share is given in every month of the horizon, in which the offer is expected to work, not once.
    """

    fixed: float = Field(ge=0, allow_inf_nan=False)
    profit_share: float = Field(0.0, ge=0, le=1)
    standing: bool = False


class Effect(Strict):
    """How much an offer lowers the probability of decline.

    Parameters
    ----------
    value : float
        The relative reduction: 0.1 turns a probability of 0.8 into 0.72; below 0 the offer does harm.
    status : {"assumed", "partly_measured", "measured"}
        Measured means by campaigns with control groups; in the settings it is ``assumed``.
    source : Text
        Where the figure comes from.
    """

    value: float = Field(ge=-1, le=1)
    status: Status
    source: Text


class Offer(Strict):
    """One offer.

    Parameters
    ----------
    name, text : Text
        What it is called and what the customer is offered.
    message : Text
        What is written to the customer, with ``{parameter}`` and ``{until}`` where they are filled in.
    segments : tuple of str
        Whom it is meant for: members of any of these; empty means every customer.
    where, exclude : tuple of Condition
        All of `where` must hold; any of `exclude` forbids the offer.
    channel : {"message", "site"}
        Where the customer meets it. Whatever the channel, it needs the customer's consent.
    cost : Cost
    effect : Effect
    capacity : int, optional
        How many customers can get it at most; none means no limit.
    cooldown_days : int
        How long a customer who got it is not to get it again.
    parameter : Parameter, optional
        What is filled in for each customer.
    valid_months : int
        To the end of this month after the one acted on the customer can use it.
    """

    name: Text
    text: Text
    message: Text
    segments: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()
    channel: Literal["message", "site"]
    cost: Cost
    effect: Effect
    capacity: int | None = Field(None, ge=0)
    cooldown_days: int = Field(ge=0)
    parameter: Parameter | None = None
    valid_months: int = Field(1, ge=1, le=60)

    @model_validator(mode="after")
    def _can_fill_its_message(self) -> Self:
        known = {"parameter": self.parameter, "until": self}
        for template in (self.message.ru, self.message.en):
            try:
                named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            except ValueError:
                named = {""}
            if not all(known.get(name) for name in named):
                raise PydanticCustomError(
                    "message",
                    "message: nothing but {until}, and {parameter} where the offer has one, may stand in braces",
                )
        return self
