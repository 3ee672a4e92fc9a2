"""What the manager decides by: three figures, the sentence to approve, profit against budget, and what is doubtful."""

import re
from dataclasses import dataclass

import numpy as np

from retention.reporting.chapters.campaign import tell_power
from retention.reporting.chapters.trust import find_known, judge_trust, list_assumed, tell_why
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import Point, draw_path
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.tables.columns import PROBABILITY, TARGET

NOTABLE = 1.005  # a plan that brings so many times as much brings more: other budgets' are found by a quick rule


@dataclass(frozen=True)
class Card:
    """A key figure with its name and a note."""

    key: str
    name: str
    value: str
    unit: str
    note: str


def tell_outcome(voice: Voice) -> str:
    """Say what is predicted in the shop's own words: the texts call it a drop of activity whatever it is."""
    return voice.say(
        "page.outcome", label=voice.quote(voice.column(TARGET)), value=voice.quote(voice.value(TARGET, "1"))
    )


def show_cards(sources: Sources, voice: Voice) -> list[Card]:
    """Return the figures of money, of contacts and of trust; what the shop lacks is left out."""
    plan, (auc, interval) = sources.plan, _say_auc(sources, voice)
    note = voice.say("decision.card.trust_note", interval=interval)
    trust = Card("trust", voice.say("decision.card.trust"), auc, "", note)
    if not plan.offers:
        expected = voice.number(float(sources.probabilities[PROBABILITY].sum()))
        return [Card("risk", voice.say("decision.card.risk"), expected, voice.noun(expected, "customer"), ""), trust]
    net, contacts = voice.measure(plan.expected_net_profit), voice.number(plan.contacts)
    budget = voice.say("decision.unlimited") if plan.budget is None else voice.cost(plan.budget)
    spent, held = voice.say("decision.card.spent", plan, budget=budget), voice.say("decision.card.held", plan)
    unit = voice.noun(net, "customer") if voice.counts_customers else voice.unit_of_cost
    return [
        Card("money", voice.say("decision.card.net"), net, unit, spent),
        Card("contacts", voice.say("decision.card.contacts"), contacts, voice.noun(contacts, "customer"), held),
        trust,
    ]


def tell_approval(sources: Sources, voice: Voice) -> str:
    """Return the sentence to approve."""
    plan = sources.plan
    if not plan.offers or not plan.contacts:
        return voice.say("decision.no_offers" if not plan.offers else "decision.nobody")
    top = max(plan.offers, key=lambda offer: offer.expected_value)
    said = [voice.say("decision.launched" if plan.launched else "decision.approve", plan, top=top)]
    if plan.holdout.customers:
        said.append(voice.say("decision.was_held" if plan.launched else "decision.hold", plan.holdout))
    return " ".join([*said, tell_power(plan.holdout, voice)])


def tell_risk(sources: Sources, voice: Voice) -> str:
    """Say how many customers are expected to decline, and what profit is at risk with them."""
    expected, customers = float(sources.probabilities[PROBABILITY].sum()), len(sources.probabilities)
    numbers = {"expected": expected, "customers": customers, "share": expected / customers}
    known = find_known(sources).known  # what is known already is no forecast
    declines = voice.say("decision.declines.estimated" if known else "decision.declines.forecast")
    return voice.say("decision.risk", sources.segments, **numbers, declines=declines)


def tell_doubts(sources: Sources, voice: Voice) -> str:
    """Say in one line what is doubtful: all that is trusted little, then what nobody has measured or checked yet."""
    plan = sources.plan
    low = [one for one in judge_trust(sources) if one.grade == "low" and one.what != "effects"]
    said = [tell_why(one, sources, voice) for one in low]
    if plan.offers and plan.assumed:
        said.append(voice.say("decision.assumed", assumed=list_assumed(plan, voice)))
    if not sources.periods.acted_on:
        said.append(voice.say("decision.timing"))
    elif sources.evaluation.out_of_time is None:
        said.append(voice.say("decision.no_later"))
    return " ".join(said) or voice.say("decision.no_doubt")


def show_budget(sources: Sources, voice: Voice) -> Figure | None:
    """Show what the plan would bring with more or less budget, itself marked; None where there is no choice."""
    if not sources.plan.offers or sources.plan.launched:
        return None
    own, rules = sources.what_if.iloc[0], sources.what_if.iloc[1:]
    same = (rules["threshold"] == own["threshold"]) & (rules["factor"] == own["factor"])
    known = rules[same & np.isfinite(rules["budget"])].sort_values("budget")
    if len(known) < 3:
        return None
    columns = {
        "budget": "{budget:measure}",
        "spent": "{spent:measure}",
        "contacts": "{contacts:number}",
        "net": "{net_profit:measure}",
    }
    head, rows = voice.tabulate("decision", columns, known.itertuples())
    plans = zip(known.itertuples(), rows, strict=True)
    points = [Point(one.spent, one.net_profit, row[1], row[3]) for one, row in plans]
    here = Point(own["spent"], own["net_profit"], voice.say("decision.here", own), "")
    x, y, title = (voice.say(f"decision.budget_{part}") for part in ("x", "y", "title"))
    more = rules.loc[same & (rules["budget"] > own["budget"]), "net_profit"].max() > own["net_profit"] * NOTABLE
    said = "marginal" if sources.plan.marginal_value_of_budget else "later" if more else "no_marginal"
    drawn = draw_path(points, here, x, y)
    return Figure("budget", title, voice.say(f"decision.{said}", sources.plan), drawn, Table(title, head, rows))


def render_markdown(title: str, sources: Sources, voice: Voice) -> str:
    """Return the screen as short Markdown: a heading, then a line each."""
    auc, interval = _say_auc(sources, voice)
    said = [
        tell_approval(sources, voice),
        tell_risk(sources, voice),
        voice.say("decision.picks", auc=auc, interval=interval),
        f"{voice.say('decision.doubtful')} {tell_doubts(sources, voice)}",
        voice.say("decision.lists", lists=", ".join(sources.lists)),
    ]
    heading, *lines = (re.sub(r"([\\*_`\[\]<>])", r"\\\1", line) for line in (title, *said))  # names do not format
    return "\n".join([f"**{heading}**", *(f"- {line}" for line in lines)]) + "\n"


def _say_auc(sources: Sources, voice: Voice) -> tuple[str, str]:
    """Return how often the model picks the right one of two customers, and the interval of that."""
    auc = sources.evaluation.leading.roc_auc
    value, low, high = (voice.percent(end, 0) for end in (auc.value, auc.low, auc.high))
    return value, voice.interval(low, high)
