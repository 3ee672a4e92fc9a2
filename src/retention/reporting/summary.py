"""What the manager reads first: the key figures, and a few sentences for the page and for a chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.audience.plan.baselines import SimplePlan
from retention.audience.plan.summary import OfferSummary
from retention.audience.segments.summary import SegmentSummary
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.tables.columns import PROBABILITY


@dataclass(frozen=True)
class Headline:
    """What no artifact holds by itself.

    Parameters
    ----------
    customers : int
        Customers with a probability.
    expected_declines : float
        The sum of their probabilities.
    riskiest : SegmentSummary or None
        The segment with the most profit at risk among those large enough.
    top_offer : OfferSummary or None
        The offer that most customers get.
    best_rule : SimplePlan or None
        The best of the simple rules that keep to the budget.
    """

    customers: int
    expected_declines: float
    riskiest: SegmentSummary | None
    top_offer: OfferSummary | None
    best_rule: SimplePlan | None


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


def summarise_headline(sources: Sources) -> Headline:
    """Find the manager's figures in the artifacts."""
    probability = sources.probabilities[PROBABILITY]
    segments = [segment for segment in sources.segments.segments if segment.profit_at_risk is not None]
    offers = [offer for offer in sources.plan.offers if offer.customers > 0]
    rules = [rule for rule in sources.plan.baselines if not rule.over_budget]
    return Headline(
        customers=len(probability),
        expected_declines=float(probability.sum()),
        riskiest=max(segments, key=lambda segment: segment.profit_at_risk or 0.0, default=None),
        top_offer=max(offers, key=lambda offer: offer.customers, default=None),
        best_rule=max(rules, key=lambda rule: rule.expected_net_profit, default=None),
    )


def tell(sources: Sources, voice: Voice) -> list[Narrative]:
    """Say what is at risk, what is proposed, what it costs and brings, and how far to trust it."""
    headline = summarise_headline(sources)
    parts = {
        "what": _tell_risk(headline, sources, voice),
        "propose": _tell_plan(headline, sources, voice),
        "brings": _tell_money(headline, sources, voice) if sources.plan.contacts else [],
        "trust": _tell_trust(sources, voice),
    }
    return [Narrative(key, voice.say(f"summary.question.{key}"), said) for key, said in parts.items() if said]


def _tell_risk(headline: Headline, sources: Sources, voice: Voice) -> list[str]:
    segments = sources.segments
    risk = voice.say(
        "summary.risk",
        expected=voice.number(headline.expected_declines),
        customers=voice.count(headline.customers, "customer_of"),
        share=voice.percent(headline.expected_declines / headline.customers, 0),
        profit=voice.worth(segments.population.profit_at_risk),
        months=voice.count_months(segments.horizon_months),
        lost=voice.percent(segments.loss_share, 0),
    )
    if headline.riskiest is None:
        return [risk]
    top = voice.say(
        "summary.risk_top",
        segment=voice.pick(headline.riskiest.name),
        profit=voice.worth(headline.riskiest.profit_at_risk),
        support=voice.count(headline.riskiest.support, "customer"),
    )
    return [risk, top]


def _tell_plan(headline: Headline, sources: Sources, voice: Voice) -> list[str]:
    plan = sources.plan
    if not plan.offers:
        return [voice.say("summary.no_offers")]
    if headline.top_offer is None:
        return [voice.say("summary.plan_none")]
    said = [
        voice.say(
            "summary.plan" if sources.roles.consent else "summary.plan_open",
            contacts=voice.count(plan.contacts, "customer_with"),
            offer=voice.pick(headline.top_offer.name),
            customers=voice.count(headline.top_offer.customers, "customer"),
        )
    ]
    if plan.holdout.customers:
        said.append(voice.say("summary.holdout", customers=voice.count(plan.holdout.customers, "customer")))
    return said


def _tell_money(headline: Headline, sources: Sources, voice: Voice) -> list[str]:
    plan, net = sources.plan, voice.measure(sources.plan.expected_net_profit)
    said = [
        voice.say(
            "summary.cost_unlimited" if plan.budget is None else "summary.cost",
            spent=voice.measure(plan.spent),
            budget=voice.measure(plan.budget),
            net=net,
            kept=voice.worth(plan.expected_net_profit),
            unit=voice.unit_of_cost,
        )
    ]
    if plan.marginal_value_of_budget:
        more = plan.marginal_value_of_budget
        said.append(voice.say("summary.marginal", marginal=voice.measure(more), kept=voice.worth(more)))
    if headline.best_rule:
        name, simple = voice.pick(headline.best_rule.name), voice.measure(headline.best_rule.expected_net_profit)
        said.append(voice.say("summary.against_rule", rule=name, net=simple, plan=net))
    return said


def _tell_trust(sources: Sources, voice: Voice) -> list[str]:
    plan, holdout = sources.plan, sources.plan.holdout
    effects = "summary.effects_measured" if plan.effects == "measured" else "summary.effects"
    said = [*tell_ranking(sources, voice)]
    if plan.offers:
        said.append(voice.say(effects, assumed=list_assumed(plan.assumed, voice)))
    if holdout.planned_effect and holdout.detectable_effect:
        enough = holdout.planned_effect >= holdout.detectable_effect
        found, planned = voice.percent(holdout.detectable_effect, 0), voice.percent(holdout.planned_effect, 0)
        key = "summary.detects" if enough else "summary.detects_not"
        said.append(voice.say(key, detectable=found, planned=planned))
    return said if sources.periods.acted_on else [*said, voice.say("summary.timing")]


def tell_ranking(sources: Sources, voice: Voice) -> list[str]:
    """Say how well the model orders customers by what leads, the worse of held-out and out-of-time, and what it is."""
    found, dated = sources.evaluation, bool(sources.periods.acted_on)
    lead, later = found.leading, found.out_of_time
    auc = [voice.percent(end, 0) for end in (lead.roc_auc.value, lead.roc_auc.low, lead.roc_auc.high)]
    told = {
        "auc": auc[0],
        "interval": voice.interval(*auc[1:]),
        "customers": voice.count(lead.support.customers, "customer_month" if dated else "customer"),
    }
    said = [voice.say("summary.model" if lead is found.test else "summary.model_later", **told)]
    if later:
        both = {name: voice.percent(part.roc_auc.value, 0) for name, part in (("test", found.test), ("later", later))}
        said.append(voice.say("summary.both", **both))
    return said if later or not dated else [*said, voice.say("summary.no_later")]


def list_assumed(assumed: Sequence[str], voice: Voice) -> str:
    """Return what nobody has measured, named one after another."""
    return ", ".join(voice.say(f"plan.inputs.{name}") for name in assumed)


def show_cards(sources: Sources, voice: Voice) -> list[Card]:
    """Return the key figures: two of the risk, two of the plan; what the shop lacks is left out."""
    headline, plan, segments = summarise_headline(sources), sources.plan, sources.segments
    expected, contacts = voice.number(headline.expected_declines), voice.number(plan.contacts)
    share = voice.percent(headline.expected_declines / headline.customers, 0)
    net = voice.measure(plan.expected_net_profit)
    measured = "summary.card.net_note_measured" if plan.effects == "measured" else "summary.card.net_note"
    notes = {
        "at_risk": voice.say("summary.card.at_risk_note", share=share, customers=voice.number(headline.customers)),
        "profit": voice.say(
            "summary.card.profit_note",
            months=voice.count_months(segments.horizon_months),
            lost=voice.percent(segments.loss_share, 0),
        ),
        "contacts": voice.say("summary.card.contacts_note", spent=voice.cost(plan.spent)),
        "net": voice.say(measured),
    }
    values = {
        "at_risk": (expected, voice.noun(expected, "customer")),
        "profit": (voice.measure(segments.population.profit_at_risk), voice.unit_of_cost),
        "contacts": (contacts, voice.noun(contacts, "customer")),
        "net": (net, voice.noun(net, "customer") if voice.counts_customers else voice.unit_of_cost),
    }
    shown = {"at_risk": True, "profit": sources.roles.money, "contacts": bool(plan.offers), "net": bool(plan.offers)}
    return [Card(voice.say(f"summary.card.{key}"), *values[key], notes[key]) for key in notes if shown[key]]


def render_markdown(title: str, parts: Sequence[Narrative]) -> str:
    """Return the summary as short Markdown: a heading, then a bold lead-in and sentences each."""
    lines = [f"**{_escape(title)}**"]
    lines += [f"- **{_escape(part.title)}.** {_escape(' '.join(part.sentences))}" for part in parts]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    """Keep names that come from settings from turning into formatting."""
    for sign in "\\*_`[]<>":
        text = text.replace(sign, f"\\{sign}")
    return text
