import numpy as np
import pandas as pd
import pytest

from retention.campaigns.design import compute_power, draw_control, find_design
from retention.campaigns.settings import HoldoutSettings


@pytest.fixture
def settings() -> HoldoutSettings:
    return HoldoutSettings(least=0.1, share=0.2, power=0.8, significance=0.05)


def people(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit = np.arange(n)
    unit[1::10] = unit[0::10]  # twins
    risk = rng.random(n)
    risk[1::10] = risk[0::10]
    return pd.DataFrame({"customer_id": np.arange(n), "unit": unit, "decline_probability": risk})


def test_one_unit_of_each_block_is_left_alone() -> None:
    customers = people(300)
    able = np.random.default_rng(1).random(300) < 0.8
    able[1::10] = able[0::10]
    likely = np.arange(300) % 3
    likely[1::10] = likely[0::10]
    draw = draw_control(likely, customers, able, 0.1, "quarterly", "spring")
    rows = customers.assign(held=draw.held, block=draw.block, chance=draw.chance, likely=likely)[able]
    units = rows.drop_duplicates("unit")
    assert rows.groupby("unit")["held"].nunique().eq(1).all()
    assert units.groupby("block")["held"].sum().eq(1).all()
    assert units["block"].nunique() == round(0.1 * len(units))
    assert (units["chance"] * units.groupby("block")["unit"].transform("size")).to_numpy() == pytest.approx(1)
    assert units.groupby("block")["likely"].nunique().value_counts()[1] >= units["block"].nunique() - 2
    assert not draw.held[~able].any()


def test_a_campaign_draws_by_its_own_id_and_everyone_alike() -> None:
    customers, able, likely = people(200), np.ones(200, dtype=bool), np.zeros(200, dtype=int)
    draws = [draw_control(likely, customers, able, 0.2, "quarterly", name) for name in ("a", "a", "b")]
    assert (draws[0].held == draws[1].held).all()
    assert (draws[0].held != draws[2].held).any()
    held = sum(draw_control(likely, customers, able, 0.2, "quarterly", str(n)).held.astype(int) for n in range(200))
    assert np.abs(held / 200 - 0.2).max() < 0.13  # 4 standard errors, and blocks of unequal size


def test_a_persistent_group_is_the_same_whatever_the_month() -> None:
    customers, likely = people(3000), np.zeros(3000, dtype=int)
    first = draw_control(likely, customers, np.ones(3000, dtype=bool), 0.2, "persistent", "a").held
    later = draw_control(likely[500:], customers[500:], np.ones(2500, dtype=bool), 0.2, "persistent", "b").held
    assert (first[500:] == later).all()
    assert first.mean() == pytest.approx(0.2, abs=0.03)


def test_power_is_that_of_the_normal_formula_where_all_are_alike() -> None:
    probability, effect = np.full(4000, 0.5), np.full(4000, 0.1)
    error = np.sqrt(0.25 / 400 + 0.45 * 0.55 / 3600)
    from scipy.stats import norm

    said = norm.sf(1.96 - 0.05 / error) + norm.cdf(-1.96 - 0.05 / error)
    assert compute_power(probability, effect, 0.1, 0.05) == pytest.approx(said, abs=0.004)
    assert compute_power(probability, np.zeros(4000), 0.1, 0.05) == pytest.approx(0.05, abs=1e-6)


def test_the_smallest_share_that_is_enough(settings: HoldoutSettings) -> None:
    probability, effect = np.full(6000, 0.5), np.full(6000, 0.1)
    found = find_design(probability, effect, settings, "2026-09")
    assert settings.least < found.share < settings.share
    assert found.power >= settings.power > compute_power(probability, effect, found.share - 0.001, 0.05)
    assert found.campaigns == 1


def test_where_no_share_is_enough_it_says_how_many_campaigns_are(settings: HoldoutSettings) -> None:
    probability, effect = np.full(330, 0.6), np.full(330, 0.1)
    found = find_design(probability, effect, settings, "2026-09")
    assert found.share == settings.share
    assert found.power < settings.power
    assert found.campaigns is not None
    reached = [
        compute_power(np.tile(probability, k), np.tile(effect, k), found.share, 0.05) >= settings.power
        for k in (found.campaigns - 1, found.campaigns)
    ]
    assert reached == [False, True]
    assert find_design(probability, np.zeros(330), settings, "").campaigns is None
    assert find_design(probability[:0], effect[:0], settings, "").power == settings.significance


def test_power_rises_with_the_campaigns_taken_together() -> None:
    probability, effect = np.full(176, 0.6), np.full(176, 0.12)
    powers = [compute_power(probability, effect, 0.1, 0.05, campaigns) for campaigns in range(1, 400)]
    assert np.all(np.diff(powers) >= -1e-9)
