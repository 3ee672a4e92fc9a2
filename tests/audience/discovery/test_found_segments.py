"""The search for segments: it finds what is planted, nothing in noise, and says what it found in words."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from retention.audience.declared import FoundSettings, Wording
from retention.audience.discovery.found_segments import (
    FoundSegment,
    build_segments,
    choose_by_key,
    choose_cuts,
    find_segments,
    is_kept,
    summarise_findings,
)
from retention.audience.discovery.rule_wording import Speech, name_key, word_money
from retention.audience.discovery.subgroups import Sample, Stability, hold_all, search_groups
from retention.audience.segments.profile import Figures
from retention.audience.segments.rules import Rule, apply_all, resolve_rules
from retention.errors import UserError
from retention.estimate import Estimate
from retention.strict import Text

FIGURES = Figures(horizon_months=3, loss_share=0.5, confidence=0.95, minimum_support=30)
STABLE = Stability(halves=40, share=0.8, overlap=0.8, lift=Estimate(value=1.5, low=1.2, high=2.0))
MONEY = word_money(Text(ru="ед. прибыли", en="profit units"))
CATEGORIES = {"favourite_category": {"kitchenware": Text(ru="Кухонная посуда", en="Kitchenware")}}


@pytest.fixture
def wordings(project) -> dict[str, Wording]:
    content = yaml.safe_load((project / "conf" / "shop" / "one_click" / "reasons.yaml").read_text("utf-8"))
    return {key: Wording.model_validate(value) for key, value in content.items()}


@pytest.fixture
def find(composed, roles) -> Callable[..., dict[str, FoundSegment]]:
    columns = (*(name for name in roles.names if name != roles.consent), "monthly_profit")

    def run(shop: pd.DataFrame, declared: pd.DataFrame | None = None, **settings: Any) -> dict[str, FoundSegment]:
        usual = composed.found.model_dump() | {"columns": columns, "halves": 40}
        found = FoundSettings(**{**usual, **settings})
        known = pd.DataFrame(index=shop.index) if declared is None else declared
        train = np.arange(len(shop)) % 4 > 0
        return find_segments(shop[train], known[train], found.columns, found, FIGURES, seed=42)

    return run


def list_kept(found: dict[str, FoundSegment]) -> list[str]:
    return [key for key, item in found.items() if item.kept]


def _plant(shop: pd.DataFrame, seed: int = 1) -> np.ndarray:
    """Let nearly all decline who view few pages and stay a short time; return who they are."""
    members = ((shop["pages_per_visit"] < 9) & (shop["minutes_current"] < 10)).to_numpy()
    risk = np.where(members, 0.9, 0.15)
    shop["declined"] = (np.random.default_rng(seed).random(len(shop)) < risk).astype("int8")
    return members


def test_a_planted_rule_is_found_and_confirmed(customers, find, wordings, composed) -> None:
    shop = customers(1300)
    planted = _plant(shop)
    findings = find(shop)
    key, found = next(iter(findings.items()))
    assert key == "found_low_pages_per_visit_low_minutes_current"
    assert found.kept and found.stability.share > 0.9
    members = apply_all(found.rules, shop)
    assert (members & planted).sum() / (members | planted).sum() > 0.75
    overall = 0.9 * planted.mean() + 0.15 * (1 - planted.mean())
    assert found.stability.lift.value == pytest.approx(0.9 / overall, rel=0.15)

    train = np.arange(1300) % 4 > 0
    speech = Speech({**wordings, **MONEY}, CATEGORIES)
    told = summarise_findings(findings, speech, shop[train], shop[~train], composed.found, FIGURES).rules[0]
    unseen = shop[members & ~train]
    assert told.test.support == len(unseen)
    assert told.test.decline_rate.value == pytest.approx(unseen["declined"].mean())


@pytest.mark.parametrize("seed", range(4))
def test_noise_gives_no_segment(customers, find, seed) -> None:
    findings = find(customers(1300, seed=seed))  # who declines there has to do with no column of a rule
    assert findings and not list_kept(findings)


def test_that_the_rich_lose_most_is_no_finding(customers, find) -> None:
    shop = customers(1300)
    shop["monthly_profit"] = np.where(np.arange(1300) % 3 > 0, 0.5, 8.0)
    findings = find(shop)
    assert "found_high_monthly_profit" not in findings and not list_kept(findings)


@pytest.mark.parametrize(("share", "low", "kept"), [(0.9, 1.2, True), (0.6, 1.2, False), (0.9, 0.98, False)])
def test_a_rule_must_come_back_and_be_confirmed(share, low, kept) -> None:
    assert (
        is_kept(Stability(halves=40, share=share, overlap=0.8, lift=Estimate(value=1.5, low=low, high=2.0)), 0.7)
        is kept
    )


def test_twins_go_into_one_half(customers, find) -> None:
    shop = customers(330, seed=3)
    copies = pd.concat([shop] * 4, ignore_index=True)  # a rule of noise comes back where its copies are on both sides
    assert not list_kept(find(copies))
    assert list_kept(find(copies.assign(unit=range(len(copies)))))


def test_labels_of_the_test_part_choose_nothing(customers, find) -> None:
    shop = customers(1300)
    _plant(shop)
    turned = shop.assign(declined=np.where(np.arange(1300) % 4 > 0, shop["declined"], 1 - shop["declined"]))
    assert find(turned) == find(shop)


def test_what_is_declared_is_not_found_again(customers, find) -> None:
    shop = customers(1300)
    planted = _plant(shop)
    known = pd.DataFrame({"known": planted}, index=shop.index)
    nearest = []
    for found in (find(shop), find(shop, known)):
        members = [apply_all(item.rules, shop) for item in found.values()]
        nearest.append(max((one & planted).sum() / (one | planted).sum() for one in members))
    assert nearest[0] > 0.75 and nearest[1] < 0.65  # 0.6 among the customers searched


def test_a_large_shop_is_searched_in_a_sample(customers, find) -> None:
    shop = customers(3000)
    _plant(shop)
    findings = find(shop, rows=800)
    assert "found_low_pages_per_visit_low_minutes_current" in list_kept(findings)
    assert findings != find(shop)


def test_no_search_is_asked_for_or_too_few_customers(customers, find) -> None:
    assert find(customers(1300), at_most=0) == {}
    assert find(customers(60)) == {}


def test_the_search_against_every_rule_there_is(composed) -> None:
    rng = np.random.default_rng(5)
    held = (rng.random((150, 9)) < 0.55).astype(float)
    loss = rng.random(150) * (0.3 + held[:, 0] * held[:, 4] * held[:, 7])
    columns = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4])
    sample = Sample(held, loss, held[:, :0], np.arange(150), columns, behaviour=np.ones(9, dtype=bool))
    terms = {"share": (0.05, 0.4), "size_power": 0.5, "earns": 0.1, "conditions": 3, "beam": 100, "at_most": 1}
    found = FoundSettings(**{**composed.found.model_dump(), **terms, "overlap": 0.6})

    def quality(places: tuple[int, ...]) -> float:
        inside = held[:, list(places)].all(axis=1)
        if inside.mean() < 0.05:
            return 0.0
        return max(inside.mean() ** 0.5 * (loss[inside].mean() / loss.mean() - 1), 0.0)

    best: dict[tuple[int, ...], float] = {}
    for length in (1, 2, 3):
        for places in combinations(range(9), length):
            shorter = [quality(part) for part in combinations(places, length - 1)] if length > 1 else [0.0]
            apart = len({columns[place] for place in places}) == length
            if apart and quality(places) >= 1.1 * max(shorter) and 0 < hold_all(held, places).mean() <= 0.4:
                best[places] = quality(places)
    assert search_groups(sample, found) == [max(best, key=lambda places: best[places])]


def test_cuts_are_numbers_that_are_easily_said() -> None:
    assert choose_cuts(np.arange(0, 1000.0), [0.2512, 0.5]) == [250.0, 500.0]
    assert choose_cuts(np.linspace(0, 1, 501), [0.333]) == [0.35]
    assert choose_cuts(np.repeat([1.0, 2.0, 3.0, 4.0], 50), [0.4, 0.6]) == [2.0, 3.0]
    assert choose_cuts(np.ones(50), [0.5]) == []


def test_a_rule_is_told_in_both_languages(wordings) -> None:
    rules = (
        Rule("promo_share", "at_least", 0.35),
        Rule("favourite_category", "any_of", ("kitchenware",)),
        Rule("pages_per_visit", "below", 21.0),
        Rule("monthly_profit", "at_least", 3.5),
    )
    findings = {"found_some": FoundSegment(rules, STABLE, kept=True)}
    found = build_segments(findings, Speech({**wordings, **MONEY}, CATEGORIES), {})["found_some"]
    assert (
        found.name.ru.replace("\xa0", " ")
        == "Доля акций ≥ 35 %, категория: Кухонная посуда, страниц за визит < 21, прибыль ≥ 3,5"
    )
    assert "от 35\xa0% покупок по акции; любимая категория — «Кухонная посуда»; " in found.text.ru
    assert "смотрит меньше 21 страницы за визит; приносит от 3,5 ед. прибыли в месяц." in found.text.ru
    assert "views under 21 pages a visit; brings at least 3.5 profit units a month." in found.text.en
    assert resolve_rules({"own": found}, {}, pd.DataFrame()).segments["own"] == rules


def test_a_key_is_the_same_next_month() -> None:
    january, february = ((Rule("pages_per_visit", "below", cut),) for cut in (8.0, 9.0))
    assert name_key(january) == name_key(february) == "found_low_pages_per_visit"
    assert name_key((Rule("pages_per_visit", "at_least", 8.0),)) != name_key(january)


def test_a_stable_group_keeps_the_key_that_it_shares_with_a_better_one() -> None:
    better, stable, worse = (
        FoundSegment((Rule("promo_share", "below", bound),), STABLE, kept)
        for bound, kept in ((0.5, False), (0.6, True), (0.7, False))
    )
    other = FoundSegment((Rule("promo_share", "at_least", 0.5),), STABLE, kept=False)
    low, high = "found_low_promo_share", "found_high_promo_share"
    assert choose_by_key([better, stable, other]) == {low: stable, high: other}
    assert choose_by_key([better, worse])[low] is better


def test_found_segments_come_last_and_take_no_name(segment, wordings) -> None:
    declared = segment({"column": "promo_share", "above": 0.5}, priority=70)
    one = FoundSegment((Rule("promo_share", "at_least", 0.5),), STABLE, kept=True)
    findings, speech = {"found_a": one, "found_b": one}, Speech(wordings, {})
    assert [item.priority for item in build_segments(findings, speech, {"own": declared}).values()] == [71, 72]
    with pytest.raises(UserError, match=r"segment\.found_a .* rename it"):
        build_segments(findings, speech, {"found_a": declared})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"columns": ["tenure_days"], "share": [0.4, 0.1]}, "in order"),
        ({"columns": ["tenure_days"], "quantiles": [0.5, 1.0]}, "between 0 and 1"),
    ],
)
def test_wrong_settings_are_refused(settings, said, composed) -> None:
    with pytest.raises(ValidationError, match=said):
        FoundSettings.model_validate(composed.found.model_dump() | settings)
