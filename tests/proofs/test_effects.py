"""Effects that learn are nearer to the truth than raw estimates, and the plans that they make earn more

Two hundred shops of 1,300 customers, each with offers whose truth was fixed beforehand: the simulator's effects times a
factor of each offer's own, normal about 1 with a standard deviation of one half, so that some do harm. Each lives
through eight campaigns: a plan by what is known so far, a share of it left alone, the results, the next plan.
"""

import numpy as np
import pandas as pd
import pytest

from retention.campaigns.effects import Effects, Evidence, compute_economics, gather_evidence, learn_effects
from retention.campaigns.ledger import ARM, AT_STAKE, CONTACTED, COST, OFFER, Entry
from retention.campaigns.measurement import measure_campaign
from retention.settings import Settings

from ..campaigns.world import World, build_world

SHOPS, CAMPAIGNS, CUSTOMERS, SHARE = 200, 8, 1300, 0.15


@pytest.fixture(scope="module")
def world(composed: Settings, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(composed, tmp_path_factory.mktemp("world"), 1300, 60_000, seed=5)


def find_worth(world: World, rows: pd.DataFrame, factors: pd.Series) -> np.ndarray:
    """What contacting each of the planned truly brings on average."""
    saved = rows["saved"] * rows[OFFER].map(factors) * rows[AT_STAKE] * world.terms.loss_share
    return (saved - rows[COST]).to_numpy(dtype=float)


def find_truth(world: World, factors: pd.Series) -> pd.Series:
    """Each offer's true relative effect on those for whom the first plan chooses it."""
    rows = world.plan(world.terms.effects, np.arange(len(world.truth)))
    sums = rows.groupby(OFFER)[["saved", "truth"]].sum()
    return (sums["saved"] / sums["truth"] * factors).dropna()


def live(world: World, factors: pd.Series, seed: int) -> tuple[Effects, list[Evidence], float]:
    """Return what a shop has learnt after its campaigns, from what, and what leaving some alone cost it."""
    rng = np.random.default_rng([11, seed])
    effects, forgone = learn_effects(world.terms.effects, [], {}, 0.95, 0.9), 0.0
    measured, entries = [], list[Entry]()
    for number in range(CAMPAIGNS):
        rows = world.plan(effects.means, rng.choice(len(world.truth), CUSTOMERS, replace=False))
        entry = world.launch(rows, SHARE, f"shop-{seed}-{number}")
        outcomes = world.live(entry, rows, rows[OFFER].map(factors).to_numpy(dtype=float), rng)
        forgone += float(find_worth(world, rows, factors)[(entry.assigned[ARM] != CONTACTED).to_numpy()].sum())
        entries.append(entry)
        measured.append(measure_campaign(entry, outcomes, "declined", world.settings))
        economics = compute_economics(entries)
        effects = learn_effects(world.terms.effects, gather_evidence(measured), economics, 0.95, world.settings.extend)
    return effects, gather_evidence(measured), forgone


def average_raw(evidence: list[Evidence]) -> pd.Series:
    """The mean of each offer's own estimates, by their precision."""
    rows = pd.DataFrame(
        [(offer, one.observation.value, one.observation.error**-2) for offer, one in evidence],
        columns=["offer", "value", "weight"],
    )
    return rows.groupby("offer").apply(
        lambda part: np.average(part["value"], weights=part["weight"]), include_groups=False
    )


@pytest.mark.slow
@pytest.mark.proof
def test_learnt_effects_are_nearer_and_earn_more(world: World, proof: list[str]) -> None:
    drawn = np.random.default_rng(10).normal(1.0, 0.5, (SHOPS, len(world.terms.effects)))
    judged = np.random.default_rng(12).choice(len(world.truth), 20_000, replace=False)
    errors: dict[str, list[float]] = {"raw": [], "learnt": [], "assumed": []}
    covered, better, promised, earned, before, costs = [], [], [], [], [], []
    old_plan = world.plan(world.terms.effects, judged)
    for seed in range(SHOPS):
        factors = pd.Series(drawn[seed], index=list(world.terms.effects))
        effects, evidence, forgone = live(world, factors, seed)
        truth, raw = find_truth(world, factors), average_raw(evidence)
        for name in truth.index.intersection(raw.index):
            estimate = effects.offers[name].estimate
            errors["raw"].append(raw[name] - truth[name])
            errors["learnt"].append(estimate.value - truth[name])
            errors["assumed"].append(world.terms.effects[name] - truth[name])
            covered.append(estimate.low <= truth[name] <= estimate.high)
        new_plan = world.plan(effects.means, judged)
        new, old = (float(find_worth(world, rows, factors).sum()) for rows in (new_plan, old_plan))
        expected = (
            new_plan[OFFER].map(effects.means)
            * new_plan["decline_probability"]
            * new_plan[AT_STAKE]
            * world.terms.loss_share
        )
        better.append(new > old)
        promised.append(float((expected - new_plan[COST]).sum()))
        earned.append(new)
        before.append(old)
        costs.append(forgone * len(judged) / CUSTOMERS / CAMPAIGNS)
    square = {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in errors.items()}
    each = {name: float(np.sqrt(np.median(np.square(values)))) for name, values in errors.items()}
    proof += [
        f"{SHOPS} shops, {CAMPAIGNS} campaigns each, {SHARE:.0%} of the planned left alone, {len(covered)} estimates.",
        "",
        "| effects | root mean square error | median error |",
        "|---|---|---|",
        *(f"| {name} | {square[name]:.4f} | {each[name]:.4f} |" for name in square),
        "",
        f"Learnt over raw: {square['learnt'] / square['raw']:.2f}. Intervals of 95 % hold the truth in",
        f"{np.mean(covered):.3f} of the estimates.",
        f"The last plan truly earns more than the one by assumed effects in {np.mean(better):.0%} of the shops,",
        f"in all {sum(earned) / sum(before):.2f} times as much.",
        f"It promised {sum(promised) / sum(earned):.2f} times what it earns.",
        f"Leaving some alone cost {sum(costs) / sum(earned):.0%} of what the last plan earns, campaign by campaign;",
        f"after it the plan still earns {(sum(earned) - sum(costs)) / sum(before):.2f} times the other's.",
        "",
    ]
    assert square["learnt"] <= 0.7 * square["raw"]
    assert np.mean(better) >= 0.75
    assert 0.9 <= sum(promised) / sum(earned) <= 1.1
    assert np.mean(covered) >= 0.9
