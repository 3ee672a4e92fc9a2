"""How many customers are left to plan for, if both arms of a campaign rest until its result is known

A simulated shop from its fourth month on, planned for by the model of the first month, with assumed effects and no
budget, a tenth left alone. Effects play no part in who is left.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retention.audience.offers.audience import build_audience
from retention.audience.segments.rules import resolve_rules
from retention.campaigns.ledger import ARM, HELD, OFFER, Entry, Terms, find_untouched
from retention.campaigns.settings import Way
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.model.space import build_choice
from retention.settings import Settings
from retention.simulate.months import name_months, write_months
from retention.tables.columns import ID, PROBABILITY, TARGET, UNIT
from retention.tables.customers import read_customers
from retention.tables.roles import list_roles

from ..campaigns.world import CAMPAIGNS, CHOICE, World

DELAY, SHARE, NAMES = 3, 0.1, name_months("2026-01", 12)
REGIMES: dict[str, tuple[Way, int]] = {
    "every month, both arms rest": ("quarterly", 1),
    "every third month, both arms rest": ("quarterly", 3),
    "every month, a persistent control group": ("persistent", 1),
}


def build_months(settings: Settings, folder: Path, customers: int) -> list[World]:
    """Return the months that are planned for, by a model of the first one."""
    write_months(folder / "shop", NAMES, customers=customers, seed=3, truth=folder / "truth")
    months = [read_customers(folder / "shop" / name, settings.tables, "pandas", labelled=False).frame for name in NAMES]
    truths = [pd.read_parquet(folder / "truth" / f"{name}.parquet").set_index("id") for name in NAMES]
    roles, known = list_roles(settings.tables.columns), months[0]
    truth, names = truths[0].loc[known[ID]], list(roles.names)
    known = known.assign(**{TARGET: (truth["campaign_draw"] < truth["true_probability"]).to_numpy(int)})
    pipeline = build_choice(CHOICE, settings.space, roles, settings.seed)
    model = train_model(pipeline, known[names], known[TARGET], known[UNIT], settings.train, settings.seed).model
    money, effects = settings.plan.money, {name: offer.effect.value for name, offer in settings.offer.items()}
    share = money.loss_share.value
    terms = Terms(months=DELAY, horizon_months=money.horizon_months, loss_share=share, money=True, effects=effects)
    worlds = []
    for frame, true in zip(months[DELAY:], truths[DELAY:], strict=True):
        customers_now = frame.assign(**{PROBABILITY: model.predict_proba(frame[names])[:, 1]})
        rules = resolve_rules(settings.segment, settings.offer, customers_now)
        audience = build_audience(customers_now, rules, settings.offer, money, roles)
        saved = true.loc[frame[ID]].filter(like="effect_")[[f"effect_{name}" for name in settings.offer]].to_numpy()
        worlds.append(World(terms, CAMPAIGNS, audience, true.loc[frame[ID], "true_probability"].to_numpy(), saved))
    return worlds


def live(worlds: list[World], settings: Settings, way: Way, every: int) -> list[Entry]:
    """Return the campaigns that a year has, from the fourth month on."""
    cooldown, entries = {name: offer.cooldown_days for name, offer in settings.offer.items()}, list[Entry]()
    for month, world in list(zip(NAMES[DELAY:], worlds, strict=True))[::every]:
        untouched = find_untouched(entries, month, way == "quarterly", cooldown)
        rows = world.plan(world.terms.effects, np.arange(len(world.truth)))
        forbidden = pd.MultiIndex.from_frame(untouched[[ID, OFFER]])
        rests = rows[ID].isin(untouched.loc[untouched[OFFER] == "", ID])
        rows = rows[~rests & ~pd.MultiIndex.from_frame(rows[[ID, OFFER]]).isin(forbidden)]
        entries.append(world.launch(rows, SHARE, f"{every}-{month}", month, way))
    return entries


@pytest.mark.slow
@pytest.mark.proof
@pytest.mark.parametrize("customers", [1300, 500])
def test_resting_leaves_few(composed: Settings, tmp_path: Path, proof: list[str], customers: int) -> None:
    worlds, sums = build_months(composed, tmp_path, customers), {}
    proof += [f"{customers:,} customers:", "", "| campaigns | planned each | left alone each | planned in all |"]
    proof.append("|---|---|---|---|")
    for name, (way, every) in REGIMES.items():
        entries = live(worlds, composed, way, every)
        sizes, held = (
            [len(one.assigned) for one in entries],
            [int((one.assigned[ARM] == HELD).sum()) for one in entries],
        )
        sums[name] = sum(sizes)
        told = (", ".join(map(str, column)) for column in (sizes, held))
        proof.append(f"| {name} | {' | '.join(told)} | {sums[name]:,} |")
        if name.startswith("every month, both"):
            assert max(sizes[1:DELAY]) < sizes[0] / 2
    proof.append("")
    assert max(sums, key=lambda name: sums[name]) == "every month, a persistent control group"
