"""Intervals of a campaign's effect hold the truth, nothing is found where there is nothing, and the power is as said

On the sample shop: rules and assumed effects of its settings, probabilities by a model fitted on 1,300 other customers,
what becomes of the customers by the simulator's effects (in every other campaign the offers do nothing).
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retention.campaigns.design import compute_power
from retention.campaigns.ledger import ARM, AT_STAKE, CONTACTED, COST, OFFER, Entry
from retention.campaigns.measurement import measure_campaign
from retention.campaigns.summary import Comparison
from retention.settings import Settings
from retention.tables.columns import PROBABILITY

from ..campaigns.world import World, build_world

CAMPAIGNS, SHARE, EACH, POWERS = 2000, 0.1, 210, 300
SIZES = ((400, 0.1, 1.0), (400, 0.3, 1.0), (1500, 0.1, 1.0), (1500, 0.2, 0.7), (4000, 0.1, 0.6))
Side = dict[str, list[float]]


@pytest.fixture(scope="module")
def world(composed: Settings, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(composed, tmp_path_factory.mktemp("world"), 1300, 150_000, seed=1)


@pytest.fixture(scope="module")
def planned(world: World) -> pd.DataFrame:
    return world.plan(world.terms.effects, np.arange(len(world.truth)))


def judge(found: Comparison, entry: Entry, rows: pd.DataFrame, factor: float, side: Side) -> None:
    """Add on which side of each interval the truth lies: 0 within it."""
    sent = entry.assigned.loc[rows.index, ARM] == CONTACTED
    true = factor * float(rows["saved"].mean())
    lost = factor * float((rows["saved"] * rows[AT_STAKE]).mean()) * entry.launched.terms.loss_share
    worth = lost * int(sent.sum()) - float(rows.loc[sent, COST].sum())
    side["avoided"].append((found.avoided.low > true) - int(found.avoided.high < true))
    if found.net_profit:
        side["net profit"].append((found.net_profit.low > worth) - int(found.net_profit.high < worth))
    if found.relative:
        relative = true / float(rows["truth"].mean())
        side["relative"].append((found.relative.low > relative) - int(found.relative.high < relative))
    side["held"].append(found.held)
    side[found.method].append(1)
    side["found where there is something" if factor else "found where there is nothing"].append(found.p_value < 0.05)


def live_through(world: World, planned: pd.DataFrame, size: int, *, each: bool) -> dict[str, Side]:
    """Live through campaigns of so many planned customers, or of so many of each offer."""
    rng, sides = np.random.default_rng(2), defaultdict[str, Side](lambda: defaultdict(list))
    for number in range(CAMPAIGNS):
        drawn = (
            planned.groupby(OFFER).sample(size, random_state=rng) if each else planned.sample(size, random_state=rng)
        )
        rows, factor = drawn.reset_index(drop=True), float(number % 2)
        entry = world.launch(rows, SHARE, f"campaign-{number}")
        measured = measure_campaign(entry, world.live(entry, rows, factor, rng), "declined", world.settings)
        assert measured.pooled is not None
        judge(measured.pooled, entry, rows, factor, sides["all"])
        for name, found in measured.offers.items() if each else ():
            judge(found, entry, rows[rows[OFFER] == name], factor, sides[name])
    return sides


def tell(sides: dict[str, Side]) -> list[str]:
    lines = [
        "| offer | controls | Newcombe | figure | covered | interval too low | too high | found, no effect |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, side in sides.items():
        for figure in ("avoided", "net profit", "relative"):
            if side[figure]:
                shares = " | ".join(f"{np.mean(np.array(side[figure]) == where):.3f}" for where in (0, -1, 1))
                few, false = len(side["newcombe"]) / len(side["held"]), np.mean(side["found where there is nothing"])
                lines.append(
                    f"| {name} | {np.mean(side['held']):.0f} | {few:.2f} | {figure} | {shares} | {false:.3f} |"
                )
    return [*lines, ""]


@pytest.mark.slow
@pytest.mark.proof
def test_all_offers_together_at_the_size_of_the_sample(world: World, planned: pd.DataFrame, proof: list[str]) -> None:
    side = live_through(world, planned, 400, each=False)["all"]
    proof += [f"{CAMPAIGNS} campaigns of 400 planned customers, a tenth left alone:", "", *tell({"all": side})]
    for figure in ("avoided", "net profit", "relative"):
        assert 0.93 <= np.mean(np.array(side[figure]) == 0) <= 0.975
    assert np.mean(side["found where there is nothing"]) <= 0.065


@pytest.mark.slow
@pytest.mark.proof
def test_each_offer_where_it_has_twenty_controls(world: World, planned: pd.DataFrame, proof: list[str]) -> None:
    enough = planned.groupby(OFFER)[OFFER].transform("size") > 5 * EACH
    sides = live_through(world, planned[enough], EACH, each=True)
    proof += [f"{CAMPAIGNS} campaigns of {EACH} customers of each of {len(sides) - 1} offers:", "", *tell(sides)]
    for side in sides.values():
        for figure in ("avoided", "net profit"):
            assert 0.93 <= np.mean(np.array(side[figure]) == 0) <= 0.975
        assert np.mean(side["found where there is nothing"]) <= 0.065


@pytest.mark.slow
@pytest.mark.proof
def test_the_power_is_as_said(composed: Settings, tmp_path: Path, proof: list[str]) -> None:
    """Of three models on average: one that is too sure of itself, or not sure enough, says another power."""
    head = ("planned", "left alone", "effects", "said, by each model", "seen", "mean said", "mean seen")
    proof += [f"Power, {POWERS} campaigns a model:", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    worlds = [build_world(composed, tmp_path / str(seed), 1300, 60_000, seed) for seed in (1, 2, 3)]
    for customers, share, factor in SIZES:
        both = [find_power(world, customers, share, factor) for world in worlds]
        said, seen = (np.mean(column) for column in zip(*both, strict=True))
        each = " | ".join(", ".join(f"{power:.2f}" for power in column) for column in zip(*both, strict=True))
        proof.append(f"| {customers} | {share:g} | {factor:g} × | {each} | {said:.3f} | {seen:.3f} |")
        assert abs(said - seen) <= 0.05
    proof.append("")


def find_power(world: World, customers: int, share: float, factor: float) -> tuple[float, float]:
    """Return the power that is said (mean of the campaigns) and seen."""
    rng, said, seen = np.random.default_rng(3), [], []
    planned = world.plan(world.terms.effects, np.arange(len(world.truth)))
    relative = factor * planned["saved"].sum() / planned["truth"].sum()
    for number in range(POWERS):
        rows = planned.sample(customers, random_state=rng).reset_index(drop=True).assign(**{OFFER: "letter"})
        said.append(compute_power(rows[PROBABILITY].to_numpy(), np.full(customers, relative), share, 0.05))
        entry = world.launch(rows, share, f"power-{number}")
        found = measure_campaign(entry, world.live(entry, rows, factor, rng), "declined", world.settings).pooled
        assert found is not None
        seen.append(found.p_value < 0.05)
    return float(np.mean(said)), float(np.mean(seen))
