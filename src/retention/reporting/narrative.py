"""The manager's summary in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.reporting.headline import Headline
from retention.reporting.language.voice import Voice


@dataclass(frozen=True)
class Narrative:
    """A question the manager has, and the sentences that answer it."""

    key: str
    title: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Card:
    """A key figure with its name and a note."""

    name: str
    value: str
    unit: str
    note: str


def tell(headline: Headline, voice: Voice) -> list[Narrative]:
    """Say what is at risk, what is proposed, what it costs and brings, and how far to trust it."""
    parts = {
        "what": _tell_risk(headline, voice),
        "propose": _tell_plan(headline, voice),
        "brings": _tell_money(headline, voice) if headline.contacts else [],
        "trust": _tell_trust(headline, voice),
    }
    return [Narrative(key, voice.say(f"summary.question.{key}"), said) for key, said in parts.items() if said]


def _tell_risk(headline: Headline, voice: Voice) -> list[str]:
    said = [
        voice.say(
            "summary.risk",
            expected=voice.number(headline.expected_declines),
            customers=voice.count(headline.customers, "customer_of"),
            share=voice.percent(headline.expected_declines / headline.customers, 0),
            profit=voice.money(headline.profit_at_risk),
            months=voice.count_months(headline.horizon_months),
        )
    ]
    if headline.riskiest:
        said.append(
            voice.say(
                "summary.risk_top",
                segment=voice.pick(headline.riskiest.name),
                profit=voice.money(headline.riskiest.profit_at_risk),
                support=voice.count(headline.riskiest.customers, "customer"),
            )
        )
    return said


def _tell_plan(headline: Headline, voice: Voice) -> list[str]:
    if headline.top_offer is None:
        return [voice.say("summary.plan_none")]
    said = [
        voice.say(
            "summary.plan",
            contacts=voice.count(headline.contacts, "customer_with"),
            offer=voice.pick(headline.top_offer.name),
            customers=voice.count(headline.top_offer.customers, "customer"),
        )
    ]
    if headline.holdout:
        said.append(voice.say("summary.holdout", customers=voice.count(headline.holdout, "customer")))
    return said


def _tell_money(headline: Headline, voice: Voice) -> list[str]:
    limited = headline.budget is not None
    said = [
        voice.say(
            "summary.cost" if limited else "summary.cost_unlimited",
            spent=voice.measure(headline.spent),
            budget=voice.measure(headline.budget),
            net=voice.measure(headline.net_profit),
            unit=voice.unit_of_money,
        )
    ]
    if headline.marginal_value:
        said.append(voice.say("summary.marginal", marginal=voice.measure(headline.marginal_value)))
    if headline.best_rule:
        said.append(
            voice.say(
                "summary.against_rule",
                rule=voice.pick(headline.best_rule.name),
                net=voice.measure(headline.best_rule.expected_net_profit),
                plan=voice.measure(headline.net_profit),
            )
        )
    return said


def _tell_trust(headline: Headline, voice: Voice) -> list[str]:
    auc = headline.roc_auc
    model = voice.say(
        "summary.model",
        auc=voice.percent(auc.value, 0),
        interval=voice.interval(voice.percent(auc.low, 0), voice.percent(auc.high, 0)),
        customers=voice.count(headline.test_customers, "customer"),
    )
    inputs = list_assumed(headline.assumed, voice)
    said = [model, voice.say("summary.effects_measured" if headline.measured else "summary.effects", assumed=inputs)]
    if headline.planned_effect and headline.detectable_effect:
        enough = headline.planned_effect >= headline.detectable_effect
        said.append(
            voice.say(
                "summary.detects" if enough else "summary.detects_not",
                detectable=voice.percent(headline.detectable_effect, 0),
                planned=voice.percent(headline.planned_effect, 0),
            )
        )
    return [*said, voice.say("summary.timing")]


def list_assumed(assumed: Sequence[str], voice: Voice) -> str:
    """Return what nobody has measured, named one after another."""
    return ", ".join(voice.say(f"plan.inputs.{name}") for name in assumed)


def show_cards(headline: Headline, voice: Voice) -> list[Card]:
    """Return the four key figures."""
    expected, contacts = voice.number(headline.expected_declines), voice.number(headline.contacts)
    share = voice.percent(headline.expected_declines / headline.customers, 0)
    unit = voice.unit_of_money
    notes = {
        "at_risk": voice.say("summary.card.at_risk_note", share=share, customers=voice.number(headline.customers)),
        "profit": voice.say("summary.card.profit_note", months=voice.count_months(headline.horizon_months)),
        "contacts": voice.say("summary.card.contacts_note", spent=voice.money(headline.spent)),
        "net": voice.say("summary.card.net_note_measured" if headline.measured else "summary.card.net_note"),
    }
    values = {
        "at_risk": (expected, voice.noun(expected, "customer")),
        "profit": (voice.measure(headline.profit_at_risk), unit),
        "contacts": (contacts, voice.noun(contacts, "customer")),
        "net": (voice.measure(headline.net_profit), unit),
    }
    return [Card(voice.say(f"summary.card.{key}"), *values[key], note) for key, note in notes.items()]
