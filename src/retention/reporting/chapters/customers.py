"""Every customer: the probability, what it is made of, the segments, the offer and why this one.

The page's script searches, sorts and shows; every figure and sentence is made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from retention.audience.declared import Offer
from retention.audience.offers.audience import build_audience
from retention.audience.plan.settings import Money
from retention.campaigns.ledger import ARM, AT_STAKE, CONTACTED, COST, HELD, OFFER
from retention.learning.model.choice import OutputScale
from retention.reporting.chapters.campaign import find_price
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.tables.columns import ID, PROBABILITY, PROFIT

FIRST = 8  # rows of the table before the script takes over, and of a page of it
LISTS = {CONTACTED: 0, HELD: 1}  # where the plan puts a customer; 2 for nowhere
WHYS = (
    "contact", "control", "resting", "consent", "launched", "unsuited", "unpaying", "too_few", "budget", "limits",
)  # fmt: skip
THOUSANDTHS = 1000
EMPTY = "–"


class Row(NamedTuple):
    """A customer.

    Probability and profit come in words and as a number to sort by. `list`, `offer` (-1 for none), `segments` and `why`
    are places in the lists of `Customers`. `parts` are those of `split_output`; `fill` stands in the sentence: what the
    offer is expected to bring, or which one is meant.
    """

    id: str
    risk: str
    risk_key: int
    profit: str
    profit_key: float
    list: int
    offer: int
    segments: Sequence[int]
    parts: Sequence[int | None]
    values: Sequence[str]
    why: int
    fill: str


@dataclass(frozen=True)
class Customers:
    """What the page's script shows: the customers, what the places in them mean, and how many are beyond the cap."""

    rows: Sequence[Row]
    columns: Sequence[str]
    segments: Sequence[str]
    offers: Sequence[str]
    lists: Sequence[str]
    whys: Sequence[str]
    left_out: int


def prepare_customers(sources: Sources, cap: int, voice: Voice) -> Customers:
    """Word every customer: those planned first, then by the profit at risk (or the risk), at most `cap`."""
    shown = _choose(sources, cap)
    names = [item.column for item in sources.explanation.importance]
    keys = [segment.key for segment in sources.segments.segments]
    parts = sources.attributions.set_index(ID).loc[shown.index]
    probability = shown[PROBABILITY].to_numpy(dtype=float)
    belongs = sources.membership.set_index(ID).loc[shown.index, keys].to_numpy(dtype=bool)
    profit = shown[PROFIT].to_numpy(dtype=float) if sources.roles.money else np.zeros(len(shown))
    least = voice.number(sources.plan.least_customers)
    why, named = _find_whys(shown, sources, voice)
    columns = zip(
        map(str, shown.index),
        map(voice.percent, probability.tolist()),
        np.rint(probability * 100 * THOUSANDTHS).astype(int).tolist(),
        map(voice.measure, profit.tolist()) if sources.roles.money else [""] * len(shown),
        profit.tolist(),
        shown[ARM].map(LISTS).fillna(2).astype(int).tolist(),
        shown[OFFER].map({offer.key: place for place, offer in enumerate(sources.plan.offers)}).fillna(-1).astype(int),
        [np.flatnonzero(row).tolist() for row in belongs],
        split_output(parts, names, probability, sources.explanation.explained),
        zip(*(_word_column(name, shown[name], voice) for name in names), strict=True),
        why,
        (worth or name for worth, name in zip(_expect(shown, sources, voice), named, strict=True)),
        strict=True,
    )
    return Customers(
        [Row(*one) for one in columns],
        [voice.column_with_unit(name) for name in names],
        [voice.pick(segment.name) for segment in sources.segments.segments],
        [voice.pick(offer.name) for offer in sources.plan.offers],
        [voice.say(f"customers.list.{name}") for name in ("contact", "control", "outside")],
        [voice.say(f"customers.why.{name}", value="{value}", least=least) for name in WHYS],
        len(sources.probabilities) - len(shown),
    )


def _choose(sources: Sources, cap: int) -> pd.DataFrame:
    """Return the customers in order, by id, with their probability and their place in the plan."""
    shop = sources.customers.set_index(ID).join(sources.probabilities.set_index(ID)[PROBABILITY])
    shop = shop.join(sources.planned.set_index(ID)[[ARM, OFFER, AT_STAKE, COST]])
    at_risk = shop[PROBABILITY] * (shop[PROFIT].clip(lower=0) if sources.roles.money else 1.0)
    return shop.iloc[np.lexsort((-at_risk.to_numpy(), shop[ARM].map(LISTS).fillna(2).to_numpy()))[:cap]]


def split_output(
    parts: pd.DataFrame, names: Sequence[str], probability: NDArray[np.float64], scale: OutputScale
) -> list[list[int | None]]:
    """Return for each customer the base, the columns' parts and the last step to the probability, in thousandths.

    Base and parts add up to the model's output exactly as written: the base takes what rounding leaves. With the last
    step, which is calibration's, they add up to the log-odds of the probability, or to itself where the output is one;
    a mere score has no such step (None).
    """
    rounded = np.rint(parts[[*names]].to_numpy(dtype=float) * THOUSANDTHS).astype(int)
    output = np.rint(parts["output"].to_numpy(dtype=float) * THOUSANDTHS).astype(int)
    base = output - rounded.sum(axis=1)
    inner = np.clip(probability, 1e-6, 1 - 1e-6)
    final = np.log(inner / (1 - inner)) if scale == "log-odds" else probability
    steps = (np.rint(final * THOUSANDTHS).astype(int) - output).tolist()
    whole = zip(base.tolist(), rounded.tolist(), steps, strict=True)
    return [[first, *row, None if scale == "score" else last] for first, row, last in whole]


def _word_column(name: str, values: pd.Series, voice: Voice) -> list[str]:
    if is_numeric_dtype(values):
        return [voice.amount(name, value) if np.isfinite(value) else EMPTY for value in values.to_numpy(dtype=float)]
    return [EMPTY if pd.isna(value) else voice.value(name, str(value)) for value in values]


def _find_whys(shown: pd.DataFrame, sources: Sources, voice: Voice) -> tuple[list[int], list[str]]:
    """Return the place of the sentence that says why this offer, or why none, and the offer that a sentence names."""
    plan = sources.plan
    offers = {  # without the words, which play no part in who may get them and what they bring
        one.key: Offer.model_construct(segments=one.segments, cost=one.formula, effect=one.effect)  # type: ignore[call-arg]
        for one in plan.offers
    }
    money = cast("Money", plan.money)  # not looked at where there is none
    audience = build_audience(shown.reset_index(), sources.rules, offers, money, sources.roles)
    sent, none = np.array([not one.too_few for one in plan.offers], dtype=bool), np.full((len(shown), 1), -np.inf)
    pays = np.hstack([np.where(audience.eligible, audience.compute_values(), -np.inf), none])
    open_ = np.hstack([np.where(sent, pays[:, :-1], -np.inf), none])
    price, other = find_price(plan), any(float(one.price) > 0 for one in plan.prices if one.limit != "budget")
    priced = open_ - np.hstack([price * audience.costs, np.zeros_like(none)])
    limited = (shown[PROBABILITY] < sources.what_if["threshold"].iloc[0]) | other  # by more than the budget
    reasons = {
        "contact": shown[ARM] == CONTACTED,
        "control": shown[ARM] == HELD,
        "resting": shown.index.astype(str).isin(sources.resting),
        "consent": ~audience.consent,
        "launched": np.full(len(shown), plan.launched),
        "unsuited": ~audience.eligible.any(axis=1),
        "unpaying": pays.max(axis=1) <= 0,
        "too_few": open_.max(axis=1) <= 0,
        "budget": (priced.max(axis=1) <= 0) | (~limited & (price > 0)),  # what a budget leaves buys no further offer
    }
    why = np.select([np.asarray(one) for one in reasons.values()], range(len(reasons)), WHYS.index("limits"))
    best = np.where(why == WHYS.index("too_few"), pays.argmax(axis=1), open_.argmax(axis=1))
    names = [*(voice.quote(voice.pick(one.name)) for one in plan.offers), ""]
    named = np.isin(why, [WHYS.index("too_few"), WHYS.index("limits")])
    return why.tolist(), [names[place] if name else "" for place, name in zip(best, named, strict=True)]


def _expect(shown: pd.DataFrame, sources: Sources, voice: Voice) -> list[str]:
    """Return what each one's offer is expected to bring, less its cost; empty where there is no offer."""
    money = sources.plan.money
    loss = money.loss_share.value if isinstance(money, Money) else 1.0
    effect = shown[OFFER].map({offer.key: offer.effect.value for offer in sources.plan.offers}).astype(float)
    saved = shown[PROBABILITY] * shown[AT_STAKE] * loss * effect
    worth = saved - (shown[COST] if isinstance(money, Money) else 0.0)
    return ["" if np.isnan(value) else voice.worth(value) for value in worth.to_numpy(dtype=float)]


def tabulate_first(found: Customers, voice: Voice) -> Table:
    """Tabulate the first customers as the page shows them before its script runs, or without it."""
    rows = [
        [row.id, row.risk, row.profit, found.lists[row.list], found.offers[row.offer] if row.offer >= 0 else ""]
        for row in found.rows[:FIRST]
    ]
    head = voice.heads("customers", "id", "probability", "profit", "list", "offer")
    if voice.counts_customers:
        head, rows = [*head[:2], *head[3:]], [[*row[:2], *row[3:]] for row in rows]
    return Table(voice.say("customers.table"), head, rows, frozenset({0, len(head) - 2, len(head) - 1}))
