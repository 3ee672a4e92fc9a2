from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retention.campaigns.ledger import Entry, Launched, Terms, read_campaign
from retention.campaigns.measurement import (
    balance_campaigns,
    check_soundness,
    join_outcomes,
    measure_campaign,
    observe,
)
from retention.campaigns.settings import CampaignSettings
from retention.settings import Settings

from .conftest import plan_rows
from .world import build_world


def decline(entry: Entry, seed: int = 1, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = entry.assigned
    risk = rows["decline_probability"] * (1 - effect * (rows["arm"] == "contacted"))
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"].astype(int),
            "declined": (rng.random(len(rows)) < risk) * 1.0,
            "gone": False,
        }
    )


def test_a_campaign_of_which_nobody_contacted_is_left_promises_nothing(
    send: Callable[..., Launched], tmp_path: Path, settings: CampaignSettings
) -> None:
    send(plan_rows(60))
    entry = read_campaign(tmp_path / "ledger" / "spring")
    entry = replace(entry, assigned=entry.assigned[entry.assigned["arm"] == "held"])
    found = measure_campaign(entry, decline(entry), "declined", settings)
    assert (found.promise.avoided, found.promise.net_profit, found.pooled) == (0.0, 0.0, None)


def test_a_campaign_by_hand(
    send: Callable[..., Launched], tmp_path: Path, settings: CampaignSettings, terms: Terms
) -> None:
    send(plan_rows(600).assign(decline_probability=0.5, at_stake=10.0))
    entry = read_campaign(tmp_path / "ledger" / "spring")
    outcomes = decline(entry, effect=0.4)
    found = measure_campaign(entry, outcomes, "declined", settings)
    rows = entry.assigned.assign(declined=outcomes["declined"])
    sent = rows[rows["arm"] == "contacted"]
    one, other = sent["declined"], rows.loc[rows["arm"] == "held", "declined"]
    assert found.pooled is not None
    assert found.pooled.method == "regression"
    assert found.pooled.avoided.value == pytest.approx(other.mean() - one.mean())
    half = (found.pooled.avoided.high - found.pooled.avoided.low) / 2
    assert half == pytest.approx(1.97 * np.sqrt(one.var() / 500 + other.var() / 100), rel=0.02)
    saved = (other.mean() - one.mean()) * 500
    assert found.pooled.avoided_customers.value == pytest.approx(saved)
    assert found.pooled.net_profit is not None
    assert found.pooled.net_profit.value == pytest.approx(saved * 10 * 0.5 - sent["cost"].sum())
    assert found.pooled.relative is not None
    assert found.pooled.relative.value == pytest.approx(1 - one.mean() / other.mean())
    assert found.spent == found.pooled.cost == pytest.approx(sent["cost"].sum())
    effects = sent["offer"].map(terms.effects)
    assert found.promise.avoided == pytest.approx(0.5 * effects.sum())
    assert found.promise.net_profit == pytest.approx(2.5 * effects.sum() - sent["cost"].sum())
    assert set(found.offers) == {"letter", "discount"}
    assert sum(one.contacted for one in found.offers.values()) == 500
    balance = balance_campaigns([found, found, measure_campaign(entry, None, "declined", settings)])
    assert balance is not None
    assert balance.campaigns == 2
    assert balance.avoided_customers is not None
    assert balance.avoided_customers.value == pytest.approx(2 * saved)
    reach = balance.avoided_customers.high - balance.avoided_customers.value
    assert reach == pytest.approx(np.sqrt(2) * 500 * half)


def test_few_are_compared_by_newcombe_and_by_redrawing(entry: Entry, settings: CampaignSettings) -> None:
    outcomes = decline(entry)
    found = measure_campaign(entry, outcomes, "declined", settings).pooled
    assert found is not None
    assert (found.method, found.held, found.relative) == ("newcombe", 10, None)
    rows = entry.assigned.assign(declined=outcomes["declined"])
    shares = rows.groupby("arm")["declined"].mean()
    assert found.avoided.value == pytest.approx(shares["held"] - shares["contacted"])


def test_no_verdict_before_the_date(entry: Entry, settings: CampaignSettings) -> None:
    found = measure_campaign(entry, None, "declined", settings)
    assert (found.readable, found.pooled, found.offers, found.soundness) == (False, None, {}, None)
    assert balance_campaigns([found]) is None


def test_twins_count_once(send: Callable[..., Launched], tmp_path: Path, settings: CampaignSettings) -> None:
    once = plan_rows(300)
    twice = pd.concat([once, once.assign(customer_id=once["customer_id"] + 1000)], ignore_index=True)
    send(once, "once")
    send(twice, "twice")
    entries = {name: read_campaign(tmp_path / "ledger" / name) for name in ("once", "twice")}
    labels = decline(entries["once"])
    both = pd.concat([labels, labels.assign(customer_id=labels["customer_id"] + 1000)])
    one = measure_campaign(entries["once"], labels, "declined", settings).pooled
    two = measure_campaign(entries["twice"], both, "declined", settings).pooled
    assert one is not None
    assert two is not None
    assert two.avoided.model_dump() == pytest.approx(one.avoided.model_dump())
    assert two.p_value == pytest.approx(one.p_value)


def test_an_effect_is_seen_against_the_frozen_probabilities(entry: Entry) -> None:
    outcomes = decline(entry)
    rows = join_outcomes(entry, outcomes, "declined")
    found = observe(rows)
    off = outcomes["declined"] - rows["decline_probability"]
    held = rows["arm"] == "held"
    assert found.value == pytest.approx((off[held].mean() - off[~held].mean()) / rows["decline_probability"].mean())


@pytest.mark.parametrize(("absent", "declined"), [("declined", 1.0), ("missing", None)])
def test_who_is_gone_follows_the_setting_and_loses_all(entry: Entry, absent: str, declined: float | None) -> None:
    outcomes = decline(entry)
    outcomes.loc[3, ["declined", "gone"]] = [1, True]
    outcomes.loc[5, ["declined", "gone"]] = [np.nan, True]
    outcomes.loc[6, "declined"] = np.nan  # still there, and the label has not come
    rows = join_outcomes(entry, outcomes, absent)  # type: ignore[arg-type]
    assert rows["gone"].tolist() == [place in (3, 5) for place in range(60)]
    assert np.isnan(rows["declined"][6])
    stake = entry.assigned["at_stake"]
    assert (rows["declined"][3], rows["lost"][3]) == (1.0, stake[3])
    if declined is None:
        assert np.isnan(rows["declined"][5])
    else:
        assert (rows["declined"][5], rows["lost"][5]) == (1.0, stake[5])
    assert rows["lost"][7] == pytest.approx(outcomes["declined"][7] * stake[7] / 2)


def test_arms_that_cannot_be_compared_raise_an_alarm(entry: Entry) -> None:
    outcomes = decline(entry)
    sound = check_soundness(entry, join_outcomes(entry, outcomes, "missing"), 0.01)
    assert sound.alarms == ()
    assert sound.contaminated is None
    told = pd.DataFrame({"customer_id": ["102", "100"], "reached": [True, True], "redeemed": [False, True]})
    reached = replace(entry, contacts=told, unknown=4)
    found = check_soundness(reached, join_outcomes(reached, outcomes, "missing"), 0.01)
    assert found.alarms == ("contamination",)
    assert (found.reached, found.redeemed, found.contaminated, found.unknown) == (1, 1, 1, 4)
    held = (entry.assigned["arm"] == "held").to_numpy()
    gone = check_soundness(
        entry, join_outcomes(entry, outcomes.assign(gone=held & (np.arange(60) >= 8)), "missing"), 0.01
    )
    assert (gone.alarms, gone.gone_contacted, gone.gone_held) == (("attrition",), 0, 9)
    other = replace(entry, assigned=entry.assigned[~held | (np.arange(60) < 3)])
    ratio = check_soundness(other, join_outcomes(other, outcomes, "missing"), 0.02)
    assert ratio.alarms == ("sample_ratio",)


def test_when_the_contacted_were_reached_is_told_if_the_crm_tells_it(entry: Entry) -> None:
    rows = join_outcomes(entry, decline(entry), "missing")
    days = ["2026-02-28", "2026-04-01", "2026-03-01", "2026-02-03", "2026-02-03", "NaT"]  # the second of one left alone
    told = pd.DataFrame({"customer_id": ["100", "102", "103", "104", "105", "106"], "reached": True, "redeemed": False})
    silent = check_soundness(replace(entry, contacts=told), rows, 0.01)
    assert "reached_on" not in silent.model_dump()  # campaigns.json is as it was before there were days
    dated = replace(entry, contacts=told.assign(reached_on=pd.to_datetime(pd.Series(days))))
    found = check_soundness(dated, rows, 0.01)
    assert found.reached_on is not None
    when = {"customers": 4, "first": "2026-02-03", "median": "2026-02-03", "last": "2026-03-01", "late": 1}
    assert found.reached_on.model_dump() == when
    assert found.model_copy(update={"reached_on": None}) == silent


def test_a_shop_without_profit_counts_customers(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path, settings: CampaignSettings, terms: Terms
) -> None:
    send(planned.assign(at_stake=1.0), terms=terms.model_copy(update={"money": False}))
    entry = read_campaign(tmp_path / "ledger" / "spring")
    found = measure_campaign(entry, decline(entry), "declined", settings)
    assert found.pooled is not None
    assert found.pooled.net_profit is None
    assert found.promise.net_profit is None
    balance = balance_campaigns([found])
    assert balance is not None
    assert (balance.net_profit, balance.promise.net_profit) == (None, None)


def test_intervals_hold_the_truth_of_a_simulated_shop(composed: Settings, tmp_path: Path) -> None:
    """A small sample of tests/proofs/test_campaigns.py."""
    world, rng = build_world(composed, tmp_path, 600, 6000, seed=1), np.random.default_rng(1)
    planned = world.plan(world.terms.effects, np.arange(len(world.truth)))
    held = []
    for number in range(40):
        rows = planned.sample(400, random_state=rng).reset_index(drop=True)
        entry = world.launch(rows, 0.1, str(number))
        found = measure_campaign(entry, world.live(entry, rows, 1.0, rng), "declined", world.settings).pooled
        assert found is not None
        held.append(found.avoided.low <= rows["saved"].mean() <= found.avoided.high)
    assert sum(held) >= 34
