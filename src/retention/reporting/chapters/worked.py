"""Did it work: what each campaign promised and what happened, the balance, and what the plan makes of it."""

from collections.abc import Sequence

from retention.audience.plan.summary import OfferSummary
from retention.campaigns.effects import Effects, InformativeArm
from retention.campaigns.summary import Balance, Measured
from retention.estimate import Estimate
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice


def tell_balance(balance: Balance, voice: Voice) -> list[str]:
    """Say what all campaigns together promised and brought, in customers and in money."""
    avoided, net = balance.avoided_customers, balance.net_profit
    said = [
        voice.say(
            "worked.balance",
            campaigns=voice.count(balance.campaigns, "campaign_of"),
            contacted=voice.count(balance.contacted, "customer"),
            spent=voice.cost(balance.spent),
        )
    ]
    if avoided:
        happened, promised = _amount(avoided, voice), voice.number(balance.promise.avoided, 1)
        said.append(voice.say(f"worked.avoided.{_judge(avoided)}", happened=happened, promised=promised))
    if net and balance.promise.net_profit is not None:
        happened, promised = _amount(net, voice), voice.number(balance.promise.net_profit, 1)
        unit = voice.unit_of_cost
        said.append(voice.say(f"worked.net.{_judge(net)}", happened=happened, promised=promised, unit=unit))
    return said


def tell_waiting(campaigns: Sequence[Measured], resting: int, voice: Voice) -> list[str]:
    """Say of which campaigns the result is not known yet, and how many customers rest until it is."""
    waiting = [one for one in campaigns if not one.readable]
    said = [
        voice.say("worked.waiting", month=voice.date(one.month), reading=voice.date(one.reading)) for one in waiting
    ]
    return [*said, voice.say("worked.resting", customers=voice.count(resting, "customer"))] if resting else said


def tell_unsound(campaigns: Sequence[Measured], voice: Voice) -> list[str]:
    """Say which campaigns' arms cannot be compared as they stand."""
    found = [(one, alarm) for one in campaigns if one.soundness for alarm in one.soundness.alarms]
    return [voice.say(f"worked.alarm.{alarm}", month=voice.date(one.month)) for one, alarm in found]


def tell_contacts(campaigns: Sequence[Measured], voice: Voice) -> list[str]:
    """Say what the CRM told of each campaign: whom it reached, who took the offer, and whom nobody had planned."""
    said = []
    for one in campaigns:
        if one.soundness is None or one.soundness.reached is None or one.soundness.redeemed is None:
            continue
        reached, redeemed = (voice.number(count) for count in (one.soundness.reached, one.soundness.redeemed))
        month, contacted = voice.date(one.month), voice.number(one.contacted)
        said.append(voice.say("worked.reached", month=month, reached=reached, contacted=contacted, redeemed=redeemed))
        if one.soundness.unknown:
            said.append(voice.say("worked.unknown", unknown=voice.count(one.soundness.unknown, "customer_of")))
    return said


def tabulate_campaigns(campaigns: Sequence[Measured], voice: Voice) -> Table:
    """Tabulate each campaign: what was promised at the launch, and what happened by assignment."""
    rows = []
    for one in campaigns:
        found = one.pooled
        promise = found.promise if found else one.promise
        rows.append(
            [
                voice.date(one.month),
                _count_arms(one.contacted, one.held, voice),
                voice.measure(one.spent),
                voice.number(promise.avoided, 1),
                _amount(found.avoided_customers, voice) if found else voice.date(one.reading),
            ]
        )
        if not voice.counts_customers:
            net = found.net_profit if found else None
            rows[-1] += [voice.number(promise.net_profit, 1), _amount(net, voice) if net else voice.missing()]
    heads = voice.heads("worked", "month", "arms", "spent", "promised", "avoided")
    if not voice.counts_customers:
        heads += voice.heads("worked", "promised_net", "net")
    return Table(voice.say("worked.table"), heads, rows, key="campaigns")


def tabulate_effects(effects: Effects, offers: Sequence[OfferSummary], voice: Voice) -> Table:
    """Tabulate what each offer was thought to do, what is known of it now, and what follows."""
    rows = []
    for offer in offers:
        known = effects.offers[offer.key]
        rows.append(
            [
                voice.pick(offer.name),
                voice.percent(known.assumed),
                voice.estimate(known.estimate),
                _count_arms(known.contacted, known.held, voice),
                voice.percent(known.weight, 0),
                voice.percent(known.pays, 0),
                voice.say(f"worked.verdict.{known.verdict}") if known.verdict else voice.missing(),
                _tell_trial(known.trial, voice),
            ]
        )
    heads = voice.heads("worked", "offer", "assumed", "now", "arms", "weight", "pays", "verdict", "trial")
    return Table(voice.say("worked.effects"), heads, rows, words=frozenset({0, 6, 7}), key="campaign_effects")


def _tell_trial(trial: InformativeArm | None, voice: Voice) -> str:
    """Say how many customers a trial takes that halves the variance of the estimate, and the profit it forgoes."""
    if trial is None:
        return voice.missing()
    return f"{voice.count(trial.customers, 'customer')}; {voice.worth(trial.price)}"


def _judge(estimate: Estimate) -> str:
    """Tell on which side of nothing the whole interval lies."""
    if estimate.low > 0:
        return "helped"
    return "harmed" if estimate.high < 0 else "unclear"


def _count_arms(contacted: int, held: int, voice: Voice) -> str:
    return f"{voice.number(contacted)} / {voice.number(held)}"


def _amount(estimate: Estimate, voice: Voice) -> str:
    """Return an amount with its interval; tenths only where the interval is not wider than ten."""
    return voice.estimate(estimate, "difference", 1 if estimate.high - estimate.low <= 10 else 0)
