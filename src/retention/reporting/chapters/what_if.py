"""The what-if: sliders over plans that are computed beforehand and worded here, so that the page only looks them up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.plan.summary import PlanSummary
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice

AXES = ("budget", "threshold", "factor")
FACTS = ("chosen", "held", "spent", "gross", "net", "difference")
REACH = ("above", "reachable")


@dataclass(frozen=True)
class Control:
    """A slider.

    Parameters
    ----------
    key, name : str
        Of what it sets.
    labels : sequence of str
        What each position means.
    start : int
        The position of the plan itself.
    """

    key: str
    name: str
    labels: Sequence[str]
    start: int


@dataclass(frozen=True)
class Positions:
    """What the page's script looks up.

    Parameters
    ----------
    start : sequence of int
        The position of each control that is the plan itself.
    labels : sequence of sequence of str
        Of each control.
    said : str
        The sentence with its places.
    reach : sequence of sequence of str
        The facts that depend on the threshold alone.
    rows : sequence of sequence of str
        The different plans, in words.
    positions : sequence of int
        The row of each position; they run through the controls in their order, the last one fastest.
    """

    start: Sequence[int]
    labels: Sequence[Sequence[str]]
    said: str
    reach: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    positions: Sequence[int]


@dataclass(frozen=True)
class WhatIf:
    """The what-if as it stands before a slider is moved, and the data of all positions.

    Parameters
    ----------
    controls : sequence of Control
    said : str
        The position in one sentence.
    facts : sequence of (name, value)
    offers : Table
    note : str
        How far the rule that found the other plans falls short of the plan.
    positions : Positions
    """

    controls: Sequence[Control]
    said: str
    facts: Sequence[tuple[str, str]]
    offers: Table
    note: str
    positions: Positions


def prepare_what_if(table: pd.DataFrame, plan: PlanSummary, voice: Voice) -> WhatIf:
    """Word every position.

    Parameters
    ----------
    table : DataFrame
        ``what_if.parquet``: the plan itself first, then one plan for each position.
    plan : PlanSummary
    voice : Voice
        The language.
    """
    own, rules = table.iloc[0], table.iloc[1:].sort_values([*AXES])
    controls = [_build_control(key, own[key], rules[key], plan, voice) for key in AXES]
    at_start = (rules[[*AXES]] == own[[*AXES]].to_numpy()).all(axis=1)
    worded = [_word_plan(row, own["net_profit"], plan, voice) for _, row in rules.iterrows()]
    start = _word_plan(own, own["net_profit"], plan, voice)
    worded = [start if first else row for first, row in zip(at_start, worded, strict=True)]
    rows = list(dict.fromkeys(worded))
    place = {row: number for number, row in enumerate(rows)}
    reach = rules.drop_duplicates("threshold")[[*REACH]]
    reached = [[voice.number(value) for value in pair] for pair in reach.to_numpy().tolist()]
    starts = [control.start for control in controls]
    values = [*start[: len(FACTS)], *reached[starts[1]]]
    return WhatIf(
        controls,
        voice.say("what_if.said", **_name_position(controls, starts), chosen=start[0], net=start[4]),
        list(zip([voice.say(f"what_if.fact.{key}") for key in (*FACTS, *REACH)], values, strict=True)),
        _tabulate(start[len(FACTS) :], plan, voice),
        _tell_shortfall(own, rules[at_start].iloc[0], voice),
        Positions(
            starts,
            [control.labels for control in controls],
            voice.say("what_if.said", **{key: f"{{{key}}}" for key in ("chosen", "net", *AXES)}),
            reached,
            rows,
            [place[row] for row in worded],
        ),
    )


def _name_position(controls: Sequence[Control], places: Sequence[int]) -> dict[str, str]:
    return {control.key: control.labels[place] for control, place in zip(controls, places, strict=True)}


def _build_control(key: str, own: float, tried: pd.Series, plan: PlanSummary, voice: Voice) -> Control:
    values = np.unique(tried.to_numpy(dtype=float))
    suggested = plan.threshold.suggested.value if plan.threshold.suggested else None
    name: dict[str, Callable[[float], str]] = {
        "budget": lambda value: voice.say("plan.facts.unlimited") if np.isinf(value) else voice.money(value),
        "threshold": lambda value: _name_threshold(value, suggested, voice),
        "factor": lambda value: _name_factor(value, voice),
    }
    labels = [name[key](value) for value in values.tolist()]
    return Control(key, voice.say(f"what_if.{key}"), labels, int((values == own).argmax()))


def _name_threshold(value: float, suggested: float | None, voice: Voice) -> str:
    said = voice.number(value, 2)
    note = "what_if.no_threshold" if value == 0 else "what_if.suggested" if value == suggested else ""
    return voice.say(note, value=said) if note else said


def _name_factor(value: float, voice: Voice) -> str:
    said = voice.say("plan.times", factor=voice.measure(value))
    return voice.say("what_if.as_set", value=said) if value == 1 else said


def _word_plan(row: pd.Series, own: float, plan: PlanSummary, voice: Voice) -> tuple[str, ...]:
    """Return the facts of a plan beside the net profit of our own, then each offer's customers, cost and net profit."""
    more = round(row["net_profit"] - own, 9)
    facts = (
        voice.count(int(row["contacts"]), "customer"),
        voice.number(round(row["contacts"] * plan.holdout.share / (1 - plan.holdout.share))),
        voice.money(row["spent"]),
        voice.money(row["net_profit"] + row["spent"]),
        voice.money(row["net_profit"]),
        ("+" if more > 0 else "") + voice.money(more),
    )
    cells = [
        (
            voice.number(row[f"{offer.key}_customers"]),
            voice.measure(row[f"{offer.key}_cost"]),
            voice.measure(row[f"{offer.key}_net_profit"]),
        )
        for offer in plan.offers
    ]
    return (*facts, *(cell for group in cells for cell in group))


def _tabulate(cells: Sequence[str], plan: PlanSummary, voice: Voice) -> Table:
    head = voice.heads("plan", "offer", "customers", "cost", "value", unit=voice.unit_of_money)
    rows = [[voice.pick(offer.name), *cells[3 * place : 3 * place + 3]] for place, offer in enumerate(plan.offers)]
    return Table(voice.say("what_if.offers"), head, rows)


def _tell_shortfall(own: pd.Series, rule: pd.Series, voice: Voice) -> str:
    less = own["net_profit"] - rule["net_profit"]
    if own["net_profit"] <= 0 or less <= 1e-6 * own["net_profit"]:
        return voice.say("what_if.rule_equal")
    return voice.say(
        "what_if.rule_less", rule=voice.money(rule["net_profit"]), gap=voice.percent(less / own["net_profit"], 2)
    )
