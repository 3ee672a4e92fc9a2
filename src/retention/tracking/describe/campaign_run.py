"""A campaign as a run: what was sent and promised, and once its month of reading is there what happened."""

from retention.campaigns.summary import Measured
from retention.tracking.store.records import ACTED_ON, Run, list_metrics, spread

EXPERIMENT = "retention-campaigns"  # where these runs stand: figures, never rows of customers
READING = "retention.reading"  # the month whose exports tell the result


def describe_campaign(one: Measured, shop: str) -> Run:
    """Return the run of a campaign of `shop`; with a result it covers more, and takes the place of that without.

    If labels come or change after the first result, its metrics get a further step.
    """
    numbers: dict[str, float | None] = {
        "contacted": one.contacted,
        "held": one.held,
        "spent": one.spent,
        "promised_avoided": one.promise.avoided,
        "promised_net_profit": one.promise.net_profit,
    }
    if one.pooled:
        numbers |= spread("avoided", one.pooled.avoided_customers) | {"p_value": one.pooled.p_value}
        numbers |= spread("net_profit", one.pooled.net_profit) if one.pooled.net_profit else {}
        numbers |= {f"offers/{name}": found.observation.value for name, found in one.offers.items()}
    return Run(
        kind="campaign",
        digest=f"{shop}:{one.campaign}",
        name=one.campaign,
        metrics=list_metrics(numbers),
        tags={ACTED_ON: one.month, READING: one.reading},
        extent=2 if one.pooled else 1,
    )
