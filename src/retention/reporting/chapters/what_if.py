"""The what-if: sliders over plans that are computed beforehand and worded here, so that the page only looks them up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from retention.audience.plan.summary import PlanSummary
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

AXES = ("budget", "threshold", "factor")
FACTS = ("chosen", "held", "spent", "gross", "net", "difference")
REACH = ("above", "reachable")


@dataclass(frozen=True)
class WhatIf:
    """What the page's script looks up."""

    start: Sequence[int]  # the position of each slider that is the plan itself
    labels: Sequence[Sequence[str]]  # of each slider, what its positions mean
    said: str  # the sentence with its places
    reach: Sequence[Sequence[str]]  # the facts that depend on the threshold alone
    rows: Sequence[Sequence[str]]  # the different plans, in words
    positions: Sequence[int]
    """The row of each position; they run through the sliders in their order, the last one fastest."""

    @property
    def own(self) -> Sequence[str]:
        """The plan itself."""
        place = np.ravel_multi_index([*self.start], [len(labels) for labels in self.labels])
        return self.rows[self.positions[int(place)]]


def prepare_what_if(table: pd.DataFrame, plan: PlanSummary, voice: Voice) -> WhatIf:
    """Word every position of ``what_if.parquet``: the plan itself first, then one plan for each position."""
    own, rules = table.iloc[0], table.iloc[1:].sort_values([*AXES])
    tries = [(key, np.unique(rules[key].to_numpy(dtype=float))) for key in AXES]
    suggested = plan.threshold.suggested.value if plan.threshold else None
    worded = [_word_plan(row, own["net_profit"], plan, voice) for _, row in rules.iterrows()]
    at_start = (rules[[*AXES]] == own[[*AXES]].to_numpy()).all(axis=1)
    start = _word_plan(own, own["net_profit"], plan, voice, plan.holdout.customers)
    worded = [start if first else row for first, row in zip(at_start, worded, strict=True)]
    place = {row: number for number, row in enumerate(dict.fromkeys(worded))}
    reach = rules.drop_duplicates("threshold")[[*REACH]].to_numpy().tolist()
    return WhatIf(
        [int((tried == own[key]).argmax()) for key, tried in tries],
        [[_name_position(key, value, suggested, voice) for value in tried.tolist()] for key, tried in tries],
        voice.say("what_if.said", **{key: f"{{{key}}}" for key in ("chosen", "net", *AXES)}),
        [[voice.number(value) for value in pair] for pair in reach],
        list(place),
        [place[row] for row in worded],
    )


def _name_position(key: str, value: float, suggested: float | None, voice: Voice) -> str:
    if key == "budget":
        return voice.say("decision.unlimited") if np.isinf(value) else voice.cost(value)
    if key == "threshold":
        said = voice.number(value, 2)
        note = "what_if.no_threshold" if value == 0 else "what_if.suggested" if value == suggested else ""
        return voice.say(note, value=said) if note else said
    said = voice.say("campaign.times", factor=voice.measure(value))
    return voice.say("what_if.as_set", value=said) if value == 1 else said


def _word_plan(row: pd.Series, own: float, plan: PlanSummary, voice: Voice, held: int | None = None) -> tuple[str, ...]:
    """Return the facts of a plan beside the net profit of our own, then each offer's customers, cost and net profit."""
    more, share = round(row["net_profit"] - own, 9), plan.holdout.share
    facts = {
        "chosen": voice.count(int(row["contacts"]), "customer"),
        "held": voice.number(round(row["contacts"] * share / (1 - share)) if held is None else held),
        "spent": voice.cost(row["spent"]),
        "gross": voice.worth(row["net_profit"] + row["spent"]),
        "net": voice.worth(row["net_profit"]),
        "difference": ("+" if more > 0 else "") + voice.worth(more),
    }
    cells = [
        say(row[f"{offer.key}_{what}"])
        for offer in plan.offers
        for what, say in (("customers", voice.number), ("cost", voice.measure), ("net_profit", voice.measure))
    ]
    return (*(facts[key] for key in list_keys(voice)), *cells)


def list_keys(voice: Voice) -> list[str]:
    """Return the facts of a plan; what is saved before costs only where costs can be taken from it."""
    return [key for key in FACTS if key != "gross" or not voice.counts_customers]


def tell_position(found: WhatIf, voice: Voice) -> str:
    """Say where the sliders stand at first, in one sentence."""
    labels = {key: labels[place] for key, labels, place in zip(AXES, found.labels, found.start, strict=True)}
    return voice.say("what_if.said", chosen=found.own[0], net=found.own[list_keys(voice).index("net")], **labels)


def list_facts(found: WhatIf, voice: Voice) -> list[tuple[str, str]]:
    """Return the name and value of each fact of the plan itself."""
    keys = list_keys(voice)
    values = [*found.own[: len(keys)], *found.reach[found.start[1]]]
    return list(zip([voice.say(f"what_if.fact.{key}") for key in (*keys, *REACH)], values, strict=True))


def tabulate_plan(found: WhatIf, plan: PlanSummary, voice: Voice) -> Table:
    """Tabulate the customers, cost and net profit of each offer of the plan itself."""
    cells = iter(found.own[len(list_keys(voice)) :])
    head = voice.heads("campaign", "offer", "customers", "cost", "value")
    rows = [[voice.pick(offer.name), *islice(cells, 3)] for offer in plan.offers]
    return Table(voice.say("what_if.offers"), head, rows)


def tell_shortfall(table: pd.DataFrame, voice: Voice) -> str:
    """Say how far the rule that found the other plans falls short of the plan itself."""
    own, rules = table.iloc[0], table.iloc[1:]
    rule = rules[(rules[[*AXES]] == own[[*AXES]].to_numpy()).all(axis=1)].iloc[0]
    less = own["net_profit"] - rule["net_profit"]
    if own["net_profit"] <= 0 or less <= 1e-6 * own["net_profit"]:
        return voice.say("what_if.rule_equal")
    return voice.say("what_if.rule_less", rule=rule["net_profit"], gap=less / own["net_profit"])
