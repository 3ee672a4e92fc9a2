"""Did it work: what each campaign promised and what happened, the balance, and what the plan makes of it."""

from collections.abc import Sequence

from retention.audience.plan.summary import OfferSummary
from retention.campaigns.effects import Effects
from retention.campaigns.summary import Balance, Measured
from retention.estimate import Estimate
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Cell, Voice
from retention.tables.months.periods import move_month

TRIAL = "{customers:count customer}; {price:worth}"
"""The customers that a trial takes which halves the variance of the estimate, and the profit that it forgoes."""


def tell_balance(balance: Balance, voice: Voice) -> list[str]:
    """Say what all campaigns together promised and brought, in customers and in money."""
    avoided, net = balance.avoided_customers, balance.net_profit
    said = [voice.say("worked.balance", balance)]
    if avoided:
        said.append(voice.say(f"worked.avoided.{avoided.side()}", balance, happened=_amount(avoided, voice)))
    if net and balance.promise.net_profit is not None:
        said.append(voice.say(f"worked.net.{net.side()}", balance, happened=_amount(net, voice)))
    return said


def tell_waiting(campaigns: Sequence[Measured], resting: int, voice: Voice) -> list[str]:
    """Say of which campaigns the result is not known yet, and how many customers rest until it is."""
    said = [voice.say("worked.waiting", one) for one in campaigns if not one.readable]
    return [*said, voice.say("worked.resting", customers=resting)] if resting else said


def tell_reached(one: Measured, voice: Voice) -> list[str]:
    """Say what the CRM knows of a campaign: how many were reached and took the offer, and when if it told that."""
    said = [voice.say("worked.reached", one)]
    if days := one.soundness and one.soundness.reached_on:
        said.append(voice.say(f"worked.days.{'one' if days.first == days.last else 'many'}", days))
        said += [voice.say("worked.late", days, month=move_month(one.month, 1))] if days.late else []
    return said


def tabulate_campaigns(campaigns: Sequence[Measured], voice: Voice) -> Table:
    """Tabulate each campaign: what was promised at the launch, and what happened by assignment."""
    columns: dict[str, Cell] = {
        "month": "{month:date}",
        "arms": "{contacted:number} / {held:number}",
        "spent": "{spent:measure}",
        "promised": lambda one: voice.number((one.pooled or one).promise.avoided, 1),
        "avoided": lambda one: _amount(one.pooled.avoided_customers, voice) if one.pooled else voice.date(one.reading),
    }
    if not voice.counts_customers:
        columns["promised_net"] = lambda one: voice.number((one.pooled or one).promise.net_profit, 1)
        columns["net"] = lambda one: _amount(one.pooled and one.pooled.net_profit, voice)
    return Table(voice.say("worked.table"), *voice.tabulate("worked", columns, campaigns), key="campaigns")


def tabulate_effects(effects: Effects, offers: Sequence[OfferSummary], voice: Voice) -> Table:
    """Tabulate what each offer was thought to do, what is known of it now, and what follows."""
    columns: dict[str, Cell] = {
        "offer": "{0.name:pick}",
        "assumed": "{1.assumed:percent}",
        "now": "{1.estimate:estimate}",
        "arms": "{1.contacted:number} / {1.held:number}",
        "weight": "{1.weight:percent 0}",
        "pays": "{1.pays:percent 0}",
        "verdict": lambda one: voice.say(f"worked.verdict.{one[1].verdict}") if one[1].verdict else voice.missing(),
        "trial": lambda one: voice.fill(TRIAL, one[1].trial) if one[1].trial else voice.missing(),
    }
    table = voice.tabulate("worked", columns, [(offer, effects.offers[offer.key]) for offer in offers])
    return Table(voice.say("worked.effects"), *table, words=frozenset({0, 6, 7}), key="campaign_effects")


def _amount(estimate: Estimate | None, voice: Voice) -> str:
    """Return an amount with its interval; tenths only where the interval is not wider than ten."""
    if estimate is None:
        return voice.missing()
    return voice.estimate(estimate, "signed_number", 1 if estimate.high - estimate.low <= 10 else 0)
